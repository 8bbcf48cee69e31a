/* conf_from_text(): what it takes must survive the way back, unchanged. */
#include <stdlib.h>
#include <string.h>

#include "fact/special_use.h"
#include "sys/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
must(int yes)
{
	if (!yes)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static char first[CONF_TEXT_MAX], second[CONF_TEXT_MAX];
	struct wbuf a = wbuf_of(first, sizeof(first));
	struct wbuf b = wbuf_of(second, sizeof(second));
	struct conf *c, *d;
	struct conf_why why;
	int rc = conf_from_text(&c, (struct str){ (const char *)p, n }, &why);

	must(memchr(why.text, '\0', sizeof(why.text)) != NULL);
	must(memchr(why.text, '\n', strlen(why.text)) == NULL);
	if (rc != 0) {
		must(rc == SEK_EPARSE || rc == SEK_ELIMIT);
		must(why.text[0] != '\0');
		return 0;
	}
	must(c->n_dns <= CONF_LISTENS && c->n_lab <= CONF_NETS);
	for (size_t i = 0; i < c->n_lab; i++)
		must(special_use_lab(&c->lab[i]));
	(void)!conf_check(c, &why);
	must(conf_to_text(&a, c) == 0);
	must(conf_from_text(&d, (struct str){ first, a.len }, &why) == 0);
	must(conf_to_text(&b, d) == 0);
	must(a.len == b.len && memcmp(first, second, a.len) == 0);
	conf_free(c);
	conf_free(d);
	return 0;
}
