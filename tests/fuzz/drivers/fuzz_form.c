#include <stdlib.h>

#include "web/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define MUST(x) do { if (!(x)) abort(); } while (0)

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new(65536);
	struct form f;

	MUST(a != NULL);
	if (form_parse(&f, a, (struct str){ (const char *)p, n }) == 0) {
		MUST(f.n <= FORM_FIELDS);
		for (size_t i = 0; i < f.n; i++) {
			MUST(percent_utf8(f.fields[i].name));
			MUST(percent_utf8(f.fields[i].value));
			MUST(f.fields[i].value.p[f.fields[i].value.n] == '\0');
		}
		(void)form_find(&f, "q");
	}
	arena_free(a);
	return 0;
}
