#include "tool/account.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "account/journal.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/log.h"
#include "tool/account_child.h"
#include "tool/account_desk.h"
#include "tool/account_progress.h"
#include "tool/account_watch.h"
#include "tool/render.h"
#include "tool/stop.h"

enum { TICK_MS = 100, SHOW_TICKS = 3, WATCH_TICKS = 5, JOURNAL_PIPE = 1 << 20 };

struct account {
	struct account_args	args;
	struct account_files	files;
	struct account_config_dir config[OPTION_LIST_MAX];
	size_t			n_configs;
	struct account_put	put;
	struct account_far	*far;
	struct account_watch	watch;
	struct account_desk	desk;
	int			 tell_fd[2];	/* ours, the child's; -1 */
	int			 hand_fd;	/* the child's end of it; -1 */
	FILE			*out, *err;
	bool			 strict;
	bool			 told_to_stop;
	pid_t			 journal[2];
	size_t			 n_journal;
	int			 alive;		/* closed at its other end: the child is no more */
};

static int
say(struct account *a, const char *what, int code)
{
	fprintf(a->err, "sekimori account: %s\n", what);
	return code;
}

/* --- before --- */

/* People read times in the zone of the log. */
static void
set_zone(const struct account_args *a)
{
	char text[ACCOUNT_ZONE_TZ];

	if (a->timezone == NULL)
		return;
	account_zone_tz(&a->zone, text);
	setenv("TZ", text, 1);
}

static int
open_files(struct account *a)
{
	int rc = 0;

	account_files_raise_limit();
	for (size_t i = 0; rc == 0 && i < a->args.n_operands; i++)
		rc = account_files_add(&a->files, a->args.operand[i]);
	if (rc == 0)
		return 0;
	return say(a, rc == SEK_ELIMIT ? _("more files than can be read at once") :
	    sek_strerror(rc), EXIT_OSERR);
}

/* A reader of the journal, whose lines come out of a pipe.  Returns its end to
 * read from, or SEK_ESYS. */
static int
start_reader(struct account *a)
{
	struct account_journal j = { .dir = a->args.journal_dir, .since_s = a->args.since_s,
	    .until_s = a->args.until_s, .follow = a->args.follow, .far = a->far,
	    .strict = a->strict };
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return SEK_ESYS;
	(void)fcntl(ends[0], F_SETPIPE_SZ, JOURNAL_PIPE);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		j.out = ends[1];
		account_journal(&j);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return SEK_ESYS;
	}
	a->journal[a->n_journal++] = pid;
	return ends[0];
}

/* Beside files it is read twice: a pipe cannot be looked at and then read. */
static int
start_journal(struct account *a)
{
	const bool beside = a->files.n > 0 && !a->args.follow;
	int fd, look_fd = 0;

	if (!a->args.journal && a->args.journal_dir == NULL)
		return 0;
	fd = start_reader(a);
	if (fd >= 0 && beside)
		look_fd = start_reader(a);
	if (fd < 0 || look_fd < 0)
		return say(a, strerror(errno), EXIT_OSERR);
	if (account_files_take(&a->files, "journal", fd) != 0)
		return say(a, sek_strerror(SEK_ENOMEM), EXIT_OSERR);
	a->files.seen[a->files.n - 1].look_fd = look_fd;
	return 0;
}

/* What --follow needs beside the child: a hand to it, and an ear. */
static int
start_watch(struct account *a)
{
	int pair[2];

	if (!a->args.follow)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return say(a, strerror(errno), EXIT_OSERR);
	a->hand_fd = pair[1];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, a->tell_fd) != 0)
		return say(a, strerror(errno), EXIT_OSERR);
	a->desk = (struct account_desk){ .out = a->out, .err = a->err, .json = a->args.json,
	    .log = getenv("JOURNAL_STREAM") != NULL, .on_alert = a->args.on_alert,
	    .metrics = a->args.metrics };
	log_setup("account", LOG_LV_INFO, 1);	/* only for those under systemd */
	return account_watch_init(&a->watch, &a->files, pair[0]) == 0 ? 0 :
	    say(a, sek_strerror(SEK_ENOMEM), EXIT_OSERR);
}

static int
read_configs(struct account *a)
{
	for (size_t i = 0; i < a->args.from_config.n; i++) {
		const char *path = a->args.from_config.v[i];
		int rc = account_config_dir_read(&a->config[a->n_configs++], path);

		if (rc == 0)
			continue;
		fprintf(a->err, "sekimori account: --from-config %s: %s\n", path,
		    sek_strerror(rc));
		return rc == SEK_ESYS ? EXIT_NOINPUT : EXIT_OSERR;
	}
	return 0;
}

static int
prepare(struct account *a)
{
	int rc = read_configs(a);

	if (rc == 0)
		rc = open_files(a);
	if (rc == 0)
		rc = account_put_open(&a->put, &a->args, a->out, a->err);
	if (rc != 0)
		return rc;
	a->far = account_far_new();
	if (a->far == NULL)
		return say(a, strerror(errno), EXIT_OSERR);
	atomic_store(&a->far->looking, true);
	a->strict = getenv("SEKIMORI_STRICT") != NULL;
	set_zone(&a->args);
	tzset();
	i18n_load();
	json_object_seed(0);	/* in the sandbox there is no /dev/urandom */
	fflush(a->out);
	fflush(a->err);
	rc = start_journal(a);
	return rc != 0 ? rc : start_watch(a);
}

