#include "web/page_cache.h"

#include <stdlib.h>
#include <string.h>

struct kept {
	struct addr	addr;
	uint32_t	serial;
	struct mono	made;
	char		*html;		/* owned; NULL: a free place */
	size_t		n;
};

/* One place an address and language: who comes later takes it. */
struct page_cache {
	struct kept	pages[LANG_N][PAGE_CACHE_PAGES];
};

struct page_cache *
page_cache_new(void)
{
	return calloc(1, sizeof(struct page_cache));
}

void
page_cache_free(struct page_cache *c)
{
	if (c == NULL)
		return;
	for (int l = 0; l < LANG_N; l++)
		for (size_t i = 0; i < PAGE_CACHE_PAGES; i++)
			free(c->pages[l][i].html);
	free(c);
}

/* Who picks addresses that meet in one place costs only those their two
 * seconds, so a plain hash will do (FNV-1a). */
static struct kept *
place(struct page_cache *c, const struct addr *a, enum lang lang)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < sizeof(a->o); i++)
		h = (h ^ a->o[i]) * 16777619u;
	return &c->pages[lang][h % PAGE_CACHE_PAGES];
}

struct str
page_cache_find(struct page_cache *c, const struct addr *a, enum lang lang,
    uint32_t serial, struct mono now)
{
	const struct kept *k = place(c, a, lang);

	if (k->html == NULL || !addr_eq(&k->addr, a) || k->serial != serial ||
	    now.ms - k->made.ms >= PAGE_CACHE_MS)
		return (struct str){ 0 };
	return (struct str){ k->html, k->n };
}

void
page_cache_keep(struct page_cache *c, const struct addr *a, enum lang lang,
    uint32_t serial, struct mono now, struct str html)
{
	struct kept *k = place(c, a, lang);
	char *copy = html.n == 0 ? NULL : malloc(html.n);

	free(k->html);
	if (copy != NULL)
		memcpy(copy, html.p, html.n);
	*k = (struct kept){ *a, serial, now, copy, html.n };
}

void
page_cache_forget(struct page_cache *c, const struct addr *a)
{
	for (int l = 0; l < LANG_N; l++) {
		struct kept *k = place(c, a, (enum lang)l);

		if (addr_eq(&k->addr, a)) {
			free(k->html);
			k->html = NULL;
		}
	}
}
