#include "sys/parent_kid.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/parent_shared.h"
#include "sys/parent_tap.h"
#include "sys/parent_xdp.h"
#include "sys/role.h"

enum { STEADY_MS = 60000, READ_TURN = 64 };

struct mono
kid_now(void)
{
	return clock_real.mono(&clock_real);
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* What a role sees of the environment: the time zone is nobody's business
 * there, sanitizers and the journal are told by variables. */
static char **
kid_environment(void)
{
	static const char *const kept[] = {
		"JOURNAL_STREAM", "ASAN_OPTIONS", "UBSAN_OPTIONS",
	};
	static char lines[3][512];
	static char *env[4];
	size_t n = 0;

	for (size_t i = 0; i < 3; i++) {
		const char *v = getenv(kept[i]);

		if (v != NULL && snprintf(lines[i], sizeof(lines[i]), "%s=%s",
		    kept[i], v) < (int)sizeof(lines[i]))
			env[n++] = lines[i];
	}
	env[n] = NULL;
	return env;
}

/* In the child: on the worker-th of the processors that the parent may use.
 * Where that is refused it runs where the kernel likes. */
static void
pin(int worker)
{
	cpu_set_t may, one;
	int nth = worker;

	if (sched_getaffinity(0, sizeof(may), &may) != 0 || CPU_COUNT(&may) == 0)
		return;
	nth %= CPU_COUNT(&may);
	CPU_ZERO(&one);
	for (size_t i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &may) && nth-- == 0)
			CPU_SET(i, &one);
	(void)sched_setaffinity(0, sizeof(one), &one);
}

/* In the child.  Descriptors 0 and 1 are empty, 2 is standard error, 3 the
 * channel; all others close on exec.  Ctrl-C is the parent's to hear. */
static _Noreturn void
kid_exec(const char *dir, const char *name, int sock, pid_t parent)
{
	char path[PARENT_PATH + 64], arg[64];
	char *argv[] = { arg, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	snprintf(arg, sizeof(arg), "sekimori-role-%s", name);
	snprintf(path, sizeof(path), "%s/%s", dir, arg);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(EXIT_OSERR);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		_exit(EXIT_OSERR);
	if (sock == ROLE_FD ? fcntl(sock, F_SETFD, 0) != 0 :
	    dup2(sock, ROLE_FD) < 0)
		_exit(EXIT_OSERR);
	execve(path, argv, kid_environment());
	log_event(LOG_LV_ERR, "role-exec-failed", LOG_Z("path", path),
	    LOG_Z("why", strerror(errno)));
	_exit(EXIT_OSERR);
}

static void
retry_later(struct kid *k)
{
	int64_t wait_s = k->falls == 0 ? 0 : INT64_C(1) << (k->falls - 1 < 6 ?
	    k->falls - 1 : 6);

	if (wait_s > PARENT_BACKOFF_MAX_S)
		wait_s = PARENT_BACKOFF_MAX_S;
	k->falls++;
	k->start_at.ms = kid_now().ms + wait_s * 1000;
}

void
kid_start(struct family *f, struct kid *k)
{
	pid_t parent = getpid();
	int pair[2] = { -1, -1 };
	pid_t pid = frame_pair(pair) == 0 ? fork() : -1;

	if (pid == 0 && f->setup->conf->dns_pin &&
	    strcmp(k->kind->name, "serve") == 0)
		pin(k->worker);
	if (pid == 0)
		kid_exec(f->dir, k->kind->name, pair[1], parent);
	close_fd(&pair[1]);
	if (pid < 0) {
		log_event(LOG_LV_ERR, "role-start-failed",
		    LOG_Z("name", k->kind->name), LOG_Z("why", strerror(errno)));
		close_fd(&pair[0]);
		retry_later(k);
		return;
	}
	k->pid = pid;
	k->sock = pair[0];
	k->started = kid_now();
	k->end_by.ms = 0;
	k->ready = false;
	k->conf_due = true;
	k->stop_due = f->stopping;
	k->next_socket = 0;
	k->next_shared = 0;
	k->n_queues = k->xdp_tries = 0;
	k->xdp_at.ms = 0;
	for (size_t i = 0; i < PUBLISH_KINDS; i++)
		k->publish_due[i] = k->kind->published && f->last[i].fd >= 0;
	log_event(LOG_LV_INFO, "role-started", LOG_Z("name", k->kind->name),
	    LOG_N("worker", k->worker), LOG_N("pid", pid));
	if (k == f->keeper)
		for (size_t i = 0; i < f->n; i++)
			kid_join(f, &f->kids[i]);
	else
		kid_join(f, k);
	kid_flush(f, k);
}

static void
log_death(const struct kid *k, int status)
{
	char how[32];

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "exit %d", WEXITSTATUS(status));
	log_event(LOG_LV_WARN, "role-died", LOG_Z("name", k->kind->name),
	    LOG_N("worker", k->worker), LOG_N("pid", k->pid),
	    LOG_Z("status", how));
}