/* --- meanwhile --- */

/* What the child tells; a message that it cannot have sent ends it. */
static void
listen_to(struct account *a, pid_t child)
{
	struct mono now = clock_real.mono(&clock_real);

	if (a->tell_fd[0] < 0)
		return;
	if (account_desk_read(&a->desk, a->tell_fd[0], now) == SEK_EPARSE)
		kill(child, SIGKILL);
	account_desk_tick(&a->desk, now);
	fflush(a->out);
}

static void
tick(struct account *a, struct account_progress *p, unsigned n, pid_t child)
{
	struct pollfd fds[] = { { .fd = a->alive, .events = POLLIN },
	    { .fd = a->tell_fd[0], .events = POLLIN } };

	(void)poll(fds, 2, TICK_MS);
	if ((fds[1].revents & POLLIN) != 0)
		account_progress_clear(p);
	listen_to(a, child);
	if (stop_asked() && !a->told_to_stop) {
		account_watch_look(&a->watch);	/* what is there counts */
		atomic_store(&a->far->stop, true);
		a->told_to_stop = true;
	}
	if (n % WATCH_TICKS == 0)
		account_watch_look(&a->watch);
	if (n % SHOW_TICKS == 0)
		account_progress_show(p, a->far, clock_real.mono(&clock_real));
}

/* Returns the child's status. */
static int
wait_for(struct account *a, pid_t child)
{
	struct account_progress p = { .out = a->err,
	    .on = render_when(a->args.progress, isatty(fileno(a->err)) == 1),
	    .start = clock_real.mono(&clock_real), .follow = a->args.follow };
	int status = 0;
	pid_t got;

	for (unsigned n = 1; (got = waitpid(child, &status, WNOHANG)) == 0 ||
	    (got < 0 && errno == EINTR); n++)
		tick(a, &p, n, child);
	account_progress_clear(&p);
	listen_to(a, child);
	return status;
}

/* --- after --- */

static int
code_of(struct account *a, int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	fprintf(a->err, _("sekimori account: the process that reads the logs was ended by signal "
	    "%d; nothing of it is shown\n"), WTERMSIG(status));
	return EXIT_SOFTWARE;
}

/* Programs of --on-alert end by themselves, or are killed when it takes long. */
static void
end_desk(struct account *a)
{
	struct timespec wait = { 0, HOOK_LOOK_MS * 1000 * 1000 };

	while (account_desk_busy(&a->desk)) {
		nanosleep(&wait, NULL);
		account_desk_tick(&a->desk, clock_real.mono(&clock_real));
	}
	for (size_t i = 0; i < 2; i++)
		if (a->tell_fd[i] >= 0)
			close(a->tell_fd[i]);
}

/* Nobody reads it any more: it has ended, or will when it writes. */
static void
end_journal(struct account *a)
{
	if (a->n_journal > 0)
		atomic_store(&a->far->stop, true);
	for (size_t i = 0; i < a->n_journal; i++)
		while (waitpid(a->journal[i], NULL, 0) < 0 && errno == EINTR)
			continue;
}

static int
run(struct account *a, int64_t now_s)
{
	const struct account_child c = { .args = &a->args, .files = &a->files,
	    .config = a->config, .n_configs = a->n_configs, .put = &a->put, .far = a->far,
	    .now_s = now_s, .parent = getpid(), .hand_fd = a->hand_fd, .tell_fd = a->tell_fd[1],
	    .strict = a->strict };
	int code, rc, ends[2];
	pid_t child = -1;

	if (pipe2(ends, O_CLOEXEC) == 0) {
		child = fork();
		if (child == 0)
			account_child(&c, a->err);
		close(ends[1]);
		a->alive = ends[0];
	}
	if (child < 0)
		return say(a, strerror(errno), EXIT_OSERR);
	code = code_of(a, wait_for(a, child));
	rc = account_put_finish(&a->put, code < EXIT_USAGE, a->out, a->err);
	return rc != 0 ? rc : code;
}

int
account_main(int argc, char **argv, FILE *out, FILE *err)
{
	struct account a = { .out = out, .err = err, .alive = -1, .hand_fd = -1,
	    .tell_fd = { -1, -1 },
	    .watch = { .fd = -1 } };
	int64_t now_s = clock_real.wall(&clock_real).s;
	int rc = account_args_read(&a.args, argc, argv, now_s, out, err);

	stop_setup();
	if (rc == 0)
		rc = prepare(&a);
	if (rc == 0)
		rc = run(&a, now_s);
	account_put_finish(&a.put, false, out, err);
	account_files_free(&a.files);
	end_journal(&a);
	if (a.alive >= 0)
		close(a.alive);
	end_desk(&a);
	if (a.hand_fd >= 0)
		close(a.hand_fd);
	account_watch_free(&a.watch);
	account_far_free(a.far);
	for (size_t i = 0; i < a.n_configs; i++)
		account_config_dir_free(&a.config[i]);
	account_args_free(&a.args);
	return rc < 0 ? 0 : rc;
}
