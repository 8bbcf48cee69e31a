#include "keep/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "keep/journal.h"
#include "keep/list.h"
#include "keep/publish_out.h"
#include "keep/publish_steps.h"
#include "sys/loop.h"

/* Rules:
 * 1. Only what is committed is published: rows of a group that is still open
 *    are on our own connection too, so a base is read between groups.
 * 2. A base, then an overlay over it, then the tail; an overlay fits one base.
 * 3. A base is written in a child from an array that it inherits; it never
 *    touches the store.  Nothing waits for it but the next base.
 * 4. Failing to publish is logged and tried again; the last publication stays
 *    with those who answer, and its status expires if we never succeed. */

enum { AGAIN_MS = 1000, SETTLE_TRIES = 4, BUILD_SHARE = 20 };

struct build {			/* a base being written by a child */
	pid_t		 pid;	/* 0: none */
	int		 fd;	/* memory file it writes */
	int		 pipe;	/* ends with it */
	struct loop_watch *watch;
	struct mono	 began;
};

struct keep_publish {
	struct publish_steps	 steps;
	struct publish_map	 base;
	struct snapshot_zone	 zone;
	char			 url[SNAPSHOT_URL + 2];
	void			*room;		/* of the writer of bases */
	struct loop_timer	*overlay, *status, *quiet;
	struct build		 build;
	int64_t			 quiet_ms;	/* a slow base comes less often */
	size_t			 overlay_max;
};

static void
complain(const char *what, int err)
{
	log_event(LOG_LV_ERR, "publish-failed", LOG_Z("what", what),
	    LOG_Z("why", sek_strerror(err)));
}

/* --- the parts --- */

static struct snapshot_head
head_now(const struct keep *k, uint32_t serial, uint32_t base_serial)
{
	const struct keep_publish *p = k->publish;
	int64_t now = keep_now(k).s;

	return (struct snapshot_head){
		.serial = serial, .base_serial = base_serial, .made_s = now,
		.expiry_s = now + k->conf->status_s, .life = p->steps.life,
		.flags = (k->conf->n_lab > 0 ? SNAPSHOT_LAB : 0u) |
		    (k->conf->out_zone ? SNAPSHOT_OUT : 0u),
	};
}

static int
hand_over(struct keep *k, enum publish_kind kind, uint32_t serial, int fd)
{
	struct msg_publish m = { .kind = (uint8_t)kind, .serial = serial };
	off_t end = lseek(fd, 0, SEEK_END);

	if (end < 0)
		return SEK_ESYS;
	m.octets = (uint64_t)end;
	return channel_send(k->parent, MSG_PUBLISH, &m, fd);
}

/* Sends what a writer left in m, as a sealed memory file. */
static int
send_memory(struct keep *k, enum publish_kind kind, uint32_t serial,
    const struct snapshot_memory *m)
{
	int fd = publish_octets("sekimori-publish", m->p, m->len), err;

	if (fd < 0)
		return fd;
	err = hand_over(k, kind, serial, fd);
	close(fd);
	return err;
}

static int
overlay_write(struct keep *k, struct snapshot_memory *m,
    struct snapshot_change *changes)
{
	struct keep_publish *p = k->publish;
	struct snapshot_head head = head_now(k, journal_serial(k), 0);
	struct snapshot_sink sink = { snapshot_memory_put, m };
	uint64_t octets;

	for (size_t i = 0; i < p->steps.n_changes; i++)
		changes[i] = p->steps.changes[i].c;
	return snapshot_write_overlay(&sink, &head, &p->base.view, changes,
	    p->steps.n_changes, &octets);
}

static int
overlay_send(struct keep *k)
{
	size_t n = k->publish->steps.n_changes;
	struct snapshot_memory m = { .cap = snapshot_overlay_max(n) };
	struct snapshot_change *changes = calloc(n + 1, sizeof(*changes));
	int err = SEK_ENOMEM;

	m.p = malloc(m.cap);
	if (m.p != NULL && changes != NULL)
		err = overlay_write(k, &m, changes);
	if (err == 0)
		err = send_memory(k, PUBLISH_OVERLAY, journal_serial(k), &m);
	free(m.p);
	free(changes);
	return err;
}

