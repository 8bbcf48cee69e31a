#include "sys/parent.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rand.h"
#include "sys/notify.h"
#include "sys/parent_shared.h"
#include "sys/parent_tap.h"
#include "sys/parent_xdp.h"

enum { OWN_FDS = 3 };		/* signals, the watched file, the collector */

static const struct kid_kind kinds[PARENT_ROLES] = {
	[PARENT_KEEPER] = { "keeper", 0, false, false },
	[PARENT_PROBE] = { "probe", 0, true, false },
	[PARENT_RECEIVE] = { "receive", 1u << LISTEN_SMTP, true, false },
	[PARENT_SERVE] = { "serve", 1u << LISTEN_DNS_UDP | 1u << LISTEN_SIGNED_OUT,
	    false, true },
	[PARENT_XFER] = { "xfer", 1u << LISTEN_DNS_TCP | 1u << LISTEN_NOTIFY |
	    1u << LISTEN_KEYS | 1u << LISTEN_SIGNED_IN, false, true },
	[PARENT_WEB] = { "web", 1u << LISTEN_WEB, true, true },
};

static int
has_role(const char *dir)
{
	char path[PARENT_PATH + 64];

	snprintf(path, sizeof(path), "%s/sekimori-role-serve", dir);
	return access(path, X_OK);
}

int
parent_find_roles(char out[PARENT_PATH])
{
	char here[PARENT_PATH / 2 - 32], libexec[PARENT_PATH / 2];
	ssize_t n = readlink("/proc/self/exe", here, sizeof(here) - 1);
	char *slash;

	if (n <= 0 || (size_t)n == sizeof(here) - 1) {
		snprintf(out, PARENT_PATH, "/proc/self/exe");
		return SEK_ESYS;
	}
	here[n] = '\0';
	slash = strrchr(here, '/');
	*slash = '\0';
	snprintf(libexec, sizeof(libexec), "%s/../libexec/sekimori", here);
	if (has_role(here) == 0) {
		snprintf(out, PARENT_PATH, "%s", here);
		return 0;
	}
	if (has_role(libexec) == 0) {
		snprintf(out, PARENT_PATH, "%s", libexec);
		return 0;
	}
	snprintf(out, PARENT_PATH, "%s nor in %s", here, libexec);
	return SEK_ESYS;
}

unsigned
parent_workers(const struct conf *c)
{
	long n = c->dns_workers != 0 ? (long)c->dns_workers :
	    sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > 64 ? 64 : (unsigned)n;
}

static void
add_kid(struct family *f, const struct kid_kind *kind, int worker)
{
	f->kids[f->n++] = (struct kid){
		.kind = kind, .worker = worker, .sock = -1, .link_fd = -1,
		.peer_fd = -1, .start_at = kid_now(),
	};
}

static bool
has_socket(const struct listeners *l, enum listen_kind kind)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->at[i].kind == kind)
			return true;
	return false;
}

/* Pages are not everybody's: without an address for them there is no web. */
static unsigned
kid_count(const struct family *f, enum parent_role role)
{
	const struct parent_setup *s = f->setup;

	if (s->roles != 0 && (s->roles & 1u << role) == 0)
		return 0;
	if (role == PARENT_SERVE)
		return s->workers;
	if (role == PARENT_PROBE)
		return s->conf->probe_processes;
	return role != PARENT_WEB || has_socket(s->listeners, LISTEN_WEB);
}

static void
add_kids(struct family *f)
{
	for (size_t i = 0; i < PARENT_ROLES; i++) {
		unsigned n = kid_count(f, (enum parent_role)i);

		for (unsigned w = 0; w < n && f->n < KIDS_MAX; w++)
			add_kid(f, &kinds[i], (int)w);
	}
	if (kid_count(f, PARENT_KEEPER) > 0)
		f->keeper = &f->kids[0];
}

/* All that answer DNS must know the same cookies.  The later line counts. */
static int
draw_secret(struct wbuf *w, const struct conf *c)
{
	struct rand chance;
	uint64_t half;

	if (c->cookie_secret[0] != '\0')
		return 0;
	rand_real(&chance);
	half = rand_u64(&chance);
	wbuf_printf(w, "dns.cookie_secret %016" PRIx64 "%016" PRIx64 "\n", half,
	    rand_u64(&chance));
	return w->err;
}

