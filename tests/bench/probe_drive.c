/* tests/bench/probe_drive.c -- orders dialogues of the real probe role, as keeper
 * does, and sees what they cost it.
 *
 * probe_drive ROLE TARGETS AT_ONCE PORT KIND [SCRIPT]: starts the program ROLE
 * (sekimori-role-probe) and orders a session of up to 16 forms with 127.1.0.0 and
 * each address behind it, so many at a time.  KIND:
 *
 *	refuse	all is refused (smtp-sink -f rcpt)
 *	mixed	what probe_slow does: by the last octet of the address
 *	tls	the same, through STARTTLS
 *
 * Each finding is held against what the server of that address does.  With
 * SCRIPT what was said in the first dialogue is written there, for probe_floor.
 * Prints key=value: microseconds of the role's processor time for a dialogue,
 * milliseconds in all, findings that are missing or wrong, frames that went
 * either way, kB of memory at the fullest moment above those before. */

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fact/finding.h"
#include "fact/relaytest.h"
#include "need.h"
#include "sys/conf.h"
#include "sys/frame.h"

enum { FORMS = 16, QUEUE_MAX = 64 * 1024, SAMPLE_MS = 50 };
enum { ROLE_FD = 3 };

enum does { DOES_REFUSE, DOES_TAKE, DOES_DEFER, DOES_BLOCK, DOES_NOTHING };

struct target {
	enum does	does;
	unsigned	found, wrong;	/* findings */
	bool		ended, ok;
};

static struct target *targets;
static struct msg_load worst;	/* of what the role says of its loop */
static unsigned n_targets, at_once, begun, ended, open_now, frames_in, frames_out;
static uint8_t forms[FORMS];
static unsigned n_forms;
static uint16_t port;
static bool mixed;
static int keeper;
static FILE *script;
static char heard[64 * 1024];	/* transcript of the first */
static size_t heard_len;
static struct { uint8_t *p; size_t n; } waiting[QUEUE_MAX];
static size_t first_waiting, n_waiting;

/* --- the role --- */

static void
set(struct conf *c, const char *key, const char *value)
{
	struct conf_why why;

	if (conf_set(c, key, str_of(value), &why) != 0) {
		fprintf(stderr, "probe_drive: %s\n", why.text);
		exit(EXIT_FAILURE);
	}
}

static void
configure(int sock)
{
	static char text[CONF_TEXT_MAX];
	struct wbuf w = wbuf_of(text, sizeof(text));
	struct msg_text m;
	struct conf *c;

	need(conf_default(&c) == 0, "conf");
	set(c, "role.user", "");
	set(c, "lab.range", "127.0.0.0/8");
	set(c, "probe.domain", "probe.example");
	set(c, "probe.domain2", "probe2.example");
	set(c, "probe.helo", "relaytest.probe.example");
	set(c, "probe.resolver", "127.0.0.1");
	set(c, "probe.sessions", "16384");
	set(c, "operator.contact", "postmaster@probe.example");
	need(conf_to_text(&w, c) == 0, "conf");
	m.text = (struct str){ text, w.len };
	need(frame_write(sock, MSG_CONF, &m, -1) == 0, "MSG_CONF");
	conf_free(c);
}

static pid_t
start(const char *role, int *parent)
{
	int control[2], link[2];
	struct msg_empty none = { 0 };
	pid_t pid;

	need(frame_pair(control) == 0 && frame_pair(link) == 0, "socketpair");
	pid = fork();
	need(pid >= 0, "fork");
	if (pid == 0) {
		need(dup2(control[1], ROLE_FD) >= 0 && fcntl(ROLE_FD, F_SETFD, 0) == 0, "dup2");
		execl(role, "sekimori-role-probe", (char *)NULL);
		perror(role);
		_exit(EXIT_FAILURE);
	}
	close(control[1]);
	*parent = control[0];
	keeper = link[0];
	configure(*parent);
	need(frame_write(*parent, MSG_KEEPER, &none, link[1]) == 0, "MSG_KEEPER");
	close(link[1]);
	return pid;
}

static void
await_ready(int parent)
{
	struct pollfd p = { .fd = parent, .events = POLLIN };
	struct frame f;

	need(poll(&p, 1, 20 * 1000) == 1 && frame_read(parent, &f) == 0 &&
	    f.type == MSG_READY, "the role is not ready");
}

static double
processor_us(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	need(clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &t) == 0, "clock");
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Private memory: what a page of a library costs is not a dialogue's. */
static long
memory_kb(pid_t pid)
{
	char path[64], line[128];
	long kb = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "RssAnon: %ld", &kb) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return kb;
}

/* --- what is told: as keeper does, many in one frame --- */

static char bag[MESSAGE_MANY];
static size_t bag_len;

static void send_bag(void);
static void send_frame(const uint8_t *octets, size_t n);

