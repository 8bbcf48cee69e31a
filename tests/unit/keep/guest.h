#pragma once
/* tests/unit/keep/guest.h -- who asks the keeper: the web role, and a tool on
 * the control socket. */

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "fixture.h"
#include "keep/grant.h"

enum { GUEST_EVENTS = 2000 };

struct guest {
	struct fixture	*f;
	struct channel	*c;		/* NULL: the keeper closed it */
	uint64_t	 id;		/* of the last request */
	uint64_t	 done_id;
	json_t		*done;		/* owned: the last end */
	json_t		*events[GUEST_EVENTS];	/* owned: since the last ask */
	size_t		 n;
};

static inline void
guest_message(void *ctx, struct channel *c, struct frame *fr)
{
	struct guest *g = ctx;
	struct msg_part m;
	json_t *o;

	(void)c;
	ours(true);
	assert_int_equal(frame_decode(&m, sizeof(m), fr), 0);
	o = json_loadb(m.octets.p, m.octets.n, 0, NULL);
	ours(false);
	if (o == NULL)
		fail_msg("not JSON: %.*s", (int)m.octets.n, m.octets.p);
	if (fr->type == MSG_CTL_EVENT) {
		assert_true(g->n < GUEST_EVENTS);
		g->events[g->n++] = o;
		return;
	}
	assert_int_equal(fr->type, MSG_CTL_DONE);
	json_decref(g->done);
	g->done = o;
	g->done_id = m.id;
}

static inline void
guest_gone(void *ctx, struct channel *c)
{
	((struct guest *)ctx)->c = NULL;
	channel_free(c);
}

static inline struct guest *
guest_on(struct fixture *f, int fd)
{
	static const struct channel_events ev = { .message = guest_message, .gone = guest_gone };
	struct guest *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	g->f = f;
	assert_int_equal(channel_new(&g->c, f->loop, fd, &ev, g), 0);
	return g;
}

static inline struct guest *
guest_web(struct fixture *f)
{
	int pair[2];

	assert_int_equal(frame_pair(pair), 0);
	assert_int_equal(keeper_web(f->keep, pair[0]), 0);
	return guest_on(f, pair[1]);
}

/* One client of the control socket; the first call of a fixture makes it. */
static inline struct guest *
guest_tool(struct fixture *f)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int type = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;
	int at = socket(AF_UNIX, type, 0), fd = socket(AF_UNIX, type, 0);
	socklen_t n = sizeof(sa_family_t) + 1 + (socklen_t)snprintf(a.sun_path + 1,
	    sizeof(a.sun_path) - 1, "sekimori-unit-%d-%p", (int)getpid(), (void *)f);

	assert_true(at >= 0 && fd >= 0);
	if (bind(at, (struct sockaddr *)&a, n) == 0) {
		assert_int_equal(listen(at, 8), 0);
		assert_int_equal(keeper_control(f->keep, at), 0);
	} else
		close(at);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, n), 0);
	return guest_on(f, fd);
}

static inline void
guest_forget(struct guest *g)
{
	json_decref(g->done);
	g->done = NULL;
	for (size_t i = 0; i < g->n; i++)
		json_decref(g->events[i]);
	g->n = 0;
}

static inline void
guest_free(struct guest *g)
{
	guest_forget(g);
	channel_free(g->c);
	free(g);
}

/* Sends a request, ' standing for ". */
static inline void
guest_send(struct guest *g, const char *request)
{
	char text[4096];
	struct msg_part m = { .id = ++g->id };
	struct msg_id go = { m.id };
	size_t n = strlen(request);

	assert_true(n < sizeof(text));
	for (size_t i = 0; i < n; i++)
		text[i] = request[i] == '\'' ? '"' : request[i];
	m.octets = (struct str){ text, n };
	guest_forget(g);
	send_to(g->c, MSG_CTL, &m);
	send_to(g->c, MSG_CTL_GO, &go);
}

/* The same, and lets happen what needs no time, or a commit. */
static inline json_t *guest_ask(struct guest *g, const char *fmt, ...) PRINTF_LIKE(2, 3);

static inline json_t *
guest_ask(struct guest *g, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	guest_send(g, text);
	pass(g->f, 0);
	if (g->done == NULL)
		loop_run(g->f->loop,
		    (struct mono){ g->f->clock.mono.ms + KEEP_GROUP_MS });
	return g->done;
}

static inline void
guest_drop(struct guest *g)
{
	struct msg_id m = { g->id };

	send_to(g->c, MSG_CTL_DROP, &m);
	pass(g->f, 0);
}

static inline const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? "" : s;
}

static inline int64_t
int_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static inline void
expect_error(const json_t *done, const char *tag, int exit)
{
	char *is = json_dumps(done, JSON_COMPACT);

	if (done == NULL || strcmp(text_of(done, "error"), tag) != 0 ||
	    int_of(done, "exit") != exit)
		fail_msg("want %s %d, got %s", tag, exit, is == NULL ? "nothing" : is);
	free(is);
}

static inline void
expect_ok(const json_t *done)
{
	char *is = json_dumps(done, JSON_COMPACT);

	if (done == NULL || int_of(done, "exit") != 0)
		fail_msg("want exit 0, got %s", is == NULL ? "nothing" : is);
	free(is);
}

/* --- what the tests of visitors share: a fixture with both of them --- */

struct guests {
	struct fixture	*f;
	struct guest	*web, *tool;
	char		 key[64], grant[GRANT_TEXT], nat[GRANT_TEXT];	/* as a test needs them */
};

static inline int
guests_open(void **state)
{
	struct guests *s = calloc(1, sizeof(*s));
	void *f;

	assert_non_null(s);
	fixture_open(&f);
	s->f = f;
	s->web = guest_web(s->f);
	s->tool = guest_tool(s->f);
	*state = s;
	return 0;
}

static inline int
guests_close(void **state)
{
	struct guests *s = *state;
	void *f = s->f;

	keeper_free(s->f->keep);
	s->f->keep = NULL;
	guest_free(s->web);
	guest_free(s->tool);
	fixture_close(&f);
	free(s);
	return 0;
}

/* Makes an address an open relay that is listed; its behaviour stays that. */
static inline void
guests_list(struct fixture *f, struct addr a)
{
	f->does = DOES_RELAY;
	assert_int_equal(nominate(f, a, DEPTH_GENTLE), 0);
	pass(f, 60);
	assert_true(listed(f, a, NULL));
}