static int
tail_send(struct keep *k)
{
	const struct publish_steps *s = &k->publish->steps;
	struct snapshot_memory m = { .cap = snapshot_tail_max(s->n_steps) };
	struct snapshot_sink sink = { snapshot_memory_put, &m };
	struct snapshot_head head = head_now(k, journal_serial(k), s->before);
	uint64_t octets;
	int err;

	m.p = malloc(m.cap);
	if (m.p == NULL)
		return SEK_ENOMEM;
	err = snapshot_write_tail(&sink, &head, s->steps, s->n_steps, &octets);
	if (err == 0)
		err = send_memory(k, PUBLISH_TAIL, head.serial, &m);
	free(m.p);
	return err;
}

/* --- a base --- */

static int
entry_take(void *ctx, const void *row)
{
	const struct listing *l = row;
	struct publish_entries *e = ctx;

	if (l->len != 128)
		return 0;
	if (e->n == e->cap) {
		size_t cap = e->cap == 0 ? 1024 : e->cap * 2;
		struct snapshot_entry *at = realloc(e->at, cap * sizeof(*at));

		if (at == NULL)
			return SEK_ENOMEM;
		e->at = at;
		e->cap = cap;
	}
	e->at[e->n++] = (struct snapshot_entry){ l->addr, l->code };
	return 0;
}

/* Reads every entry as it is committed.  Returns 0, SEK_ELIMIT while groups
 * follow each other without a gap, SEK_ENOMEM, SEK_ESTORE. */
static int
entries_read(struct keep *k, struct publish_entries *e)
{
	for (int i = 0; i < SETTLE_TRIES && store_open_tx(k->store); i++)
		if (keep_flush(k) != 0)
			break;		/* rolled back: nothing is open either */
	if (store_open_tx(k->store))
		return SEK_ELIMIT;
	return store_each(k->store, Q_LISTING_ALL, NO_ARGS, entry_take, e);
}

static int
base_fill(struct keep *k, int fd, struct publish_entries *e)
{
	struct snapshot_head head = head_now(k, journal_serial(k), journal_serial(k));

	return publish_write_base(fd, &head, &k->publish->zone, e,
	    k->publish->room);
}

static int
base_file(struct keep *k, int fd)
{
	return k->conf->state[0] != '\0' ? publish_file(fd, k->conf->state) : 0;
}

static int
base_write(struct keep *k, int fd, struct publish_entries *e)
{
	int err = base_fill(k, fd, e);

	return err == 0 ? base_file(k, fd) : err;
}

/* At the start: a full disk is no reason not to answer. */
static int
base_offer(struct keep *k, int fd, struct publish_entries *e)
{
	int err = base_fill(k, fd, e), late = err == 0 ? base_file(k, fd) : 0;

	if (late != 0)
		complain("file", late);
	return err;
}

/* A finished memory file becomes our base and goes out, with an overlay of
 * what came since.  Takes over fd. */
static int
base_take(struct keep *k, int fd)
{
	struct keep_publish *p = k->publish;
	struct publish_map map;
	int err = publish_map(&map, fd);

	if (err != 0) {
		close(fd);
		return err;
	}
	publish_unmap(&p->base);
	p->base = map;
	err = steps_rebase(&p->steps, k, map.view.head.serial);
	if (err == 0)
		err = hand_over(k, PUBLISH_BASE, map.view.head.serial, map.fd);
	if (err == 0 && p->steps.n_changes > 0)
		err = overlay_send(k);
	return err;
}

/* write: base_write, or base_offer where the file may fail. */
static int
base_make(struct keep *k, int (*write)(struct keep *k, int fd,
    struct publish_entries *e))
{
	struct publish_entries e = { 0 };
	int fd = publish_memfd("sekimori-base"), err;

	if (fd < 0)
		return fd;
	err = entries_read(k, &e);
	if (err == 0)
		err = write(k, fd, &e);
	free(e.at);
	if (err != 0) {
		close(fd);
		return err;
	}
	return base_take(k, fd);
}

int
publish_base(struct keep *k)
{
	return base_make(k, base_write);
}

/* --- a base by a child --- */

static void
build_end(struct keep *k)
{
	struct build *b = &k->publish->build;

	loop_unwatch(b->watch);
	close(b->pipe);
	*b = (struct build){ .fd = -1 };
}