static void
send_now(unsigned type, const void *msg)
{
	uint8_t octets[FRAME_MAX];
	ssize_t n = frame_encode(octets, sizeof(octets), type, msg);

	need(n > 0, "encode");
	if (type != MSG_MANY && bag_len + (size_t)n > sizeof(bag))
		send_bag();
	if (type != MSG_MANY) {
		memcpy(bag + bag_len, octets, (size_t)n);
		bag_len += (size_t)n;
		return;
	}
	send_frame(octets, (size_t)n);
}

static void
send_bag(void)
{
	struct msg_many m = { { bag, bag_len } };

	if (bag_len == 0)
		return;
	bag_len = 0;
	send_now(MSG_MANY, &m);
}

static void
send_frame(const uint8_t *octets, size_t n)
{
	size_t at = (first_waiting + n_waiting) % QUEUE_MAX;

	frames_out++;
	if (n_waiting == 0 && frame_send(keeper, octets, n, -1) == 0)
		return;
	need(n_waiting < QUEUE_MAX, "the role reads nothing");
	waiting[at].p = malloc(n);
	need(waiting[at].p != NULL, "malloc");
	memcpy(waiting[at].p, octets, n);
	waiting[at].n = n;
	n_waiting++;
}

static void
send_waiting(void)
{
	while (n_waiting > 0 && frame_send(keeper, waiting[first_waiting].p,
	    waiting[first_waiting].n, -1) == 0) {
		free(waiting[first_waiting].p);
		first_waiting = (first_waiting + 1) % QUEUE_MAX;
		n_waiting--;
	}
}

static struct addr
address(unsigned i)
{
	return addr_v4(127, (uint8_t)(1 + (i >> 16)), (uint8_t)(i >> 8), (uint8_t)i);
}

/* As probe_slow does. */
static enum does
does(unsigned i)
{
	return mixed ? (enum does)((i & 255) % 5) : DOES_REFUSE;
}

static void
order(unsigned i)
{
	char token[40], sender[40];
	struct msg_order o = { .order = i + 1, .run = i + 1, .addr = address(i),
		.port = port, .pace = PACE_LAB, .purpose = RUN_PROBE };
	struct msg_id go = { i + 1 };

	targets[i].does = does(i);
	send_now(MSG_ORDER, &o);
	for (unsigned k = 0; k < n_forms; k++) {
		struct msg_form m = { .order = i + 1, .attempt = (uint64_t)(i + 1) * FORMS + k,
			.form = forms[k], .host = STR("mail.target.example"),
			.dom = STR("target.example"), .minted = { 1795000000 }, .mac = STR("0123456789abcdef0123456789abcdef") };

		snprintf(token, sizeof(token), "r%035llu", (unsigned long long)m.attempt);
		snprintf(sender, sizeof(sender), "s%035llu", (unsigned long long)m.attempt);
		m.recipient = str_of(token);
		m.sender = str_of(sender);
		send_now(MSG_FORM, &m);
	}
	send_now(MSG_GO, &go);
}

/* --- what is heard --- */

static bool
expected(const struct target *t, const struct msg_found *m)
{
	switch (t->does) {
	case DOES_REFUSE:
		return m->finding == FIND_REFUSED;
	case DOES_TAKE:
		return m->finding == FIND_ACCEPTED && m->code == 250;
	case DOES_DEFER:
		return m->finding == FIND_DEFERRED && m->code == 450;
	default:
		return false;	/* nothing was asked of it */
	}
}

static bool
ended_rightly(const struct target *t, uint8_t finding)
{
	if (t->does == DOES_BLOCK)
		return finding == FIND_BLOCKED && t->found == 0;
	if (t->does == DOES_NOTHING)
		return finding == FIND_NO_SMTP && t->found == 0;
	return finding == FIND_DONE && t->wrong == 0 &&
	    (t->does == DOES_TAKE ? t->found >= 1 : t->found == n_forms);
}

static void
keep_heard(const struct msg_said *m)
{
	if (m->order != 1 || heard_len + m->octets.n > sizeof(heard))
		return;
	memcpy(heard + heard_len, m->octets.p, m->octets.n);
	heard_len += m->octets.n;
}

static void
write_script(void)
{
	struct str text = { heard, heard_len };

	while (script != NULL && text.n > 0) {
		struct str line = str_cut(&text, '\n');

		if (line.n > 3 && memcmp(line.p, "C: ", 3) == 0)
			fprintf(script, "%.*s\r\n", (int)line.n - 3, line.p + 3);
	}
}

