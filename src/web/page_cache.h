#pragma once
/* web/page_cache.h -- public check pages, kept for two seconds.
 *
 * So that an address that thousands look at costs its page once.  Only what is
 * the same for every stranger is kept (role public, no test of the asker's, no
 * cookie, not the asker's own address): the caller sees to it.  A kept page is
 * used while the serial that is served stays the same, so a change of the list
 * shows at once; "as of" on it says when it was made.  A stranger who has a test
 * running does not see that test's link on a kept page: the retest button leads
 * to it too. */

#include "base/clock.h"
#include "wire/addr.h"
#include "web/text.h"

struct page_cache;

enum {
	PAGE_CACHE_PAGES = 512,	/* at once; about 12 kB each */
	PAGE_CACHE_MS = 2000,
};

struct page_cache *page_cache_new(void);	/* NULL: no memory */
void page_cache_free(struct page_cache *c);	/* c may be NULL */

/* The page, borrowed until the next call, or empty. */
struct str page_cache_find(struct page_cache *c, const struct addr *a,
    enum lang lang, uint32_t serial, struct mono now);

/* Keeps a copy of html; without memory it does not. */
void page_cache_keep(struct page_cache *c, const struct addr *a, enum lang lang,
    uint32_t serial, struct mono now, struct str html);

/* Something happened to a: its pages are forgotten. */
void page_cache_forget(struct page_cache *c, const struct addr *a);
