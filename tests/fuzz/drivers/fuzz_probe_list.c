/* A line of a list of targets.  What is read must be an address or a name that
 * can be shown as it is, and must read as itself again. */
#include <stdlib.h>
#include <string.h>

#include "tool/probe_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
add_twice(const struct target *t)
{
	struct probe_list l = { .n = 0 };

	if (probe_list_add(&l, t, 1) != 0 || probe_list_add(&l, t, 2) != 0 ||
	    l.n != 1 || l.repeated != 1 || strcmp(probe_list_name(&l, 0), t->name) != 0)
		abort();
	probe_list_free(&l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str line = { (const char *)p, n };
	struct target t, again;
	const char *why = NULL;
	char clean[sizeof(t.name)];
	struct addr a;
	int rc = probe_list_line(&t, line, &why);

	if (rc == PROBE_LIST_EMPTY)
		return 0;
	if (rc != 0) {
		if (why == NULL || why[0] == '\0')
			abort();
		return 0;
	}
	if (str_clean(clean, sizeof(clean), str_of(t.name)) != strlen(t.name))
		abort();
	if (t.is_addr != (addr_parse(&a, str_of(t.name)) == 0))
		abort();
	if (probe_list_line(&again, str_of(t.name), &why) != 0 ||
	    strcmp(again.name, t.name) != 0)
		abort();
	add_twice(&t);
	return 0;
}
