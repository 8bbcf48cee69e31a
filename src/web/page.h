#pragma once
/* web/page.h -- what the handlers of pages share: the frame, asking the keeper,
 * answering, refusing.
 *
 * A page is a view (JSON) and a template.  Views are made by allow-list: only
 * what a page shows gets into one, whatever an answer of the keeper holds.
 * Tables of paths: page_routes in page.c. */

#include "base/buf.h"
#include "web/web.h"

enum {
	PAGE_OCTETS = 896 * 1024,	/* of one page, at most */
	PAGE_WAIT_MS = 3000,		/* for the keeper; below HTTP_WAIT_MS */
	PAGE_WAIT_DNS_MS = 8000,	/* where it has to ask the DNS first */
	PAGE_WORD = 128,		/* letters of a ticket, grant or claim */
};

struct page_state;	/* what outlives a request: texts for the script, the cache */

int page_new(struct page_state **out) MUST_CHECK;
void page_free(struct page_state *s);		/* s may be NULL */

struct page {		/* one request for a page, in its arena */
	struct web		*w;
	struct http_request	*r;
	enum lang		 lang;
	struct addr		 addr;		/* of the path, where it has one */
	struct str		 id;
	char			 text[ADDR_TEXT];	/* of addr */
	void			*more;		/* the handler's own; in the arena */
	/* not for handlers: */
	struct ask		*ask;
	void			(*event)(void *page, const json_t *ev);
	void			(*done)(void *page, const json_t *answer);
	struct http_field	 fields[HTTP_FIELDS];
	size_t			 n_fields;
};

/* Begins one.  NULL: no memory, and r has been answered. */
struct page *page_begin(struct web *w, struct http_request *r,
    const struct route_words *words);

/* Begins a view, one at a time, with what every page shows: language, zone,
 * operator, banners, own address.  A member that cannot be added for want of
 * memory need not be looked after: page_render() refuses such a view.
 * at: name of the page for the menu, or NULL; path: of this page without the
 * language ("/about"), for the other one.  NULL: no memory. */
json_t *page_view(const struct page *p, const char *at, const char *path);

/* web.url with its final slash; NULL: no memory. */
const char *page_url(const struct page *p);

/* A header field of the answer to come. */
void page_field(struct page *p, const char *name, const char *value);

/* Renders and answers, and ends p.  view: taken; NULL gives 503. */
void page_answer(struct page *p, unsigned code, const char *template,
    json_t *view);

/* Renders only.  view: taken; out: until the next rendering. */
int page_render(const struct page *p, struct str *out, const char *template,
    json_t *view) MUST_CHECK;
void page_html(struct page *p, unsigned code, struct str html);

/* Answers with a few plain words: where not even a page can be made. */
void page_plain(struct http_request *r, unsigned code, const char *words);

/* 303 to a path of ours, made of printf's arguments; cookie: a Set-Cookie value
 * or NULL.  Ends p. */
void page_see(struct page *p, const char *cookie, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The cookie that keeps an owner's grant for p->addr (web/auth.h reads it), in the
 * arena; NULL: no memory. */
char *page_grant_cookie(const struct page *p, const char *grant);

/* Begins a request to the keeper: {"verb", "asker", "addr", "grant"}, what is
 * known of them.  NULL: no memory; page_ask() refuses one that lacks something. */
json_t *page_request(const struct page *p, const char *verb);

/* Sends request (taken) and calls done(p, answer), or with NULL when there is no
 * answer in time.  p may not be used after the call. */
void page_ask(struct page *p, json_t *request, int64_t wait_ms,
    void (*event)(void *page, const json_t *ev),
    void (*done)(void *page, const json_t *answer));

/* Did it work?  False for NULL too. */
bool page_worked(const json_t *answer);

/* --- refusing: what is wrong, and the next step; each by its tag --- */

/* The HTTP status for an error tag of the keeper and its exit code. */
unsigned page_status(const char *tag, int exit);

/* Sets Retry-After where waiting helps: retry_s > 0, or a 503.  Returns the
 * seconds that a text may name. */
int64_t page_retry(struct page *p, unsigned code, int64_t retry_s);

/* A page with error.TAG and next.TAG ("unavailable" for a tag without texts, with
 * 400 "bad-request"), and ends p.  retry_s: Retry-After, or 0. */
void page_fail(struct page *p, unsigned code, const char *tag, int64_t retry_s);

/* The same by what the keeper said. */
void page_fail_answer(struct page *p, const json_t *answer);

/* --- members of answers --- */

const char *page_text(const json_t *o, const char *key);	/* "" when it is none */
int64_t page_number(const json_t *o, const char *key);		/* 0 when it is none */
bool page_true(const json_t *o, const char *key);

/* A ticket, grant, claim or digest: 1..PAGE_WORD of a-z 0-9, else "". */
const char *page_word(const json_t *o, const char *key);

/* prefix and name as the tag of a text that exists, else otherwise ("" is fine). */
const char *page_tag(char out[64], const char *prefix, const char *name,
    const char *otherwise);

/* Puts a copy of o's member key into view, if it is there and no null. */
void page_copy(json_t *view, const json_t *o, const char *key);

/* Does this role see what is not public? */
bool page_inside(const json_t *answer);

struct wall page_now(const struct page *p);

/* --- handlers, by file --- */

typedef void page_handler(struct web *w, struct http_request *r,
    const struct route_words *words);

page_handler page_ip;						/* page_check.c */
page_handler page_lookup;					/* page_lookup.c */
page_handler page_retest, page_test, page_test_cancel;		/* page_test.c */
page_handler page_prove, page_prove_post;			/* page_prove.c */
page_handler page_optout, page_optout_field, page_optout_post;	/* page_optout.c */
page_handler page_optout_domain;				/* page_optout_domain.c */
void page_optout_of_domain(struct page *p, const char *domain);	/* its first page */
page_handler page_evidence, page_evidence_mail;			/* page_evidence.c */
page_handler page_root, page_fixed, page_file, page_robots, page_security;	/* page_fixed.c */