static void
build_done(void *ctx, unsigned ready)
{
	struct keep *k = ctx;
	struct keep_publish *p = k->publish;
	int64_t took = k->clock->mono(k->clock).ms - p->build.began.ms;
	int fd = p->build.fd, status = 0, err = SEK_ESYS;
	pid_t pid = p->build.pid;

	(void)ready;
	build_end(k);
	p->quiet_ms = took * BUILD_SHARE > PUBLISH_QUIET_MS ?
	    took * BUILD_SHARE : PUBLISH_QUIET_MS;
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	    WEXITSTATUS(status) == 0)
		err = base_take(k, fd);
	else
		close(fd);
	if (err != 0) {
		complain("base", err);
		loop_timer_set(p->quiet, AGAIN_MS);
	}
}

static _Noreturn void
build_child(struct keep *k, int fd, struct publish_entries *e)
{
	_exit(base_write(k, fd, e) == 0 ? 0 : 1);
}

static int
build_watch(struct keep *k, int fd, int ends[2], struct publish_entries *e)
{
	struct build *b = &k->publish->build;
	pid_t pid = fork();
	int err;

	if (pid == 0)
		build_child(k, fd, e);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return SEK_ESYS;
	}
	*b = (struct build){ pid, fd, ends[0], NULL, k->clock->mono(k->clock) };
	err = loop_watch(&b->watch, k->loop, ends[0], LOOP_READ, build_done, k);
	if (err == 0)
		return 0;
	build_end(k);
	waitpid(pid, NULL, 0);
	return err;
}

/* Returns 0 when a child is at work; its end comes through build_done(). */
static int
build_start(struct keep *k)
{
	struct publish_entries e = { 0 };
	int ends[2], err, fd;

	if (k->publish->build.pid != 0)
		return 0;
	fd = publish_memfd("sekimori-base");
	if (fd < 0)
		return fd;
	err = entries_read(k, &e);
	if (err == 0 && pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		err = SEK_ESYS;
	if (err == 0)
		err = build_watch(k, fd, ends, &e);
	free(e.at);
	if (err != 0)
		close(fd);
	return err;
}

/* --- when --- */

static void
on_quiet(void *ctx)
{
	struct keep *k = ctx;
	int err = k->publish->steps.n_changes > 0 ? build_start(k) : 0;

	if (err != 0) {
		complain("base", err);
		loop_timer_set(k->publish->quiet, AGAIN_MS);
	}
}

static void
on_overlay(void *ctx)
{
	struct keep *k = ctx;
	struct keep_publish *p = k->publish;
	int err;

	if (channel_full(k->parent)) {
		loop_timer_set(p->overlay, PUBLISH_EVERY_MS);
		return;
	}
	err = steps_read(&p->steps, k, PUBLISH_TAIL_MAX);
	if (err == 0)
		err = overlay_send(k);
	if (err == 0)
		err = tail_send(k);
	if (err != 0) {
		complain("overlay", err);
		loop_timer_set(p->overlay, AGAIN_MS);
		return;
	}
	if (p->steps.n_changes > p->overlay_max)
		on_quiet(k);
	else if (!loop_timer_active(p->quiet))
		loop_timer_set(p->quiet, p->quiet_ms);
}

/* The same data with a later expiry. */
static void
on_status(void *ctx)
{
	struct keep *k = ctx;

	if (!loop_timer_active(k->publish->overlay))
		loop_timer_set(k->publish->overlay, 0);
	loop_timer_set(k->publish->status, (int64_t)k->conf->status_s * 1000 / 2);
}

void
publish_commit(struct keep *k, uint32_t serial)
{
	(void)serial;
	if (k->publish != NULL && !loop_timer_active(k->publish->overlay))
		loop_timer_set(k->publish->overlay, PUBLISH_EVERY_MS);
}

void
publish_overlay_max(struct keep *k, size_t changes)
{
	k->publish->overlay_max = changes;
}

/* --- opening --- */

/* Does an address of dns.listen lead others here?  A resolver that learned
 * 127.0.0.1 as the name server's address would lose the whole zone: what the
 * zone says counts more to it than the glue of the delegation. */
static bool
leads_here(const struct addr *a)
{
	const struct addr any4 = addr_v4(0, 0, 0, 0);
	const struct addr loop6 = { .o = { [15] = 1 } };

	if (addr_is_v4(a))
		return a->o[12] != 127 && !addr_eq(a, &any4);
	return !addr_is_none(a) && !addr_eq(a, &loop6);
}

/* Is an earlier socket on the same address?  An RRset has no duplicates (RFC
 * 2181 5). */
static bool
listened_before(const struct conf *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (addr_eq(&c->dns[i].addr, &c->dns[n].addr))
			return true;
	return false;
}

/* Gives a name server inside the zone the addresses that DNS listens on. */
static int
zone_hosts(struct snapshot_zone *z, const struct conf *c, size_t ns)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < c->n_dns; i++)
		if (leads_here(&c->dns[i].addr) && !listened_before(c, i))
			err = snapshot_zone_host(z, ns, &c->dns[i].addr);
	return err;
}