static bool
refused(const struct kid *k, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;

	return !k->was_ready && code >= EXIT_USAGE && code <= EXIT_CONFIG &&
	    code != EXIT_SOFTWARE && code != EXIT_OSERR && code != EXIT_TEMPFAIL;
}

void
kid_died(struct family *f, struct kid *k, int status)
{
	if (!f->stopping || status != 0)
		log_death(k, status);
	if (refused(k, status) && f->exit == 0)
		f->exit = WEXITSTATUS(status);
	close_fd(&k->sock);
	close_fd(&k->link_fd);
	close_fd(&k->peer_fd);
	parent_tap_died(f, k);
	k->pid = 0;
	k->ready = false;
	if (kid_now().ms - k->started.ms >= STEADY_MS)
		k->falls = 0;
	retry_later(k);
	if (k == f->keeper)
		for (size_t i = 0; i < f->n; i++)
			close_fd(&f->kids[i].peer_fd);
}

void
kid_join(struct family *f, struct kid *k)
{
	int pair[2];

	if (!k->kind->keeper || k->pid == 0 || f->keeper == NULL ||
	    f->keeper->pid == 0)
		return;
	if (frame_pair(pair) != 0) {
		log_event(LOG_LV_ERR, "join-failed", LOG_Z("name", k->kind->name),
		    LOG_Z("why", strerror(errno)));
		return;
	}
	close_fd(&k->link_fd);
	close_fd(&k->peer_fd);
	k->link_fd = pair[0];
	k->peer_fd = pair[1];
}

/* Each sender returns 0 when nothing of its kind is due any more. */
static int
send_conf(struct family *f, struct kid *k)
{
	struct msg_text m = { f->conf };
	int rc = 0;

	if (k->conf_due && (rc = frame_write(k->sock, MSG_CONF, &m, -1)) == 0)
		k->conf_due = false;
	return rc;
}

static bool
is_for(const struct listener *l, const struct kid *k)
{
	return (k->kind->sockets & 1u << l->kind) != 0 &&
	    (l->worker == LISTEN_FOR_ALL || l->worker == k->worker);
}

