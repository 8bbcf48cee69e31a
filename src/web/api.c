/* web/api.c -- the API: its table, and what is about the list itself. */

#include "sys/json_put.h"
#include "web/allow.h"
#include "web/api.h"
#include "web/embed.h"
#include "web/head.h"
#include "web/metrics.h"
#include "web/rdap.h"
#include "web/relay_events.h"
#include "web/reply.h"

/* --- GET /v1/health --- */

static void
blame(json_t *reasons, bool is, const char *tag, int *err)
{
	if (is)
		json_put_item(reasons, json_string(tag), err);
}

/* What keeps the list from doing all that it should: tags; none: it is well. */
static json_t *
reasons(const struct snapshot *s, const json_t *status, struct wall now)
{
	const json_t *roles = json_object_get(status, "roles");
	json_t *list = json_array();
	int err = 0;

	if (s->base == NULL) {
		blame(list, true, "starting", &err);
	} else {
		blame(list, snapshot_now(s)->life != SNAPSHOT_ALIVE, "not-alive", &err);
		blame(list, snapshot_expired(s, now.s), "expired", &err);
	}
	blame(list, status == NULL, "keeper-away", &err);
	blame(list, json_is_false(json_object_get(roles, "probe")), "probe-away", &err);
	blame(list, json_is_false(json_object_get(roles, "receive")), "receive-away", &err);
	return json_put_end(list, err);
}

static json_t *
published_json(const struct snapshot *s, struct wall now)
{
	const struct snapshot_head *head = snapshot_now(s);
	char zone[DNS_NAME_TEXT], made[WALL_TEXT], expiry[WALL_TEXT];

	dns_name_text(zone, &s->base->zone.zone);
	wall_text(made, (struct wall){ head->made_s });
	wall_text(expiry, (struct wall){ head->expiry_s });
	return json_pack("{ss sI sI ss sI ss ss so sb}", "zone", zone,
	    "serial", (json_int_t)head->serial,
	    "entries", (json_int_t)snapshot_count(s), "made", made,
	    "age_s", (json_int_t)(now.s - head->made_s), "expiry", expiry,
	    "life", rdap_life(head->life), "empties",
	    allow_time((int64_t)head->empties * SNAPSHOT_DAY_S), "lab", (head->flags & SNAPSHOT_LAB) != 0);
}

static void
health(struct api_ask *q, const json_t *status)
{
	const struct snapshot *s = &q->web->published->s;
	const struct clock *clock = loop_clock(q->web->loop);
	struct wall now = clock->wall(clock);
	json_t *list = reasons(s, status, now), *doc;
	struct http_answer a = { .code = s->base == NULL ? 503 : 200 };
	const char *is = s->base == NULL ? "down" :
	    json_array_size(list) > 0 ? "degraded" : "ok";
	int err = 0;

	doc = json_pack("{si ss so so}", "v", 1, "status", is, "reasons", list,
	    "dns", s->base == NULL ? json_null() : published_json(s, now));
	if (s->base == NULL)
		http_field(&a, "Retry-After", "10");
	if (json_is_boolean(json_object_get(status, "control")))
		json_put(doc, "control", json_deep_copy(json_object_get(status, "control")), &err);
	reply_json(q->r, &a, json_put_end(doc, err));
}

/* The answer to "status", or NULL: the keeper is away, or refuses. */
static const json_t *
status_of(const json_t *answer)
{
	return answer != NULL &&
	    json_integer_value(json_object_get(answer, "exit")) == 0 ? answer : NULL;
}

static void
health_asked(struct api_ask *q, const json_t *answer)
{
	health(q, status_of(answer));
}

static void
ask_status(struct web *w, struct http_request *r,
    void (*then)(struct api_ask *q, const json_t *answer))
{
	struct api_ask *q = api_ask_anybody(w, r, json_pack("{ss}", "verb", "status"));

	if (q == NULL)
		return;
	q->wait_ms = API_STATUS_MS;
	api_ask_send(q, then);
}

static void
health_get(struct web *w, struct http_request *r, const struct route_words *words)
{
	(void)words;
	ask_status(w, r, health_asked);
}

/* --- GET /metrics --- */

