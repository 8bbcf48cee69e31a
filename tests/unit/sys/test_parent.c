/* The parent with dummy roles (role_dummy.c, argv[1]), as real processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "sys/parent.h"

enum { PATIENCE_MS = 15000, LOG_MAX = 1 << 18 };

static const char *dummy;
static char dir[64];
static const char *const names[] = { "keeper", "probe", "receive", "serve", "xfer", "web" };

static struct {
	pid_t	pid;
	int	out;		/* standard error of all */
	char	log[LOG_MAX];
	size_t	n, seen;	/* seen: what await() has passed */
} run;

static int64_t
now_ms(void)
{
	return clock_real.mono(&clock_real).ms;
}

static void
read_more(int wait_ms)
{
	struct pollfd p = { .fd = run.out, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, wait_ms) <= 0)
		return;
	n = read(run.out, run.log + run.n, LOG_MAX - 1 - run.n);
	if (n > 0)
		run.n += (size_t)n;
	run.log[run.n] = '\0';
}

static bool
has(const char *line, size_t n, const char *word)
{
	return memmem(line, n, word, strlen(word)) != NULL;
}

/* Waits for a line after those seen that has both words; returns its start. */
static const char *
await(const char *word, const char *word2)
{
	int64_t until = now_ms() + PATIENCE_MS;

	while (now_ms() < until) {
		char *line = run.log + run.seen, *end;

		for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
			size_t n = (size_t)(end - line);

			if (has(line, n, word) &&
			    (word2 == NULL || has(line, n, word2)))
				return line;
		}
		read_more(100);
	}
	kill(run.pid, SIGKILL);
	fail_msg("no line with %s and %s in:\n%s", word,
	    word2 == NULL ? "-" : word2, run.log + run.seen);
	return NULL;
}

static void
pass_all(void)
{
	run.seen = run.n;
}

static pid_t
number_after(const char *line, const char *key)
{
	return (pid_t)strtol(strstr(line, key) + strlen(key), NULL, 10);
}

/* Pid of the newest process of a role. */
static pid_t
pid_of(const char *name)
{
	char word[64];
	pid_t pid = 0;

	snprintf(word, sizeof(word), "event=role-started name=%s ", name);
	for (char *at = run.log; (at = strstr(at, word)) != NULL; at++)
		pid = number_after(at, " pid=");
	assert_true(pid > 0);
	return pid;
}

static void
tell(const char *what, bool on)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/state/%s", dir, what);
	if (on)
		close(open(path, O_CREAT | O_WRONLY, 0644));
	else
		unlink(path);
}

static const char *web_at = "127.0.0.1:0", *pinned = "false", *tap_at = "";
static bool without_keeper;

