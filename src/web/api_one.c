#include "web/api_one.h"

static const struct body_row cancel_body[] = {
	{ "state", BODY_WORD, true, 0, "cancelled" },
	{ 0 },
};

void
api_one_ask(struct web *w, struct http_request *r, const struct route_words *words,
    const struct api_one *one, void (*then)(struct api_ask *q, const json_t *answer))
{
	struct api_ask *q = api_ask_new(w, r, json_pack("{ss ss%}", "verb", one->show,
	    one->key, words->id.p, words->id.n));

	if (q == NULL)
		return;
	q->one = one;
	api_ask_send(q, then);
}

static void
reply(struct api_ask *q, const json_t *answer)
{
	struct http_answer a = { .code = 200 };

	q->one->reply(q, &a, answer);
}

static void
got(struct api_ask *q, const json_t *answer)
{
	if (!api_failed(q, answer) && !api_ask_again(q, answer, got))
		reply(q, answer);
}

void
api_one_get(struct web *w, struct http_request *r, const struct route_words *words,
    const struct api_one *one)
{
	api_one_ask(w, r, words, one, got);
}

static void
cancelled(struct api_ask *q, const json_t *answer)
{
	if (!api_failed(q, answer))
		reply(q, answer);
}

/* It was shown to who asks: so it may be cancelled. */
static void
to_cancel(struct api_ask *q, const json_t *answer)
{
	if (api_failed(q, answer) || api_ask_again(q, answer, to_cancel))
		return;
	if (json_object_set_new(q->request, "verb", json_string(q->one->cancel)) != 0)
		api_ask_refuse(q, "memory");
	else
		api_ask_send(q, cancelled);
}

void
api_one_patch(struct web *w, struct http_request *r, const struct route_words *words,
    const struct api_one *one)
{
	json_t *body = api_ask_body(w, r, cancel_body);

	json_decref(body);
	if (body != NULL)
		api_one_ask(w, r, words, one, to_cancel);
}