static int
make_conf_text(struct family *f)
{
	struct wbuf w;

	f->conf_text = malloc(CONF_TEXT_MAX);
	if (f->conf_text == NULL)
		return SEK_ENOMEM;
	w = wbuf_of(f->conf_text, CONF_TEXT_MAX);
	if (conf_to_text(&w, f->setup->conf) != 0 ||
	    draw_secret(&w, f->setup->conf) != 0)
		return SEK_ELIMIT;
	f->conf = (struct str){ f->conf_text, w.len };
	return 0;
}

static int
take_signals(struct family *f, sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, before) != 0)
		return SEK_ESYS;
	f->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return f->signals < 0 ? SEK_ESYS : 0;
}

static void
stop_all(struct family *f)
{
	f->stopping = true;
	f->kill_at.ms = kid_now().ms + PARENT_STOP_MS;
	for (size_t i = 0; i < f->n; i++) {
		f->kids[i].stop_due = f->kids[i].pid != 0;
		kid_flush(f, &f->kids[i]);
	}
}

static void
kill_all(struct family *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->kids[i].pid != 0)
			kill(f->kids[i].pid, SIGKILL);
}

static void
reap(struct family *f)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < f->n; i++)
			if (f->kids[i].pid == pid)
				kid_died(f, &f->kids[i], status);
}

static void
end_asked(struct family *f, uint32_t signo)
{
	if (f->stopping) {
		kill_all(f);
		return;
	}
	log_event(LOG_LV_NOTICE, "stop", LOG_Z("signal",
	    signo == SIGINT ? "INT" : "TERM"));
	notify("STOPPING=1");
	stop_all(f);
}

static void
reload(struct family *f)
{
	if (f->setup->snapshot != NULL)
		parent_file_read(f);
	else
		log_event(LOG_LV_WARN, "reload-refused", LOG_Z("why",
		    "restart sekimorid to read the configuration anew"));
}

static void
hear_signals(struct family *f)
{
	struct signalfd_siginfo si;

	while (read(f->signals, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (si.ssi_signo == SIGCHLD)
			reap(f);
		else if (si.ssi_signo == SIGHUP)
			reload(f);
		else
			end_asked(f, si.ssi_signo);
	}
}

static void
start_due(struct family *f)
{
	int64_t now_ms = kid_now().ms;

	for (size_t i = 0; !f->stopping && i < f->n; i++)
		if (f->kids[i].pid == 0 && f->kids[i].start_at.ms <= now_ms)
			kid_start(f, &f->kids[i]);
}

static void
check_ready(struct family *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (!f->kids[i].ready)
			return;
	if (f->all_ready)
		return;
	f->all_ready = true;
	log_event(LOG_LV_NOTICE, "ready", LOG_N("roles", f->n),
	    LOG_Z("state", f->setup->conf->state));
	notify("READY=1");
}

/* A role without a channel that did not leave by itself. */
static void
end_late(struct family *f)
{
	int64_t now_ms = kid_now().ms;

	for (size_t i = 0; i < f->n; i++) {
		struct kid *k = &f->kids[i];

		if (k->pid == 0 || k->end_by.ms == 0 || k->end_by.ms > now_ms)
			continue;
		kill(k->pid, SIGKILL);
		k->end_by.ms = 0;
	}
}

/* When time is to be looked at for a role, while nothing stops. */
static int64_t
due_ms(const struct kid *k)
{
	if (k->pid == 0)
		return k->start_at.ms;
	if (k->end_by.ms != 0)
		return k->end_by.ms;
	return k->xdp_tries > 0 ? k->xdp_at.ms : INT64_MAX;
}

/* Milliseconds until the next thing that time brings, or -1. */
static int
wait_ms(const struct family *f)
{
	int64_t now_ms = kid_now().ms, next = INT64_MAX;

	if (f->stopping)
		next = f->kill_at.ms;
	else
		next = parent_tap_at_ms(f);
	for (size_t i = 0; !f->stopping && i < f->n; i++)
		if (due_ms(&f->kids[i]) < next)
			next = due_ms(&f->kids[i]);
	if (next == INT64_MAX)
		return -1;
	return next <= now_ms ? 0 : (int)(next - now_ms);
}

static bool
anybody_lives(const struct family *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->kids[i].pid != 0)
			return true;
	return false;
}

