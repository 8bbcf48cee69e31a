#include "web/reply.h"

#include "sys/json_put.h"

enum lang
reply_lang(const struct http_request *r)
{
	return lang_of_accept(http_header(r, "Accept-Language"));
}

void
reply_json(struct http_request *r, struct http_answer *a, json_t *doc)
{
	char *text = json_put_text(doc);

	json_decref(doc);
	if (text == NULL) {
		http_answer(r, &(struct http_answer){ .code = 503 });
		return;
	}
	if (a->type == NULL)
		a->type = "application/json";
	http_field(a, "Content-Language", lang_names[reply_lang(r)]);
	http_field(a, "Vary", REPLY_VARY);
	a->body = str_of(text);
	http_answer(r, a);
	free(text);
}
