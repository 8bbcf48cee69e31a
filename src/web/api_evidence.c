/* web/api_evidence.c -- the evidence, for who may see it. */

#include <stdlib.h>
#include <string.h>

#include "sys/json_put.h"
#include "web/allow_rows.h"
#include "web/api.h"
#include "web/link.h"
#include "web/reply.h"
#include "wire/mime.h"

enum {
	EVIDENCE_OCTETS = 1024 * 1024,	/* of all events together, then it is cut */
	MAIL_OCTETS = 1024 * 1024,	/* of one mail, as the keeper hands out */
};

/* --- what the document holds --- */

static const struct allow_row proof_rows[] = {
	ALLOW_VARIANT,
	{ "entry", ALLOW_TEXT, true, NULL },
	{ "exit", ALLOW_TEXT, true, NULL },
	{ "believed", ALLOW_TEXT, true, NULL },
	{ "hops", ALLOW_INT, true, NULL },
	{ "linked", ALLOW_BOOL, true, NULL },
	{ "chain", ALLOW_TEXTS, true, NULL },
	{ "helo", ALLOW_TEXT, true, NULL },
	{ "mail_from", ALLOW_TEXT, true, NULL },
	{ "token", ALLOW_TEXT, true, NULL },
	{ "minted", ALLOW_TIME, true, NULL },
	{ "sent", ALLOW_TIME, true, NULL },
	{ "accepted", ALLOW_TIME, true, NULL },
	{ "returned", ALLOW_TIME, true, NULL },
	{ "mail_from_sent", ALLOW_TEXT, true, NULL },
	{ "rcpt_to_sent", ALLOW_TEXT, true, NULL },
	{ "said", ALLOW_TEXT, true, NULL },
	{ "mail", ALLOW_TEXT, true, NULL },
	{ "octets", ALLOW_INT, true, NULL },
	{ 0 },
};

static const struct allow_row verdict_rows[] = {
	ALLOW_COVERAGE(true),
	ALLOW_CAUSE,
	{ "clears", ALLOW_BOOL, true, NULL },
	{ 0 },
};

static const struct allow_row session_rows[] = {
	{ "run", ALLOW_INT, true, NULL },
	{ "started", ALLOW_TIME, true, NULL },
	{ "ended", ALLOW_TIME, true, NULL },
	{ "port", ALLOW_INT, true, NULL },
	{ "kind", ALLOW_TEXT, true, NULL },
	{ "basis", ALLOW_TEXT, true, NULL },
	{ "reason", ALLOW_TEXT, true, NULL },
	{ "asked", ALLOW_TEXT, true, NULL },
	{ "depth", ALLOW_TEXT, true, NULL },
	{ "pace", ALLOW_TEXT, true, NULL },
	{ "finding", ALLOW_TEXT, true, NULL },
	{ "forms", ALLOW_INT, true, NULL },
	{ "answered", ALLOW_INT, true, NULL },
	{ "refused", ALLOW_INT, true, NULL },
	{ "accepted", ALLOW_INT, true, NULL },
	{ 0 },
};

static const struct allow_row transcript_rows[] = {
	{ "run", ALLOW_INT, true, NULL },
	{ "session", ALLOW_INT, true, NULL },
	{ "part", ALLOW_INT, true, NULL },
	{ "at", ALLOW_TIME, true, NULL },
	{ "text", ALLOW_TEXT, true, NULL },
	{ 0 },
};

static const struct allow_row journal_rows[] = {
	{ "seq", ALLOW_INT, true, NULL },
	{ "serial", ALLOW_INT, true, NULL },
	{ "kind", ALLOW_TEXT, true, NULL },
	{ "at", ALLOW_TIME, true, NULL },
	{ "code", ALLOW_INT, true, NULL },
	{ "proofs", ALLOW_INT, true, NULL },
	{ "hash", ALLOW_TEXT, true, NULL },
	{ "prev", ALLOW_TEXT, true, NULL },
	{ "evidence", ALLOW_TEXT, true, NULL },
	{ 0 },
};

