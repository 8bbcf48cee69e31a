/* Each case forks a child that enters and then does one thing; the child's
 * exit status says whether it could.  Without root the cases that need it say
 * so and skip. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/sandbox.h"

enum { COULD = 10, COULD_NOT = 20, NOT_IN = 30, NOBODY = 65534,
	TOLD_S = 20 };	/* for what happens at once, or not at all */

static char dir[64];		/* the named directory of MAY_FILES */
static int listener, listener_port;

static struct sockaddr_in
loopback(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static bool
open_passwd(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool
open_own(void)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/journal", dir);
	return open(path, O_CREAT | O_RDWR, 0600) >= 0 && rename(path, path) == 0 &&
	    unlink(path) == 0;
}

static bool
inet_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool
unix_socket(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET, 0) >= 0;
}

static bool
packet_socket(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0) >= 0 ||
	    socket(AF_PACKET, SOCK_RAW, 0) >= 0;
}

static bool
connects(void)
{
	struct sockaddr_in to = loopback(listener_port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
}

static bool
connects_ready_socket(void)	/* one that was made before */
{
	struct sockaddr_in to = loopback(listener_port);
	extern int spare;

	return connect(spare, (struct sockaddr *)&to, sizeof(to)) == 0;
}

static bool
binds_a_source(void)
{
	struct sockaddr_in from = loopback(0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd >= 0 && bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0;
}

static bool
listens(void)
{
	struct sockaddr_in from = loopback(0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd >= 0 && bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
	    listen(fd, 1) == 0;
}

static bool
accepts(void)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	return fd >= 0 || errno == EAGAIN;
}

static bool
control_socket(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/control", dir);
	return fd >= 0 && bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 &&
	    chmod(sun.sun_path, 0660) == 0 && listen(fd, 5) == 0 &&
	    unlink(sun.sun_path) == 0;
}

static bool
memory_file(void)
{
	int fd = memfd_create("base", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd >= 0 && ftruncate(fd, 4096) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0;
}

static bool
forks(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

static void *
one_more(void *count)
{
	++*(int *)count;
	return NULL;
}

static bool
starts_threads(void)
{
	pthread_t t[4];
	int count = 0;

	for (size_t i = 0; i < 4; i++)
		if (pthread_create(&t[i], NULL, one_more, &count) != 0 ||
		    pthread_join(t[i], NULL) != 0)
			return false;
	return count == 4;
}

static int
ends(void *ctx)
{
	(void)ctx;
	return 0;
}

/* What looks like a thread and is a process of its own. */
static bool
shares_memory(void)
{
	static _Alignas(16) char stack[65536];
	int pid = clone(ends, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);

	return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

static bool
watches(void)
{
	int fd = inotify_init1(IN_CLOEXEC);

	return fd >= 0 && inotify_add_watch(fd, dir, IN_CREATE) >= 0;
}

/* A child that is told to die with its parent; and it cannot be untold. */
static bool
dies_with_parent(void)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
}

static bool
outlives_parent(void)
{
	return prctl(PR_SET_PDEATHSIG, 0) == 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) == 0;
}

static bool
execs(void)
{
	char *argv[] = { NULL };

	execve("/bin/true", argv, argv);	/* on success: exit status 0 */
	return false;
}

static bool
executable_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool
works(void)		/* what every role does all day */
{
	struct epoll_event ev = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC), pair[2];
	char *p = malloc(4 << 20), octets[16];

	(void)pair;
	if (ep < 0 || p == NULL || epoll_ctl(ep, EPOLL_CTL_ADD, listener, &ev) != 0)
		return false;
	memset(p, 1, 4 << 20);
	free(p);
	return epoll_wait(ep, &ev, 1, 0) >= 0 && getpid() > 0 &&
	    syscall(SYS_getrandom, octets, sizeof(octets), 0) == 16 &&
	    dprintf(STDERR_FILENO, "%s", "") == 0;
}

static bool
io_uring(void)
{
	return syscall(425, 1, NULL) >= 0 || errno != ENOSYS;
}

static bool
clone3_is_not_there(void)
{
	return syscall(435, NULL, 0) < 0 && errno == ENOSYS;
}

static bool
becomes_root(void)
{
	return geteuid() == 0 || setuid(0) == 0;
}

static bool
kills_parent(void)
{
	return kill(getppid(), 0) == 0;
}

static bool
sees_files(void)
{
	struct stat st;

	return stat("/etc", &st) == 0 || access("/", W_OK) == 0;
}

static bool
traces(void)
{
	return syscall(SYS_ptrace, 0, 0, 0, 0) == 0;
}

enum { ALL = 255 };

static const struct {
	const char	*name;
	bool		(*what)(void);
	unsigned	 may;		/* rights with which it must work (any of) */
	unsigned	 with;		/* rights always added */
} things[] = {
	{ "daily work", works, 0, 0 },	/* may 0: listed below as always */
	{ "clone3 gives ENOSYS, so that libc falls back", clone3_is_not_there, 0, 0 },
	{ "open a file outside", open_passwd, 0, 0 },
	{ "open a file in the named directory", open_own, MAY_FILES, 0 },
	{ "make an internet socket", inet_socket, MAY_CONNECT, 0 },
	{ "connect", connects, MAY_CONNECT, 0 },
	{ "connect a socket that was made before", connects_ready_socket, MAY_CONNECT, 0 },
	{ "bind a source address", binds_a_source, MAY_CONNECT, 0 },
	{ "listen", listens, 0, 0 },
	{ "accept", accepts, MAY_ACCEPT | MAY_CHOWN, 0 },
	{ "make a local socket", unix_socket, MAY_CHOWN, 0 },
	{ "netlink or packet socket", packet_socket, 0, 0 },
	{ "make and seal a memory file", memory_file, MAY_MEMFD, 0 },
	{ "fork", forks, MAY_FORK, 0 },
	{ "start threads", starts_threads, MAY_THREADS | MAY_FORK, 0 },
	{ "a process that shares memory", shares_memory, MAY_FORK, 0 },
	{ "watch a directory", watches, MAY_WATCH, 0 },
	{ "die with the parent", dies_with_parent, MAY_FORK, 0 },
	{ "outlive the parent", outlives_parent, 0, 0 },
	{ "exec", execs, 0, 0 },
	{ "executable memory", executable_memory, 0, 0 },
	{ "io_uring", io_uring, 0, 0 },
	{ "become root", becomes_root, 0, 0 },
	{ "trace", traces, 0, 0 },
};
enum { ALWAYS = 2 };	/* the first things, which always work */
int spare = -1;

static const struct { const char *role; unsigned may; } roles[] = {
	{ "keeper", MAY_FILES | MAY_MEMFD | MAY_FORK | MAY_CHOWN },
	{ "probe", MAY_CONNECT },
	{ "receive", MAY_ACCEPT },
	{ "serve", 0 },
	{ "xfer", MAY_ACCEPT },
	{ "account", MAY_THREADS },
	{ "journal of account", MAY_FILES | MAY_WATCH },
};

/* Runs what in a sandboxed child; returns COULD, COULD_NOT, NOT_IN or the
 * status of a signal as 100 + signo. */
static int
in_child(unsigned may, const char *user, bool drop, bool strict, bool (*what)(void))
{
	const char *dirs[] = { dir, NULL };
	struct sandbox box = { .role = "test", .user = user, .may = may,
	    .dirs = dirs, .strict = strict };
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (drop && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
			_exit(NOT_IN);
		spare = socket(AF_INET, SOCK_STREAM, 0);
		if (sandbox_enter(&box, NULL) != 0)
			_exit(NOT_IN);
		_exit(what() ? COULD : COULD_NOT);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 100 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void
all_things(const char *user, bool drop)
{
	for (size_t r = 0; r < sizeof(roles) / sizeof(roles[0]); r++)
		for (size_t t = 0; t < sizeof(things) / sizeof(things[0]); t++) {
			bool may = t < ALWAYS || (things[t].may & roles[r].may) != 0;
			int got = in_child(roles[r].may, user, drop, false,
			    things[t].what);

			if (got != (may ? COULD : COULD_NOT))
				fail_msg("%s: %s: want %s, got %d", roles[r].role,
				    things[t].name, may ? "allowed" : "refused", got);
		}
}

static void
each_role_can_do_its_own_and_nothing_else_without_root(void **state)
{
	(void)state;
	all_things(NULL, geteuid() == 0);
}

static void
each_role_can_do_its_own_and_nothing_else_from_root(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	all_things("nobody", false);
}

static void
root_without_a_user_has_no_capabilities(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(MAY_FILES, "", false, false, open_own), COULD_NOT);
	assert_int_equal(in_child(0, "", false, false, sees_files), COULD_NOT);
}

static bool
reads_own(void)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY);

	return fd >= 0 && openat(fd, "to-read", O_RDONLY) >= 0;
}

static void
what_is_to_be_read_cannot_be_written(void **state)
{
	const char *dirs[] = { dir, NULL };
	const struct sandbox box = { .may = MAY_FILES, .dirs = dirs, .read_only = true };
	struct sandbox_reached got = { 0 };
	char path[100];
	int status;
	pid_t pid;

	(void)state;
	snprintf(path, sizeof(path), "%s/to-read", dir);
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
			_exit(NOT_IN);
		close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
		if (sandbox_enter(&box, &got) != 0)
			_exit(NOT_IN);
		/* a kernel without Landlock confines nothing by name */
		_exit(reads_own() && (got.landlock == 0 || (!open_own() &&
		    open(path, O_WRONLY) < 0)) ? COULD : COULD_NOT);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(WEXITSTATUS(status), COULD);
}

static void
keepers_control_socket_works(void **state)
{
	(void)state;
	assert_int_equal(in_child(roles[0].may, geteuid() == 0 ? "nobody" : NULL,
	    false, false, control_socket), COULD);
	assert_int_equal(in_child(roles[0].may & ~(unsigned)MAY_CHOWN,
	    geteuid() == 0 ? "nobody" : NULL, false, false, control_socket),
	    COULD_NOT);
}

static void
a_role_cannot_signal_its_parent(void **state)
{
	(void)state;
	assert_int_equal(in_child(MAY_FORK, NULL, geteuid() == 0, false,
	    kills_parent), COULD_NOT);
	assert_int_equal(in_child(0, NULL, geteuid() == 0, false, kills_parent),
	    COULD_NOT);
}

/* A child of ours that enters, and then waits for longer than anybody; its end
 * closes the pipe. */
static _Noreturn void
parent_of_one_that_waits(int alive)
{
	const struct sandbox box = { .may = MAY_FORK, .user = "nobody" };
	int ready[2];
	char octet;

	if (pipe(ready) != 0)
		_exit(NOT_IN);
	if (fork() == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || sandbox_enter(&box, NULL) != 0 ||
		    write(ready[1], "", 1) != 1)
			_exit(NOT_IN);
		alarm(2 * TOLD_S);
		pause();
		_exit(COULD_NOT);
	}
	close(alive);
	close(ready[1]);
	_exit(read(ready[0], &octet, 1) == 1 ? COULD : NOT_IN);
}

