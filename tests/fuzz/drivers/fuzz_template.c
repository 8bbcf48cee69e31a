/* A template, then a line of three dots, then the values as JSON: neither may
 * break the renderer, and no value may become markup. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "web/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Without markup in the template what comes out has none but bdi and time. */
static void
check(const struct gbuf *g)
{
	static const char *const ours[] = { "<bdi>", "</bdi>", "<time datetime=\"", "</time>" };

	for (size_t i = 0; i < g->len; i++) {
		bool known = g->p[i] != '<';

		for (size_t k = 0; k < sizeof(ours) / sizeof(ours[0]) && !known; k++)
			known = g->len - i >= strlen(ours[k]) &&
			    memcmp(g->p + i, ours[k], strlen(ours[k])) == 0;
		assert(known);
	}
}

static void
render(struct str source, const json_t *view)
{
	struct template *t;
	unsigned at;

	if (template_compile(&t, source, &at) != 0)
		return;
	for (int l = 0; l < LANG_N; l++) {
		struct gbuf g = { .max = 64 * 1024 };

		if (template_render(&g, t, view, (enum lang)l) == 0 &&
		    str_find(source, '<') < 0 && str_search(source, STR("{{>")) < 0)
			check(&g);
		gbuf_free(&g);
	}
	template_free(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static bool set_up;
	struct str source = { (const char *)p, n }, values = { NULL, 0 };
	ptrdiff_t at = str_search(source, STR("\n...\n"));
	json_t *view;

	if (!set_up && template_setup() != 0)
		abort();
	set_up = true;
	if (at >= 0) {
		values = (struct str){ source.p + at + 5, source.n - (size_t)at - 5 };
		source.n = (size_t)at;
	}
	view = json_loadb(values.n > 0 ? values.p : "{}", values.n > 0 ? values.n : 2,
	    JSON_ALLOW_NUL, NULL);
	render(source, view);
	json_decref(view);
	return 0;
}