/* What a file would give; these roles do not look into it. */
static struct parent_first
first_base(void)
{
	struct parent_first first = { .over = -1, .msg = { PUBLISH_BASE, 5, 3 },
		.fd = memfd_create("base", MFD_CLOEXEC | MFD_ALLOW_SEALING) };

	if (write(first.fd, "abc", 3) != 3 || fcntl(first.fd, F_ADD_SEALS,
	    F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
		_exit(98);
	return first;
}

static _Noreturn void
be_parent(int out)
{
	static struct listeners l;
	char path[100], roles[100];
	struct conf_why why;
	struct listen_why lwhy = { 0 };
	struct conf *c;
	struct parent_setup s = { .listeners = &l, .workers = 2, .dir = roles };
	struct parent_first first;

	dup2(out, STDERR_FILENO);
	close(out);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "%s/state", dir);
	snprintf(roles, sizeof(roles), "%s", dir);
	log_setup("parent", LOG_LV_INFO, 0);
	if (conf_default(&c) != 0 ||
	    conf_set(c, "state.dir", str_of(path), &why) != 0 ||
	    conf_set(c, "role.user", STR("nobody"), &why) != 0 ||
	    conf_set(c, "dns.listen", STR("127.0.0.1:0"), &why) != 0 ||
	    conf_set(c, "receive.listen", STR("127.0.0.1:0"), &why) != 0 ||
	    conf_set(c, "dns.pin", str_of(pinned), &why) != 0 ||
	    conf_set(c, "web.listen", str_of(web_at), &why) != 0 ||
	    conf_set(c, "dns.dnstap", str_of(tap_at), &why) != 0 ||
	    listen_bind(&l, c, s.workers, &lwhy) != 0)
		_exit(99);
	s.conf = c;
	if (without_keeper) {
		first = first_base();
		s.first = &first;
		s.roles = PARENT_DNS;
	}
	_exit(parent_run(&s));
}

static void
begin(void)
{
	int pipes[2];

	run.n = run.seen = 0;
	run.log[0] = '\0';
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	run.pid = fork();
	assert_true(run.pid >= 0);
	if (run.pid == 0)
		be_parent(pipes[1]);
	close(pipes[1]);
	run.out = pipes[0];
}

/* Returns the exit code, or 100 + signal. */
static int
end(int signo)
{
	int64_t until = now_ms() + PATIENCE_MS;
	int status = -1;

	if (signo != 0)
		kill(run.pid, signo);
	while (waitpid(run.pid, &status, WNOHANG) == 0 && now_ms() < until)
		read_more(20);
	if (status == -1) {
		kill(run.pid, SIGKILL);
		fail_msg("the parent does not end:\n%s", run.log);
	}
	/* EOF comes when the last of the family is gone */
	while (now_ms() < until) {
		struct pollfd p = { .fd = run.out, .events = POLLIN };
		char last[4096];

		if (poll(&p, 1, 100) > 0 && read(run.out, last, sizeof(last)) == 0) {
			close(run.out);
			return WIFSIGNALED(status) ? 100 + WTERMSIG(status) :
			    WEXITSTATUS(status);
		}
	}
	fail_msg("a child outlives its parent:\n%s", run.log);
	return -1;
}

static bool
lives(pid_t pid)
{
	return kill(pid, 0) == 0;
}

static void
roles_get_what_is_theirs_and_nothing_else(void **state)
{
	(void)state;
	begin();
	await("event=ready roles=7", NULL);
	await("role=serve event=socket name=dns-udp", NULL);
	await("role=xfer event=socket name=dns-tcp", NULL);
	await("role=receive event=socket name=smtp", NULL);
	await("role=web event=socket name=web", NULL);
	await("role=web event=answered", NULL);
	await("role=web event=published", "serial=7");
	await("role=probe event=answered", NULL);
	await("role=receive event=answered", NULL);
	await("role=serve event=published", "serial=7");
	await("role=xfer event=published", "serial=7");
	await("event=role-ready name=serve worker=1", "seccomp");
	assert_null(strstr(run.log, "role=serve event=socket name=dns-tcp"));
	assert_null(strstr(run.log, "role=xfer event=socket name=smtp"));
	assert_null(strstr(run.log, "role=probe event=published"));
	assert_int_equal(end(SIGTERM), 0);
}

/* Two workers and xfer have a part each; web may only look. */
static void
memory_is_shared_with_whom_it_concerns(void **state)
{
	(void)state;
	begin();
	await("event=ready roles=7", NULL);
	await("role=serve event=shared name=dns-counters index=0", "write=1 secret=32");
	await("role=serve event=shared name=dns-counters index=1 octets=2048", "write=1");
	await("role=serve event=shared name=dns-limit index=1", "write=1");
	await("role=xfer event=shared name=dns-counters index=2", "write=1 secret=32");
	await("role=web event=shared name=dns-counters", "write=0");
	assert_null(strstr(run.log, "role=web event=shared name=dns-limit"));
	assert_null(strstr(run.log, "role=probe event=shared"));
	assert_null(strstr(run.log, "name=dns-tap"));	/* nobody looks */
	assert_int_equal(end(SIGTERM), 0);
}

static void
pinned_workers_have_a_processor_each(void **state)
{
	cpu_set_t may, has;

	(void)state;
	pinned = "true";
	begin();
	pinned = "false";
	await("event=ready roles=7", NULL);
	assert_int_equal(sched_getaffinity(0, sizeof(may), &may), 0);
	assert_int_equal(sched_getaffinity(pid_of("serve"), sizeof(has), &has), 0);
	assert_int_equal(CPU_COUNT(&has), 1);
	assert_int_equal(sched_getaffinity(pid_of("xfer"), sizeof(has), &has), 0);
	assert_true(CPU_EQUAL(&has, &may));
	assert_int_equal(end(SIGTERM), 0);
}

static int
collector(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)) | listen(fd, 4), 0);
	return fd;
}

/* The next connection, of which xfer was told. */
static int
collected(int at)
{
	await("role=xfer event=socket name=dnstap", NULL);
	pass_all();
	return accept4(at, NULL, NULL, SOCK_CLOEXEC);
}