static int
send_sockets(struct family *f, struct kid *k)
{
	const struct listeners *ls = f->setup->listeners;

	for (; k->next_socket < ls->n; k->next_socket++) {
		const struct listener *l = &ls->at[k->next_socket];
		struct msg_socket m = { str_of(listen_name(l->kind)) };
		int rc;

		if (!is_for(l, k))
			continue;
		rc = frame_write(k->sock, MSG_SOCKET, &m, l->fd);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
send_link(struct family *f, struct kid *k)
{
	struct msg_empty m = { 0 };
	int rc = 0;

	(void)f;
	if (k->link_fd >= 0 &&
	    (rc = frame_write(k->sock, MSG_KEEPER, &m, k->link_fd)) == 0)
		close_fd(&k->link_fd);
	return rc;
}

static int
send_published(struct family *f, struct kid *k)
{
	for (size_t i = 0; i < PUBLISH_KINDS; i++) {
		const struct published *p = &f->last[i];
		int rc;

		if (!k->publish_due[i])
			continue;
		rc = p->fd < 0 ? 0 :
		    frame_write(k->sock, MSG_PUBLISH, &p->msg, p->fd);
		if (rc != 0)
			return rc;
		k->publish_due[i] = false;
	}
	return 0;
}

static int
send_peers(struct family *f, struct kid *k)
{
	for (size_t i = 0; k == f->keeper && i < f->n; i++) {
		struct kid *peer = &f->kids[i];
		struct msg_peer m = {
			str_of(peer->kind->name), (uint16_t)peer->worker,
		};
		int rc;

		if (peer->peer_fd < 0)
			continue;
		rc = frame_write(k->sock, MSG_PEER, &m, peer->peer_fd);
		if (rc != 0)
			return rc;
		close_fd(&peer->peer_fd);
	}
	return 0;
}

static int
send_stop(struct family *f, struct kid *k)
{
	struct msg_empty m = { 0 };
	int rc = 0;

	(void)f;
	if (k->stop_due && (rc = frame_write(k->sock, MSG_STOP, &m, -1)) == 0)
		k->stop_due = false;
	return rc;
}

/* What is published goes before the sockets: queries wait in those, and the
 * first answer of a role that was started again is no SERVFAIL. */
static int (*const senders[])(struct family *, struct kid *) = {
	send_conf, parent_shared_send, send_published, send_sockets, parent_xdp_send,
	parent_tap_send, send_link, send_peers, send_stop,
};

void
kid_flush(struct family *f, struct kid *k)
{
	int rc = 0;

	for (size_t i = 0; k->sock >= 0 && rc == 0 &&
	    i < sizeof(senders) / sizeof(senders[0]); i++)
		rc = senders[i](f, k);
	if (rc < 0)
		log_event(LOG_LV_ERR, "role-send-failed",
		    LOG_Z("name", k->kind->name), LOG_Z("why", sek_strerror(rc)));
	/* FRAME_EOF: SIGCHLD or the reading side tells */
}

static bool
peers_due(const struct family *f, const struct kid *k)
{
	for (size_t i = 0; k == f->keeper && i < f->n; i++)
		if (f->kids[i].peer_fd >= 0)
			return true;
	return false;
}

bool
kid_due(const struct family *f, const struct kid *k)
{
	const struct listeners *ls = f->setup->listeners;

	if (k->conf_due || k->stop_due || k->link_fd >= 0 ||
	    parent_shared_due(f, k) || parent_xdp_due(f, k) ||
	    parent_tap_due(f, k) || peers_due(f, k))
		return true;
	for (size_t i = 0; i < PUBLISH_KINDS; i++)
		if (k->publish_due[i])
			return true;
	for (size_t i = k->next_socket; i < ls->n; i++)
		if (is_for(&ls->at[i], k))
			return true;
	return false;
}

/* Only what can never change or shrink under its readers is handed on. */
static bool
is_sealed(int fd, uint64_t size)
{
	const int want = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	return seals >= 0 && (seals & want) == want && fstat(fd, &st) == 0 &&
	    (uint64_t)st.st_size == size;
}

static void
drop_published(struct family *f, size_t i)
{
	close_fd(&f->last[i].fd);
	for (size_t k = 0; k < f->n; k++)
		f->kids[k].publish_due[i] = false;
}

/* An overlay that a newer base contains is not sent to anybody new. */
void
kid_publish(struct family *f, const struct msg_publish *m, int fd)
{
	struct published *overlay = &f->last[PUBLISH_OVERLAY - 1];
	size_t at = m->kind - 1u;

	drop_published(f, at);
	f->last[at] = (struct published){ fd, *m };
	if (m->kind == PUBLISH_BASE && overlay->fd >= 0 &&
	    (int32_t)(m->serial - overlay->msg.serial) >= 0)
		drop_published(f, PUBLISH_OVERLAY - 1);
	for (size_t k = 0; k < f->n; k++) {
		f->kids[k].publish_due[at] = f->kids[k].kind->published &&
		    f->kids[k].pid != 0;
		if (f->kids[k].publish_due[at])
			kid_flush(f, &f->kids[k]);
	}
}

static int
hear_publish(struct family *f, struct kid *k, struct frame *frame)
{
	struct msg_publish m;

	if (k != f->keeper || frame->fd < 0 ||
	    frame_decode(&m, sizeof(m), frame) != 0 ||
	    m.kind < PUBLISH_BASE || m.kind > PUBLISH_TAIL ||
	    !is_sealed(frame->fd, m.octets))
		return SEK_EPARSE;
	kid_publish(f, &m, frame->fd);
	frame->fd = -1;
	return 0;
}

static int
hear_ready(struct family *f, struct kid *k, struct frame *frame)
{
	struct msg_text m;

	(void)f;
	if (frame_decode(&m, sizeof(m), frame) != 0 || frame->fd >= 0)
		return SEK_EPARSE;
	k->ready = k->was_ready = true;
	log_event(LOG_LV_INFO, "role-ready", LOG_Z("name", k->kind->name),
	    LOG_N("worker", k->worker), LOG_N("pid", k->pid),
	    LOG_T("sandbox", m.text),
	    LOG_N("took_ms", kid_now().ms - k->started.ms));
	return 0;
}

void
kid_listen(struct family *f, struct kid *k)
{
	struct frame frame;
	int rc = 0;

	for (int i = 0; rc == 0 && i < READ_TURN; i++) {
		rc = frame_read(k->sock, &frame);
		if (rc != 0)
			break;
		rc = frame.type == MSG_READY ? hear_ready(f, k, &frame) :
		    frame.type == MSG_PUBLISH ? hear_publish(f, k, &frame) :
		    SEK_EPARSE;
		close_fd(&frame.fd);
	}
	if (rc == 0 || rc == FRAME_AGAIN)
		return;
	if (rc != FRAME_EOF)
		log_event(LOG_LV_ERR, "role-broken", LOG_Z("name", k->kind->name),
		    LOG_N("pid", k->pid), LOG_Z("why", sek_strerror(rc)));
	close_fd(&k->sock);
	if (rc != FRAME_EOF)
		kill(k->pid, SIGKILL);	/* useless without its channel */
	else if (!f->stopping)		/* about to exit, with a code that counts */
		k->end_by.ms = kid_now().ms + PARENT_LEAVE_MS;
}
