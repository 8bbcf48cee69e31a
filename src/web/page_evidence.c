#include <stdlib.h>
#include <string.h>

#include "web/evidence_view.h"
#include "web/page.h"

enum {
	EVIDENCE_OCTETS = 120 * 1024,	/* of text on one page: escaped it stays below PAGE_OCTETS */
	EVIDENCE_EVENTS = 500,
};

/* --- the page --- */

struct gathering {	/* events until the end */
	json_t	*events;	/* owned */
	size_t	 octets;
	bool	 cut;
};

static void
take_event(void *ctx, const json_t *ev)
{
	struct page *p = ctx;
	struct gathering *g = p->more;
	size_t n = json_dumpb(ev, NULL, 0, JSON_COMPACT);

	if (g->octets + n > EVIDENCE_OCTETS || json_array_size(g->events) >= EVIDENCE_EVENTS) {
		g->cut = true;
		return;
	}
	g->octets += n;
	if (json_array_append(g->events, (json_t *)(uintptr_t)ev) != 0)	/* counts it up */
		g->cut = true;
}

static void
evidence_done(void *ctx, const json_t *answer)
{
	struct page *p = ctx;
	struct gathering *g = p->more;
	char *path = arena_printf(p->r->arena, "/ip/%s/evidence", p->text);
	json_t *view = NULL, *events = g->events;

	if (!page_worked(answer)) {
		page_fail_answer(p, answer);
		json_decref(events);
		return;
	}
	if (path != NULL)
		view = page_view(p, NULL, path);
	if (view != NULL) {
		json_object_set_new(view, "addr", json_string(p->text));
		evidence_view(view, events, p->lang);
		json_object_set_new(view, "cut", json_boolean(g->cut || page_true(answer, "cut")));
	}
	page_answer(p, 200, "page-evidence", view);
	json_decref(events);
}

void
page_evidence(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);
	struct gathering *g;

	if (p == NULL)
		return;
	g = p->more = arena_alloc(r->arena, sizeof(*g));
	if (g == NULL || (g->events = json_array()) == NULL)
		page_fail(p, 503, "unavailable", 0);
	else
		page_ask(p, page_request(p, "evidence"), PAGE_WAIT_MS, take_event, evidence_done);
}

/* --- the mail that came back --- */

enum { MAIL_OCTETS = 1024 * 1024 };

struct fetching {
	struct gbuf	mail;
	bool		broken;		/* a part that is none, or too many */
};

/* Octets of base64 (RFC 4648 4) from s onto g. */
static int
add_base64(struct gbuf *g, struct str s)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	size_t have = 0;
	uint8_t octet;

	while (s.n > 0 && s.p[s.n - 1] == '=')
		s.n--;
	for (size_t i = 0; i < s.n; i++) {
		const char *at = memchr(letters, s.p[i], 64);

		if (at == NULL)
			return SEK_EPARSE;
		bits = bits << 6 | (uint32_t)(at - letters);
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		octet = (uint8_t)(bits >> have);
		if (gbuf_add(g, &octet, 1) != 0)
			return SEK_ELIMIT;
	}
	return 0;
}

static void
take_part(void *ctx, const json_t *ev)
{
	struct page *p = ctx;
	struct fetching *f = p->more;
	const json_t *part = json_object_get(ev, "base64");

	if (add_base64(&f->mail, (struct str){ json_string_value(part), json_string_length(part) }) != 0)
		f->broken = true;
}

static void
mail_done(void *ctx, const json_t *answer)
{
	struct page *p = ctx;
	struct fetching *f = p->more;
	struct gbuf mail = f->mail;
	struct http_answer a = { .code = 200, .type = "message/rfc822" };
	char *name = arena_printf(p->r->arena, "attachment; filename=\"%s-%.*s.eml\"",
	    p->text, (int)(p->id.n < 16 ? p->id.n : 16), p->id.p);

	if (!page_worked(answer)) {
		page_fail_answer(p, answer);
	} else if (f->broken || name == NULL || (int64_t)mail.len != page_number(answer, "octets")) {
		page_fail(p, 503, "unavailable", 0);
	} else {
		for (char *c = name; *c != '\0'; c++)
			if (*c == ':')	/* of IPv6: no file name everywhere */
				*c = '_';
		a.body = (struct str){ (const char *)mail.p, mail.len };
		http_field(&a, "Content-Disposition", name);
		http_answer(p->r, &a);
	}
	gbuf_free(&mail);
}

void
page_evidence_mail(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);
	struct fetching *f;
	json_t *q;

	if (p == NULL)
		return;
	f = p->more = arena_alloc(r->arena, sizeof(*f));
	if (f == NULL) {
		page_fail(p, 503, "unavailable", 0);
		return;
	}
	f->mail.max = MAIL_OCTETS;
	q = page_request(p, "evidence-mail");
	if (q != NULL)
		json_object_set_new(q, "digest", json_stringn(p->id.p, p->id.n));
	page_ask(p, q, PAGE_WAIT_DNS_MS, take_part, mail_done);
}