/* The collector is absent, comes, leaves, comes back; then xfer is another. */
static void
xfer_is_given_the_collector_whenever_it_is_there(void **state)
{
	char path[100];
	struct pollfd p;
	int at;

	(void)state;
	snprintf(path, sizeof(path), "%s/state/tap", dir);
	tap_at = path;
	begin();
	tap_at = "";
	await("role=serve event=shared name=dns-tap index=1", "write=1");
	await("role=xfer event=shared name=dns-tap", "write=1");
	await("event=dnstap-absent", path);
	at = collector(path);
	close(collected(at));
	p = (struct pollfd){ .fd = collected(at), .events = POLLIN };
	kill(pid_of("xfer"), SIGKILL);
	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);	/* the parent's copy is closed */
	close(p.fd);
	close(collected(at));
	assert_int_equal(end(SIGTERM), 0);
	close(at);
	unlink(path);
}

static void
without_an_address_for_pages_there_is_no_web(void **state)
{
	(void)state;
	web_at = "";
	begin();
	web_at = "127.0.0.1:0";
	await("event=ready roles=6", NULL);
	assert_null(strstr(run.log, "name=web"));
	assert_int_equal(end(SIGTERM), 0);
}

static void
without_a_keeper_what_answers_dns_has_the_first_publication(void **state)
{
	char mine[40];

	(void)state;
	without_keeper = true;
	begin();
	without_keeper = false;
	await("event=ready roles=3", NULL);
	await("role=xfer event=published kind=1 serial=5", NULL);
	assert_null(strstr(run.log, "name=keeper"));
	pass_all();
	kill(pid_of("serve"), SIGKILL);
	await("event=role-ready name=serve", NULL);
	snprintf(mine, sizeof(mine), "mine=%d", (int)pid_of("serve"));
	await("role=serve event=published kind=1 serial=5", mine);
	assert_int_equal(end(SIGTERM), 0);
}

static void
a_killed_role_comes_back_at_once_and_reaches_keeper(void **state)
{
	char mine[40];
	pid_t old;
	int64_t start;

	(void)state;
	begin();
	await("event=ready", NULL);
	old = pid_of("probe");
	pass_all();
	start = now_ms();
	kill(old, SIGKILL);
	await("event=role-died name=probe", "status=\"signal 9\"");
	await("event=role-ready name=probe", NULL);
	assert_true(now_ms() - start < 1000);
	snprintf(mine, sizeof(mine), "mine=%d", (int)pid_of("probe"));
	await("role=probe event=answered", mine);
	assert_int_equal(end(SIGTERM), 0);
}

static void
a_killed_keeper_leaves_the_others_alive_and_is_joined_again(void **state)
{
	pid_t kept[2];
	char mine[2][40];

	(void)state;
	begin();
	await("event=ready", NULL);
	await("role=receive event=answered", NULL);
	kept[0] = pid_of("receive");
	kept[1] = pid_of("serve");
	snprintf(mine[0], sizeof(mine[0]), "mine=%d", (int)kept[0]);
	pass_all();
	kill(pid_of("keeper"), SIGKILL);
	await("event=role-ready name=keeper", NULL);
	await("role=receive event=answered", mine[0]);
	assert_int_equal(pid_of("receive"), kept[0]);
	assert_int_equal(pid_of("serve"), kept[1]);
	assert_true(lives(kept[0]) && lives(kept[1]));
	assert_int_equal(end(SIGTERM), 0);
}

static void
what_was_published_outlives_keeper(void **state)
{
	char mine[40];

	(void)state;
	begin();
	await("event=ready", NULL);
	await("role=xfer event=published", "serial=7");
	tell("silent-keeper", true);	/* the next one publishes nothing */
	pass_all();
	kill(pid_of("keeper"), SIGKILL);
	await("event=role-ready name=keeper", NULL);
	tell("silent-keeper", false);
	pass_all();
	kill(pid_of("xfer"), SIGKILL);
	await("event=role-ready name=xfer", NULL);
	snprintf(mine, sizeof(mine), "mine=%d", (int)pid_of("xfer"));
	await("role=xfer event=published kind=1 serial=7", mine);
	assert_int_equal(end(SIGTERM), 0);
}

/* Queries wait in the sockets: with those first the answer would be SERVFAIL. */
static void
a_role_started_again_has_the_publication_before_its_sockets(void **state)
{
	const char *published, *socket;

	(void)state;
	begin();
	await("event=ready", NULL);
	await("role=xfer event=published", "serial=7");
	pass_all();
	kill(pid_of("xfer"), SIGKILL);
	published = await("role=xfer event=published", "serial=7");
	socket = await("role=xfer event=socket", NULL);
	assert_true(published < socket);
	assert_int_equal(end(SIGTERM), 0);
}