static int
zone_read(struct keep_publish *p, const struct conf *c)
{
	struct snapshot_zone *z = &p->zone;
	size_t above;
	int err = snapshot_zone_set(z, p->url, str_of(c->zone), str_of(c->ns),
	    str_of(c->hostmaster), str_of(c->url));

	if (err != 0)
		return err;
	z->ttl_s = c->ttl_s;
	z->negative_ttl_s = c->negative_ttl_s;
	for (size_t ns = 0; err == 0 && ns < z->n_ns; ns++)
		if (dns_name_below(&z->ns[ns], &z->zone, &above))
			err = zone_hosts(z, c, ns);
	return err;
}

static int
timers_open(struct keep *k)
{
	struct keep_publish *p = k->publish;
	int err = loop_timer(&p->overlay, k->loop, on_overlay, k);

	if (err == 0)
		err = loop_timer(&p->status, k->loop, on_status, k);
	return err == 0 ? loop_timer(&p->quiet, k->loop, on_quiet, k) : err;
}

static int
publish_first(struct keep *k)
{
	struct keep_publish *p = k->publish;
	int err = zone_read(p, k->conf);

	if (err == 0)
		err = timers_open(k);
	if (err == 0)
		err = steps_open(&p->steps, k, PUBLISH_TAIL_MAX);
	if (err == 0)
		err = base_make(k, base_offer);
	if (err == 0)
		err = tail_send(k);
	if (err == 0)
		loop_timer_set(p->status, (int64_t)k->conf->status_s * 1000 / 2);
	return err;
}

int
publish_open(struct keep *k)
{
	struct keep_publish *p;
	int err;

	if (k->parent == NULL)
		return 0;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return SEK_ENOMEM;
	k->publish = p;
	p->base.fd = p->build.fd = -1;
	p->quiet_ms = PUBLISH_QUIET_MS;
	p->overlay_max = PUBLISH_OVERLAY_MAX;
	p->room = malloc(snapshot_builder_size());
	err = p->room == NULL ? SEK_ENOMEM : publish_first(k);
	if (err != 0)
		publish_close(k);
	return err;
}

/* Leaves a file of the last state for those who start before us. */
static void
leave_file(struct keep *k)
{
	struct publish_entries e = { 0 };
	int fd = publish_memfd("sekimori-base"), err;

	if (fd < 0)
		return;
	err = entries_read(k, &e);
	if (err == 0)
		err = base_write(k, fd, &e);
	if (err != 0)
		complain("file", err);
	free(e.at);
	close(fd);
}

void
publish_close(struct keep *k)
{
	struct keep_publish *p = k->publish;

	if (p == NULL)
		return;
	if (p->build.pid != 0) {
		pid_t pid = p->build.pid;

		close(p->build.fd);
		build_end(k);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (p->base.fd >= 0)
		leave_file(k);
	loop_timer_free(p->overlay);
	loop_timer_free(p->status);
	loop_timer_free(p->quiet);
	publish_unmap(&p->base);
	steps_free(&p->steps);
	free(p->room);
	free(p);
	k->publish = NULL;
}

const char *
publish_life(const struct keep *k)
{
	static const char *const words[] = {
		[SNAPSHOT_ALIVE] = "alive", [SNAPSHOT_FROZEN] = "frozen",
		[SNAPSHOT_CLOSING] = "closing",
	};
	unsigned life = k->publish == NULL ? SNAPSHOT_ALIVE : k->publish->steps.life;

	return words[life <= SNAPSHOT_CLOSING && life > 0 ? life : SNAPSHOT_ALIVE];
}