static const struct {
	const char		*event, *list;
	const struct allow_row	*rows;
} kinds[] = {
	{ "proof", "proofs", proof_rows },
	{ "verdict", "verdicts", verdict_rows },
	{ "session", "sessions", session_rows },
	{ "transcript", "transcripts", transcript_rows },
	{ "journal", "journal", journal_rows },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* --- GET /v1/evidence/{addr} --- */

struct gathering {
	json_t	*doc;		/* owned */
	size_t	 octets;	/* of what came for it */
	bool	 cut;
	int	 err;		/* without memory it is not handed out */
};

static void
gather(struct api_ask *q, const json_t *ev)
{
	const char *name = json_string_value(json_object_get(ev, "event"));
	struct gathering *g = q->ctx;
	size_t k = 0;

	while (k < KINDS && (name == NULL || strcmp(kinds[k].event, name) != 0))
		k++;
	if (k == KINDS)
		return;
	g->octets += json_dumpb(ev, NULL, 0, JSON_COMPACT);
	g->cut = g->cut || g->octets > EVIDENCE_OCTETS;
	if (!g->cut)
		json_put_item(json_object_get(g->doc, kinds[k].list),
		    allow_copy(kinds[k].rows, ev, true), &g->err);
}

/* One for each mail that is kept. */
static void
link_mails(json_t *links, const json_t *proofs, const char *url, const char *addr,
    int *err)
{
	static const struct link_to item = { "item", "message/rfc822", NULL };
	const json_t *proof;
	size_t i;

	json_array_foreach(proofs, i, proof) {
		const char *mail = json_string_value(json_object_get(proof, "mail"));

		if (mail != NULL && mail[0] != '\0')
			link_add(links, err, &item, url, "v1/evidence/%s/%s", addr, mail);
	}
}

static json_t *
links(const struct api_ask *q, const json_t *doc, int *err)
{
	static const struct link_to self = { "self", "application/json", NULL },
	    about = { "about", "application/json", NULL };
	const char *url = q->web->conf->url;
	json_t *list = json_array();
	char addr[ADDR_TEXT];

	addr_text(addr, &q->addr);
	link_add(list, err, &self, url, "v1/evidence/%s", addr);
	link_add(list, err, &about, url, "v1/ip/%s", addr);
	link_mails(list, json_object_get(doc, "proofs"), url, addr, err);
	return list;
}

static void
gathered(struct api_ask *q, const json_t *answer)
{
	struct http_answer a = { .code = 200 };
	struct gathering *g = q->ctx;

	if (api_failed(q, answer))
		return;
	if (json_is_true(json_object_get(answer, "cut")))
		g->cut = true;
	json_put(g->doc, "cut", json_boolean(g->cut), &g->err);
	json_put(g->doc, "links", links(q, g->doc, &g->err), &g->err);
	reply_json(q->r, &a, json_put_end(json_incref(g->doc), g->err));
}

static void
gathering_free(struct api_ask *q)
{
	struct gathering *g = q->ctx;

	json_decref(g->doc);
	free(g);
}

static struct gathering *
gathering_new(const struct addr *a)
{
	struct gathering *g = calloc(1, sizeof(*g));
	char addr[ADDR_TEXT];

	if (g == NULL)
		return NULL;
	addr_text(addr, a);
	g->doc = json_pack("{si ss so so so so so}", "v", 1, "addr", addr,
	    "proofs", json_array(), "verdicts", json_array(),
	    "sessions", json_array(), "transcripts", json_array(), "journal", json_array());
	if (g->doc != NULL)
		return g;
	free(g);
	return NULL;
}

/* An ask for a verb about the address of the path, with the grant for it. */
static struct api_ask *
ask_about(struct web *w, struct http_request *r, const char *verb, const struct addr *a)
{
	char addr[ADDR_TEXT];
	struct api_ask *q;

	addr_text(addr, a);
	q = api_ask_new(w, r, json_pack("{ss ss}", "verb", verb, "addr", addr));
	if (q == NULL)
		return NULL;
	q->addr = *a;
	api_ask_grant(q, a);
	return q;
}

void
api_evidence_get(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct api_ask *q = ask_about(w, r, "evidence", &words->addr);

	if (q == NULL)
		return;
	q->ctx = gathering_new(&words->addr);
	if (q->ctx == NULL) {
		api_ask_refuse(q, "memory");
		return;
	}
	q->event = gather;
	q->end = gathering_free;
	api_ask_send(q, gathered);
}

/* --- GET /v1/evidence/{addr}/{digest} --- */

static void
mail_part(struct api_ask *q, const json_t *ev)
{
	const json_t *part = json_object_get(ev, "base64");
	struct mime_text text = { .coding = MIME_BASE64,
	    .octets = { json_string_value(part), json_string_length(part) } };
	struct mime_decoder d = mime_decoder_of(&text);
	struct gbuf *mail = q->ctx;
	uint8_t octets[4096];
	size_t n;
	int o;

	do {
		for (n = 0; n < sizeof(octets) && (o = mime_next(&d)) >= 0; n++)
			octets[n] = (uint8_t)o;
		if (gbuf_add(mail, octets, n) != 0)
			mail->max = 0;	/* it stays broken, and is not handed out */
	} while (n == sizeof(octets));
}

static void
mailed(struct api_ask *q, const json_t *answer)
{
	struct http_answer a = { .code = 200, .type = "message/rfc822" };
	struct gbuf *mail = q->ctx;

	if (api_failed(q, answer))
		return;
	if (mail->max == 0) {
		api_ask_refuse(q, "memory");
		return;
	}
	http_field(&a, "Content-Disposition", "attachment; filename=\"returned.eml\"");
	a.body = (struct str){ (const char *)mail->p, mail->len };
	http_answer(q->r, &a);
}

static void
mail_free(struct api_ask *q)
{
	gbuf_free(q->ctx);
	free(q->ctx);
}

void
api_evidence_mail(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct api_ask *q = ask_about(w, r, "evidence-mail", &words->addr);
	struct gbuf *mail = calloc(1, sizeof(*mail));

	if (q == NULL || mail == NULL ||
	    json_object_set_new(q->request, "digest",
	    json_stringn(words->id.p, words->id.n)) != 0) {
		free(mail);
		if (q != NULL)
			api_ask_refuse(q, "memory");
		return;
	}
	mail->max = MAIL_OCTETS;
	q->ctx = mail;
	q->event = mail_part;
	q->end = mail_free;
	api_ask_send(q, mailed);
}