static void
the_second_death_in_a_row_waits_a_second(void **state)
{
	int64_t start;

	(void)state;
	begin();
	await("event=ready", NULL);
	pass_all();
	kill(pid_of("xfer"), SIGKILL);
	await("event=role-ready name=xfer", NULL);
	pass_all();
	start = now_ms();
	kill(pid_of("xfer"), SIGKILL);
	await("event=role-ready name=xfer", NULL);
	assert_in_range(now_ms() - start, 900, 4000);
	assert_int_equal(end(SIGTERM), 0);
}

static void
a_role_that_says_what_it_may_not_is_killed(void **state)
{
	(void)state;
	begin();
	await("event=ready", NULL);
	tell("garbage-probe", true);
	pass_all();
	kill(pid_of("probe"), SIGKILL);
	await("event=role-broken name=probe", NULL);
	await("event=role-died name=probe", NULL);
	tell("garbage-probe", false);
	await("event=role-ready name=probe", NULL);
	assert_int_equal(end(SIGTERM), 0);
}

static void
an_unsealed_snapshot_is_not_handed_on(void **state)
{
	(void)state;
	tell("unsealed-keeper", true);
	begin();
	await("event=role-broken name=keeper", NULL);
	tell("unsealed-keeper", false);
	await("event=ready", NULL);
	assert_int_equal(end(SIGTERM), 0);
}

static void
a_role_that_refuses_to_start_ends_all_with_its_code(void **state)
{
	(void)state;
	tell("refuse-receive", true);
	begin();
	assert_int_equal(end(0), EXIT_CONFIG);
	tell("refuse-receive", false);
}

static void
a_role_that_does_not_stop_is_killed_after_five_seconds(void **state)
{
	int64_t start;

	(void)state;
	tell("mute-xfer", true);
	begin();
	await("event=ready", NULL);
	start = now_ms();
	assert_int_equal(end(SIGINT), 0);
	assert_in_range(now_ms() - start, PARENT_STOP_MS - 100, PARENT_STOP_MS + 3000);
	tell("mute-xfer", false);
}

static void
children_end_with_a_killed_parent(void **state)
{
	(void)state;
	begin();
	await("event=ready", NULL);
	assert_int_equal(end(SIGKILL), 100 + SIGKILL);	/* and waits for all */
}

static int
setup(void **state)
{
	struct passwd *pw = getpwnam("nobody");
	char path[128];

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/sekimori-parent.XXXXXX");
	if (mkdtemp(dir) == NULL || chmod(dir, 0755) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/sekimori-role-%s", dir, names[i]);
		if (symlink(dummy, path) != 0)
			return -1;
	}
	snprintf(path, sizeof(path), "%s/state", dir);
	if (mkdir(path, 0755) != 0)
		return -1;
	return geteuid() == 0 ? chown(path, pw->pw_uid, pw->pw_gid) : 0;
}

static int
teardown(void **state)
{
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/sekimori-role-%s", dir, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/state", dir);
	return rmdir(path) != 0 || rmdir(dir) != 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_get_what_is_theirs_and_nothing_else),
		cmocka_unit_test(memory_is_shared_with_whom_it_concerns),
		cmocka_unit_test(pinned_workers_have_a_processor_each),
		cmocka_unit_test(xfer_is_given_the_collector_whenever_it_is_there),
		cmocka_unit_test(without_an_address_for_pages_there_is_no_web),
		cmocka_unit_test(without_a_keeper_what_answers_dns_has_the_first_publication),
		cmocka_unit_test(a_killed_role_comes_back_at_once_and_reaches_keeper),
		cmocka_unit_test(a_killed_keeper_leaves_the_others_alive_and_is_joined_again),
		cmocka_unit_test(what_was_published_outlives_keeper),
		cmocka_unit_test(a_role_started_again_has_the_publication_before_its_sockets),
		cmocka_unit_test(the_second_death_in_a_row_waits_a_second),
		cmocka_unit_test(a_role_that_says_what_it_may_not_is_killed),
		cmocka_unit_test(an_unsealed_snapshot_is_not_handed_on),
		cmocka_unit_test(a_role_that_refuses_to_start_ends_all_with_its_code),
		cmocka_unit_test(a_role_that_does_not_stop_is_killed_after_five_seconds),
		cmocka_unit_test(children_end_with_a_killed_parent),
	};

	/* it is linked to from elsewhere */
	if (argc < 2 || (dummy = realpath(argv[1], NULL)) == NULL)
		return 2;
	return cmocka_run_group_tests(tests, setup, teardown);
}