static void
who_asked_to_die_with_its_parent_does(void **state)
{
	struct pollfd p = { .events = POLLIN };
	int alive[2], status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(pipe(alive), 0);
	pid = fork();
	if (pid == 0) {
		close(alive[0]);
		parent_of_one_that_waits(alive[1]);
	}
	close(alive[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), COULD);
	p.fd = alive[0];
	assert_int_equal(poll(&p, 1, TOLD_S * 1000), 1);
	close(alive[0]);
}

static void
strict_kills_instead(void **state)
{
	(void)state;
	assert_int_equal(in_child(0, NULL, geteuid() == 0, true, works), COULD);
	assert_int_equal(in_child(0, NULL, geteuid() == 0, true, traces),
	    100 + SIGSYS);
	assert_int_equal(in_child(0, NULL, geteuid() == 0, true, inet_socket),
	    100 + SIGSYS);
}

static void
unknown_user_or_directory_is_refused(void **state)
{
	const char *dirs[] = { "/nonexistent", NULL };
	struct sandbox box = { .may = MAY_FILES, .dirs = dirs };

	(void)state;
	assert_int_equal(sandbox_enter(&box, NULL), SEK_ESYS);
	if (geteuid() == 0)
		assert_int_equal(in_child(0, "no-such-user-here", false, false,
		    works), NOT_IN);
}

