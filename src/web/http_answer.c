#include "web/http_body.h"

#include <assert.h>
#include <string.h>

/* OWASP Secure Headers; CSP of the design documents.  Referrer-Policy is
 * same-origin and not no-referrer, since with that browsers hide the Origin of
 * our own forms (Fetch 3.2), by which route_request() knows them. */
static const struct http_field every[] = {
	{ "Content-Security-Policy", "default-src 'none'; style-src 'self'; "
	    "img-src 'self' data:; script-src 'self'; connect-src 'self'; "
	    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "same-origin" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy", "camera=(), geolocation=(), microphone=()" },
	{ "X-Robots-Tag", "noindex" },
};

void
http_field(struct http_answer *a, const char *name, const char *value)
{
	assert(a->n_fields < HTTP_FIELDS);
	assert(strpbrk(value, "\r\n") == NULL);
	a->fields[a->n_fields++] = (struct http_field){ name, value };
}

static bool
add(struct MHD_Response *resp, const struct http_field *f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert(strpbrk(f[i].value, "\r\n") == NULL);
		if (MHD_add_response_header(resp, f[i].name, f[i].value) != MHD_YES)
			return false;
	}
	return true;
}

static bool
has_field(const struct http_answer *a, const char *name)
{
	for (size_t i = 0; i < a->n_fields; i++)
		if (str_ieq(str_of(a->fields[i].name), str_of(name)))
			return true;
	return false;
}

struct MHD_Response *
http_dress(struct MHD_Response *resp, const struct http_answer *a)
{
	static const struct http_field no_store = { "Cache-Control", "no-store" };
	const struct http_field type = { "Content-Type", a->type };

	if (resp == NULL)
		return NULL;
	if (add(resp, every, sizeof(every) / sizeof(every[0])) &&
	    add(resp, a->fields, a->n_fields) &&
	    add(resp, &type, a->type != NULL) &&
	    add(resp, &no_store, !has_field(a, "Cache-Control")))
		return resp;
	MHD_destroy_response(resp);
	return NULL;
}

static struct MHD_Response *
make(const struct http_answer *a)
{
	struct str body = a->type == NULL ? STR("") : a->body;
	void *p = (void *)(uintptr_t)(body.n == 0 ? "" : body.p);

	return http_dress(MHD_create_response_from_buffer(body.n, p,
	    a->is_static || body.n == 0 ? MHD_RESPMEM_PERSISTENT :
	    MHD_RESPMEM_MUST_COPY), a);
}

/* Queues resp (taken over, may be NULL) on conn. */
static void
queue(struct http_conn *conn, unsigned status, struct MHD_Response *resp, bool inside)
{
	bool queued = resp != NULL &&
	    MHD_queue_response(conn->c, status, resp) == MHD_YES;

	if (resp != NULL)
		MHD_destroy_response(resp);	/* the connection has its own count */
	if (!queued) {
		conn_cut(conn);
		return;
	}
	conn->h->stats.answers[status / 100]++;
	conn_wait(conn, WAIT_TAKEN);
	if (!inside)
		conn_resume(conn);
}

void
http_reply(struct http_call *call, unsigned status, struct MHD_Response *resp)
{
	assert(call->state != CALL_ANSWERED && status >= 200 && status < 600);
	if (call->conn == NULL) {
		if (resp != NULL)
			MHD_destroy_response(resp);
		http_call_free(call);
		return;
	}
	call->state = CALL_ANSWERED;
	queue(call->conn, status, resp, call->inside);
}

void
http_answer(struct http_request *r, const struct http_answer *a)
{
	http_reply(r->call, a->code, r->call->conn == NULL ? NULL : make(a));
}

static struct http_answer
plain(unsigned status)
{
	static const struct { unsigned status; const char *text; } texts[] = {
		{ 400, "400 Bad Request\n" }, { 411, "411 Length Required\n" },
		{ 413, "413 Content Too Large\n" },
		{ 431, "431 Request Header Fields Too Large\n" },
		{ 501, "501 Not Implemented\n" }, { 503, "503 Service Unavailable\n" },
	};
	struct http_answer a = {
		.code = status, .type = "text/plain; charset=utf-8", .is_static = true,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].status == status)
			a.body = str_of(texts[i].text);
	if (status == 503)
		http_field(&a, "Retry-After", "5");
	return a;
}

void
http_refuse(struct http_call *call, unsigned status)
{
	struct http_answer a = plain(status);

	http_field(&a, "Connection", "close");
	call->h->stats.refused++;
	call->inside = true;
	http_reply(call, status, make(&a));
}

void
http_late(struct http_conn *c)
{
	struct http_answer a = plain(503);
	struct http_call *call = c->call;

	c->call = NULL;
	call->conn = NULL;	/* the handler's still; it answers to nobody */
	queue(c, 503, make(&a), false);
}