static void
take(const struct frame *f)
{
	union { struct msg_id id; struct msg_found found; struct msg_said said;
		struct msg_ended ended; struct msg_load load; } m;
	struct msg_grant yes = { .ok = 1, .why = STR("") };
	const struct shape *shape = message_shape(f->type);

	if (shape->size > sizeof(m) || frame_decode(&m, shape->size, f) != 0)
		return;		/* another message of the role */
	switch (f->type) {
	case MSG_ASK:
		yes.id = m.id.id;
		open_now++;
		send_now(MSG_GRANT, &yes);
		break;
	case MSG_FOUND:
		targets[m.found.order - 1].found++;
		targets[m.found.order - 1].wrong += !expected(&targets[m.found.order - 1], &m.found);
		break;
	case MSG_SAID:
		keep_heard(&m.said);
		break;
	case MSG_LOAD:
		if (m.load.delay_p99_ms > worst.delay_p99_ms)
			worst.delay_p99_ms = m.load.delay_p99_ms;
		if (m.load.delay_max_ms > worst.delay_max_ms)
			worst.delay_max_ms = m.load.delay_max_ms;
		break;
	case MSG_ENDED:
		targets[m.ended.order - 1].ended = true;
		targets[m.ended.order - 1].ok =
		    ended_rightly(&targets[m.ended.order - 1], m.ended.finding);
		ended++;
		open_now--;
		if (begun < n_targets)
			order(begun++);
		break;
	default:
		break;
	}
}

static void
hear(void)
{
	static struct frame f, one;
	struct msg_many many;

	for (int i = 0; i < 256 && frame_read(keeper, &f) == 0; i++) {
		frames_in++;
		if (f.type != MSG_MANY)
			take(&f);
		else if (frame_decode(&many, sizeof(many), &f) == 0)
			while (frame_next(&one, &many.frames) == 0)
				take(&one);
	}
}

/* Sixteen that may share one session, in the order of the catalogue. */
static void
choose_forms(const char *kind)
{
	uint8_t plan[RELAYTEST_N];
	size_t n = relaytest_plan(plan, DEPTH_LAB);
	enum relaytest_session want = strcmp(kind, "tls") == 0 ? SESSION_STARTTLS : SESSION_PLAIN;

	for (size_t i = 0; i < n && n_forms < FORMS; i++)
		if (relaytest_forms[plan[i]].session == want && relaytest_forms[plan[i]].port == 0 &&
		    (relaytest_forms[plan[i]].flags & (FORM_ALONE | FORM_NEEDS_MX)) == 0 &&
		    (n_forms == 0 || relaytest_together(forms[0], plan[i])))
			forms[n_forms++] = plan[i];
}

static void
drive(pid_t pid)
{
	long before_kb = memory_kb(pid), most_kb = before_kb, kb;
	double us = processor_us(pid), ms = now_ms(), sampled = 0;
	unsigned most_open = 0, bad = 0;

	while (begun < n_targets && begun < at_once)
		order(begun++);
	send_bag();
	while (ended < n_targets) {
		struct pollfd p = { .fd = keeper,
			.events = (short)(n_waiting > 0 ? POLLIN | POLLOUT : POLLIN) };

		need(poll(&p, 1, SAMPLE_MS) >= 0, "poll");
		need(kill(pid, 0) == 0 && (p.revents & POLLHUP) == 0, "the role is gone");
		send_waiting();
		hear();
		send_bag();
		if (now_ms() - sampled < SAMPLE_MS)
			continue;
		sampled = now_ms();
		kb = memory_kb(pid);
		most_kb = kb > most_kb ? kb : most_kb;
		most_open = open_now > most_open ? open_now : most_open;
	}
	us = processor_us(pid) - us;
	ms = now_ms() - ms;
	write_script();
	for (unsigned i = 0; i < n_targets; i++)
		bad += !targets[i].ok;
	printf("us=%.1f ms=%.0f bad=%u forms=%u open=%u in=%.1f out=%.1f kb=%ld each_kb=%.2f p99_ms=%u max_ms=%u\n",
	    us / n_targets, ms, bad, n_forms, most_open, (double)frames_in / n_targets,
	    (double)frames_out / n_targets, most_kb - before_kb,
	    (double)(most_kb - before_kb) / (most_open > 0 ? most_open : 1),
	    worst.delay_p99_ms, worst.delay_max_ms);
}

int
main(int argc, char **argv)
{
	struct rlimit files;
	int parent;
	pid_t pid;

	if (argc < 6 || argc > 7) {
		fprintf(stderr, "usage: probe_drive ROLE TARGETS AT_ONCE PORT KIND [SCRIPT]\n");
		return EXIT_FAILURE;
	}
	n_targets = (unsigned)strtoul(argv[2], NULL, 10);
	at_once = (unsigned)strtoul(argv[3], NULL, 10);
	port = (uint16_t)strtoul(argv[4], NULL, 10);
	mixed = strcmp(argv[5], "refuse") != 0;
	choose_forms(argv[5]);
	targets = calloc(n_targets, sizeof(*targets));
	need(targets != NULL && n_forms > 0, "start");
	if (argc == 7)
		need((script = fopen(argv[6], "w")) != NULL, argv[6]);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	pid = start(argv[1], &parent);
	await_ready(parent);
	drive(pid);
	if (script != NULL)
		fclose(script);
	kill(pid, SIGTERM);
	close(parent);
	waitpid(pid, NULL, 0);
	return EXIT_SUCCESS;
}