static void
what_was_reached_is_told(void **state)
{
	struct sandbox_reached r = { 0 };
	char text[80];

	(void)state;
	sandbox_text(text, sizeof(text), &r);
	assert_string_equal(text, "none");
	r = (struct sandbox_reached){ true, true, true, true, 7 };
	sandbox_text(text, sizeof(text), &r);
	assert_string_equal(text, "uid,root,nnp,landlock7,seccomp");
	r.uid = r.root = false;
	r.landlock = 0;
	sandbox_text(text, sizeof(text), &r);
	assert_string_equal(text, "nnp,seccomp");
}

static int
setup(void **state)
{
	struct sockaddr_in at = loopback(0);
	socklen_t n = sizeof(at);

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/sekimori-test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	if (geteuid() == 0 && chown(dir, NOBODY, NOBODY) != 0)
		return -1;
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(listener, 100) != 0 ||
	    getsockname(listener, (struct sockaddr *)&at, &n) != 0)
		return -1;
	listener_port = ntohs(at.sin_port);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	close(listener);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_role_can_do_its_own_and_nothing_else_without_root),
		cmocka_unit_test(each_role_can_do_its_own_and_nothing_else_from_root),
		cmocka_unit_test(root_without_a_user_has_no_capabilities),
		cmocka_unit_test(what_is_to_be_read_cannot_be_written),
		cmocka_unit_test(keepers_control_socket_works),
		cmocka_unit_test(a_role_cannot_signal_its_parent),
		cmocka_unit_test(who_asked_to_die_with_its_parent_does),
		cmocka_unit_test(strict_kills_instead),
		cmocka_unit_test(unknown_user_or_directory_is_refused),
		cmocka_unit_test(what_was_reached_is_told),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