static void
metrics_asked(struct api_ask *q, const json_t *answer)
{
	const struct web *w = q->web;
	struct gbuf text = { .max = METRICS_OCTETS };
	struct http_answer a = { .code = 200, .type = METRICS_TYPE };

	if (metrics_write(&text, &(struct metrics_in){ .http = http_stats(w->http),
	    .counters = &w->counters,
	    .published = &w->published->s, .status = status_of(answer),
	    .viewers = relays_viewers(w->relays),
	    .follows = relays_follows(w->relays), .lab = w->conf->n_lab > 0 }) != 0) {
		api_ask_refuse(q, "memory");
	} else {
		a.body = (struct str){ (const char *)text.p, text.len };
		http_answer(q->r, &a);
	}
	gbuf_free(&text);
}

static void
metrics_get(struct web *w, struct http_request *r, const struct route_words *words)
{
	(void)words;
	if (head_within(&r->client, w->conf->metrics, w->conf->n_metrics))
		ask_status(w, r, metrics_asked);
	else
		problem_answer(w, r, &(struct problem){ .tag = "not-for-you" });
}

/* --- GET /v1/openapi.json --- */

static void
openapi_get(struct web *w, struct http_request *r, const struct route_words *words)
{
	const struct embedded *file = embed_find(embed_files, embed_files_n, "openapi.json");
	struct http_answer a = { .code = 200, .type = "application/json",
	    .is_static = true };

	(void)words;
	if (file == NULL) {
		problem_answer(w, r, &(struct problem){ .tag = "internal" });
		return;
	}
	a.body = file->octets;
	http_field(&a, "Cache-Control", "max-age=3600");
	http_answer(r, &a);
}

/* --- the table --- */

const struct route api_routes[] = {
	{ HTTP_GET, "/v1/ip/{addr}", api_ip_get },
	{ HTTP_POST, "/v1/tests", api_tests_post },
	{ HTTP_GET, "/v1/tests/{id}", api_tests_get },
	{ HTTP_PATCH, "/v1/tests/{id}", api_tests_patch },
	{ HTTP_GET, "/v1/tests/{id}/events", api_tests_events },
	{ HTTP_POST, "/v1/gates", api_gates_post },
	{ HTTP_GET, "/v1/gates/{id}", api_gates_get },
	{ HTTP_PATCH, "/v1/gates/{id}", api_gates_patch },
	{ HTTP_GET, "/v1/evidence/{addr}", api_evidence_get },
	{ HTTP_GET, "/v1/evidence/{addr}/{digest}", api_evidence_mail },
	{ HTTP_GET, "/v1/health", health_get },
	{ HTTP_GET, "/v1/openapi.json", openapi_get },
	{ HTTP_GET, "/metrics", metrics_get },
	{ 0 },
};

/* --- what no row takes --- */

/* Is it PREFIX and one word, or two where more says so? */
static bool
has_words(struct str path, struct str prefix, bool more)
{
	struct str word;

	if (path.n <= prefix.n || !str_eq((struct str){ path.p, prefix.n }, prefix))
		return false;
	word = (struct str){ path.p + prefix.n, path.n - prefix.n };
	(void)str_cut(&word, '/');
	return word.n == 0 || (more && str_find(word, '/') < 0);
}

/* Where no row takes a path of ours, a word in it is wrong. */
static const char *
tag_of_path(struct str path)
{
	struct str rest = path, before = STR("/v1/evidence/");
	struct addr a;

	if (has_words(path, STR("/v1/tests/"), true))
		return "no-such-test";
	if (has_words(path, STR("/v1/gates/"), false))
		return "no-such-gate";
	if (has_words(path, STR("/v1/ip/"), false))
		return "bad-address";
	if (!has_words(path, before, true))
		return "no-such-page";
	rest = (struct str){ path.p + before.n, path.n - before.n };
	return addr_parse(&a, str_cut(&rest, '/')) == 0 ? "no-such-mail" : "bad-address";
}

void
api_refuse(struct web *w, struct http_request *r, enum lang lang,
    struct http_answer *a, const char *tag)
{
	struct problem p = { .tag = a->code == 404 ? tag_of_path(r->path) : tag };

	(void)lang;	/* the same as of every problem */
	for (size_t i = 0; i < a->n_fields; i++)
		if (str_eq(str_of(a->fields[i].name), STR("Allow")))
			p.allow = a->fields[i].value;
	problem_answer(w, r, &p);
}