static int
turn(struct family *f)
{
	struct pollfd p[OWN_FDS + KIDS_MAX] = {
		{ .fd = f->signals, .events = POLLIN },
		{ .fd = f->watch, .events = POLLIN },
	}, *q = p + OWN_FDS;

	for (size_t i = 0; i < f->n; i++) {
		struct kid *k = &f->kids[i];

		kid_flush(f, k);
		q[i].fd = k->sock;
		q[i].events = kid_due(f, k) ? POLLIN | POLLOUT : POLLIN;
	}
	p[2] = (struct pollfd){ .fd = f->tap.fd };	/* its end; it may be new */
	if (poll(p, (nfds_t)(OWN_FDS + f->n), wait_ms(f)) < 0 && errno != EINTR)
		return SEK_ESYS;
	for (size_t i = 0; i < f->n; i++)
		if (q[i].revents != 0 && f->kids[i].sock == q[i].fd)
			kid_listen(f, &f->kids[i]);
	hear_signals(f);
	if (p[1].revents != 0)
		parent_file_event(f);
	if (p[2].revents != 0 && p[2].fd == f->tap.fd)
		parent_tap_ended(f);
	check_ready(f);
	return 0;
}

/* Returns an exit code. */
static int
watch_over(struct family *f)
{
	for (;;) {
		end_late(f);
		start_due(f);
		if (turn(f) != 0) {
			kill_all(f);
			return EXIT_OSERR;
		}
		if (f->exit != 0 && !f->stopping) {
			log_event(LOG_LV_ERR, "stop", LOG_Z("why",
			    "a role cannot work, and said why"));
			stop_all(f);
		}
		if (f->stopping && !anybody_lives(f))
			return f->exit;
		if (f->stopping && kid_now().ms >= f->kill_at.ms) {
			kill_all(f);
			f->kill_at.ms += PARENT_STOP_MS;
		}
	}
}

static void
family_free(struct family *f, const sigset_t *before)
{
	for (size_t i = 0; i < PUBLISH_KINDS; i++)
		if (f->last[i].fd >= 0)
			close(f->last[i].fd);
	parent_shared_free(f);
	parent_tap_close(f);
	xdp_hook_close(&f->xdp);
	if (f->watch >= 0)
		close(f->watch);
	if (f->signals >= 0) {
		close(f->signals);
		sigprocmask(SIG_SETMASK, before, NULL);
	}
	free(f->conf_text);
	free(f);
}

static struct family *
family_new(const struct parent_setup *s)
{
	struct family *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->setup = s;
	f->signals = f->watch = f->tap.fd = -1;
	for (size_t i = 0; i < PUBLISH_KINDS; i++)
		f->last[i].fd = -1;
	snprintf(f->dir, sizeof(f->dir), "%s", s->dir);
	if (s->first != NULL && s->first->fd >= 0)
		kid_publish(f, &s->first->msg, s->first->fd);
	if (s->first != NULL && s->first->fd >= 0 && s->first->over >= 0)
		kid_publish(f, &s->first->over_msg, s->first->over);
	add_kids(f);
	return f;
}

/* Without the watch there still is SIGHUP. */
static void
watch_file(struct family *f)
{
	f->watch = parent_file_watch(f);
	if (f->watch < 0)
		log_event(LOG_LV_WARN, "watch-failed",
		    LOG_Z("file", f->setup->snapshot),
		    LOG_Z("why", strerror(errno)));
}

int
parent_run(const struct parent_setup *s)
{
	struct family *f = family_new(s);
	sigset_t before;
	int code;

	if (f == NULL) {
		if (s->first != NULL && s->first->fd >= 0)
			close(s->first->fd);
		if (s->first != NULL && s->first->over >= 0)
			close(s->first->over);
		return EXIT_OSERR;
	}
	if (parent_shared_make(f) != 0 || make_conf_text(f) != 0 ||
	    take_signals(f, &before) != 0) {
		family_free(f, &before);
		return EXIT_OSERR;
	}
	if (parent_xdp_open(f) != 0) {
		family_free(f, &before);
		return EXIT_CONFIG;
	}
	log_event(LOG_LV_NOTICE, "start", LOG_N("pid", getpid()),
	    LOG_N("workers", s->workers));
	if (s->snapshot != NULL && s->watch)
		watch_file(f);
	code = watch_over(f);
	family_free(f, &before);
	return code;
}
