#pragma once
/* tests/unit/keep/doctor_bench.h -- a keeper on a file, which can be closed and
 * opened again, with a client on its control socket. */

#include "fixture.h"

#include <dirent.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fact/checklist.h"
#include "keep/doctor.h"
#include "keep/positive.h"

enum { HOUR = 3600, DAY = 86400 };

static char dir[] = "/tmp/sekimori-doctor.XXXXXX";

struct bench {			/* a keeper that can be closed and opened again */
	struct fixture	*f;
	struct channel	*client;
	uint64_t	 id;
	json_t		*done;		/* the answer to id */
};

/* An address that is nobody's documentation and nobody's laboratory. */
static inline struct addr
public_addr(void)
{
	return addr_v4(198, 20, 0, 50);
}

static const char *
denied(struct bench *b, struct addr a)
{
	struct permit p;

	permit_check(&p, b->f->keep, &a, RUN_PROBE);
	return p.ok ? "" : p.why;
}

static inline void
expect_public(struct bench *b, const char *want)
{
	struct addr a = public_addr();
	const char *never = permit_never(b->f->keep, &a);
	const char *got = never == NULL ? "" : never;

	if (strcmp(got, want) != 0)
		fail_msg("want \"%s\", got \"%s\"", want, got);
	/* a basis is needed all the same */
	assert_string_equal(denied(b, public_addr()), want[0] == '\0' ? "no-basis" : want);
	assert_string_equal(denied(b, target(10)), "no-basis");
}

/* --- the control socket --- */

static inline void
client_message(void *ctx, struct channel *c, struct frame *fr)
{
	struct bench *b = ctx;
	struct msg_part m;

	(void)c;
	assert_int_equal(frame_decode(&m, sizeof(m), fr), 0);
	if (fr->type != MSG_CTL_DONE || m.id != b->id)
		return;
	b->done = json_loadb(m.octets.p, m.octets.n, 0, NULL);
	assert_non_null(b->done);
}

static inline void
client_gone(void *ctx, struct channel *c)
{
	(void)ctx;
	(void)c;
	fail_msg("the keeper closed");
}

static const struct channel_events client_events = {
	.message = client_message, .gone = client_gone,
};

static inline int
unix_socket(struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(sa->sun_path, sizeof(sa->sun_path), "%s/control", dir);
	return fd;
}

static inline void
connect_client(struct bench *b)
{
	struct sockaddr_un sa;
	int fd = unix_socket(&sa), mine;

	unlink(sa.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 4), 0);
	mine = unix_socket(&sa);
	assert_int_equal(connect(mine, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(keeper_control(b->f->keep, fd), 0);
	assert_int_equal(channel_new(&b->client, b->f->loop, mine, &client_events, b), 0);
}

/* Sends a request (taken over). */
static inline void
send_request(struct bench *b, json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	struct msg_part m = { .id = ++b->id, .octets = str_of(text) };
	struct msg_id go = { b->id };

	assert_non_null(text);
	json_decref(b->done);
	b->done = NULL;
	send_to(b->client, MSG_CTL, &m);
	send_to(b->client, MSG_CTL_GO, &go);
	free(text);
	json_decref(request);
}

static inline json_t *
ask(struct bench *b, json_t *request, int64_t within_s)
{
	send_request(b, request);
	pass(b->f, within_s);
	assert_non_null(b->done);
	return b->done;
}

static inline json_t *
ask_verb(struct bench *b, const char *verb)
{
	return ask(b, json_pack("{ss}", "verb", verb), 20);
}

/* --- opening and closing --- */

static inline void
open_keeper(struct bench *b)
{
	struct fixture *f = b->f;
	char url[64], why[256] = "";
	static const struct addr own = { { [10] = 0xff, 0xff, 198, 18, 0, 25 } };
	struct keeper_in in = { .loop = f->loop, .rand = &f->rand, .conf = f->conf,
		.store = url, .own = &own, .n_own = 1 };

	snprintf(url, sizeof(url), "sqlite:%s/db", dir);
	if (keeper_new(&f->keep, &in, why) != 0)
		fail_msg("keeper_new: %s", why);
	attach(f);
	connect_client(b);
}

static inline void
close_keeper(struct bench *b)
{
	struct fixture *f = b->f;

	channel_free(b->client);
	channel_free(f->probe);
	channel_free(f->receive);
	keeper_free(f->keep);
	b->client = f->probe = f->receive = NULL;
	f->keep = NULL;
}

static inline void
reopen(struct bench *b, const char *key, const char *value)
{
	close_keeper(b);
	set(b->f, key, value);
	open_keeper(b);
}

static inline int
bench_open(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	void *f;

	assert_non_null(b);
	assert_int_equal(fixture_open(&f), 0);
	b->f = f;
	close_keeper(b);
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	set(b->f, "state.dir", dir);
	set(b->f, "probe.public", "true");
	set(b->f, "operator.name", "The test");
	set(b->f, "operator.contact", "postmaster@probe.example");
	set(b->f, "probe.canary", "198.18.1.10");
	open_keeper(b);
	*state = b;
	return 0;
}

static inline int
bench_close(void **state)
{
	struct bench *b = *state;
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[400];
	void *f = b->f;

	close_keeper(b);
	json_decref(b->done);
	free(b);
	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	if (d != NULL)
		closedir(d);
	assert_int_equal(rmdir(dir), 0);
	return fixture_close(&f);
}

/* --- reports --- */

/* A report in which every check is ok, but that one, which is in that state;
 * state NULL: it is not there. */
static inline json_t *
report_but(struct bench *b, const char *check, const char *state)
{
	json_t *results = json_array();

	for (enum check c = 0; c < CHECK_N; c++) {
		bool it = check != NULL && strcmp(checklist[c].tag, check) == 0;

		if (it && state == NULL)
			continue;
		json_array_append_new(results, json_pack("{ss ss s[s]}", "check",
		    checklist[c].tag, "state", it ? state : "ok", "why", "no-ptr"));
	}
	return json_pack("{ss ss so}", "verb", "doctor-result", "conf",
	    doctor_conf(b->f->keep), "results", results);
}

static inline bool
is_true(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

static inline bool
is_false(const json_t *o, const char *key)
{
	return json_is_false(json_object_get(o, key));
}

static inline bool
is_pass(const json_t *done)
{
	assert_true(is_true(done, "pass") || is_false(done, "pass"));
	return is_true(done, "pass");
}

/* A whole run of the checklist in which all is well. */
static inline void
pass_checklist(struct bench *b)
{
	assert_true(is_true(ask_verb(b, "doctor-control"), "ok"));
	assert_true(is_pass(ask(b, report_but(b, NULL, NULL), 1)));
}

static const char *
text_at(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? "(none)" : s;
}

static inline void
expect_status(struct bench *b, bool open, const char *why, const char *checklist_is)
{
	const json_t *p = json_object_get(ask_verb(b, "status"), "public");

	if (is_true(p, "open") != open ||
	    strcmp(text_at(p, "why"), why) != 0 ||
	    strcmp(text_at(p, "checklist"), checklist_is) != 0)
		fail_msg("want %d %s %s, got %s", open, why, checklist_is,
		    json_dumps(p, JSON_COMPACT));
}
