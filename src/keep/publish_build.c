#include "keep/publish_build.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fact/record_aside.h"
#include "keep/journal.h"
#include "keep/publish_out.h"
#include "keep/publish_steps.h"
#include "sys/loop.h"

enum { SETTLE_TRIES = 4, CHILD_OK = 0, CHILD_FAILED = 255 };	/* between: errno of the file */

struct build {
	struct keep		*k;
	void			(*done)(struct keep *k, int err, int fd);
	pid_t			 pid;	/* 0: none */
	int			 fd;	/* memory file it writes */
	int			 pipe;	/* ends with it */
	struct loop_watch	*watch;
	struct mono		 began;
	int64_t			 took_ms;
	struct listing_key	 last;	/* of the page before */
};

/* --- writing --- */

static int
take_entry(void *ctx, const struct snapshot_entry *e)
{
	return entries_add(ctx, e);
}

static int
write_merged(int fd, struct build_plan *p)
{
	struct publish_merged m = { .entries = p->entries, .changes = p->changes };
	const struct snapshot_source source = { merged_rewind, merged_next, &m };

	return publish_write_base(fd, &p->head, p->zone, &source, p->room);
}

int
build_write(int fd, struct build_plan *p)
{
	const struct snapshot old = { .base = p->base };
	int err = p->base == NULL ? 0 : snapshot_each(&old, take_entry, p->entries);

	if (err == 0)
		err = write_merged(fd, p);
	if (err != 0)
		return err;
	return p->dir[0] == '\0' || publish_file(fd, p->dir) == 0 ? 0 : BUILD_NO_FILE;
}

/* --- the child --- */

/* It never outlives the keeper: the next one writes the same file. */
static _Noreturn void
child(int fd, struct build_plan *p, pid_t parent)
{
	int err;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(CHILD_FAILED);
	err = build_write(fd, p);
	if (err == BUILD_NO_FILE && errno > CHILD_OK && errno < CHILD_FAILED)
		_exit(errno);
	_exit(err == 0 ? CHILD_OK : CHILD_FAILED);
}

/* Waits for the child.  Returns as build_write(), with its errno. */
static int
reap(pid_t pid)
{
	int status, code;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return SEK_ESYS;
	code = WIFEXITED(status) ? WEXITSTATUS(status) : CHILD_FAILED;
	if (code == CHILD_FAILED)
		return SEK_ESYS;
	errno = code;
	return code == CHILD_OK ? 0 : BUILD_NO_FILE;
}

/* Forgets the child.  Returns its memory file and how it ended. */
static int
child_end(struct build *b, int *err)
{
	int fd = b->fd;

	loop_unwatch(b->watch);
	close(b->pipe);
	*err = reap(b->pid);	/* nothing below sets errno */
	b->took_ms = b->k->clock->mono(b->k->clock).ms - b->began.ms;
	b->watch = NULL;
	b->pid = 0;
	b->fd = -1;
	return fd;
}

static void
on_end(void *ctx, unsigned ready)
{
	struct build *b = ctx;
	int err, fd = child_end(b, &err);

	(void)ready;
	if (err < 0) {
		close(fd);
		fd = -1;
	}
	b->done(b->k, err, fd);
}

/* Takes over fd on 0. */
static int
child_start(struct build *b, int fd, int ends[2], struct build_plan *p)
{
	pid_t parent = getpid(), pid = fork();
	int err;

	if (pid == 0)
		child(fd, p, parent);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return SEK_ESYS;
	}
	err = loop_watch(&b->watch, b->k->loop, ends[0], LOOP_READ, on_end, b);
	if (err != 0) {
		close(ends[0]);
		return reap(pid) < 0 ? SEK_ESYS : err;
	}
	b->pid = pid;
	b->fd = fd;
	b->pipe = ends[0];
	b->began = b->k->clock->mono(b->k->clock);
	return 0;
}

int
build_start(struct build *b, struct build_plan *p)
{
	int ends[2], fd = publish_memfd("sekimori-base"), err = 0;

	if (fd < 0)
		return fd;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		err = SEK_ESYS;
	if (err == 0)
		err = child_start(b, fd, ends, p);
	if (err != 0)
		close(fd);
	return err;
}

bool
build_busy(const struct build *b)
{
	return b->pid != 0;
}

int64_t
build_took_ms(const struct build *b)
{
	return b->took_ms;
}

/* --- pages of the store --- */

struct page {
	struct build		*b;
	struct publish_entries	*e;
	size_t			 n;
};

static int
page_row(void *ctx, const void *row)
{
	struct page *p = ctx;
	const struct listing_key *l = row;
	struct snapshot_entry entry;

	p->n++;
	p->b->last = *l;
	return steps_entry(&entry, &l->addr, l->len, l->code) ?
	    entries_add(p->e, &entry) : 0;
}

void
build_page_first(struct build *b)
{
	b->last = (struct listing_key){ 0 };
}

int
build_page(struct build *b, struct publish_entries *e, bool *end)
{
	struct page p = { b, e, 0 };
	struct listing_key from = b->last;
	int err;

	*end = false;
	for (int i = 0; i < SETTLE_TRIES && store_open_tx(b->k->store); i++)
		if (keep_flush(b->k) != 0)
			break;		/* rolled back: nothing is open either */
	if (store_open_tx(b->k->store))
		return SEK_ELIMIT;
	err = store_each(b->k->store, Q_LISTING_PAGE, ARGS(ARG_A(from.addr),
	    ARG_I(from.len), ARG_I(from.code), ARG_I(BUILD_PAGE)), page_row, &p);
	*end = err == 0 && p.n < BUILD_PAGE;
	return err;
}

struct excepts {
	struct publish_changes	*c;
	uint32_t		 committed;
};

static int
except_row(void *ctx, const void *row)
{
	const struct journal_row *j = row;
	struct excepts *x = ctx;
	struct snapshot_entry e = { j->addr, j->code, SNAPSHOT_EXCEPT };

	if (j->serial > x->committed)
		return 0;
	return changes_add(x->c, &e, j->kind == JOURNAL_EXCEPT, j->serial);
}

int
build_excepts(struct build *b, struct publish_changes *c)
{
	static const struct addr first, last = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	struct excepts x = { c, journal_serial(b->k) };

	return store_each(b->k->store, Q_JOURNAL_EXCEPTS, ARGS(ARG_A(first),
	    ARG_A(last)), except_row, &x);
}

/* --- opening --- */

int
build_open(struct build **out, struct keep *k,
    void (*done)(struct keep *k, int err, int fd))
{
	struct build *b = calloc(1, sizeof(*b));

	*out = b;
	if (b == NULL)
		return SEK_ENOMEM;
	b->k = k;
	b->done = done;
	b->fd = -1;
	return 0;
}

void
build_close(struct build *b)
{
	int err;

	if (b == NULL)
		return;
	if (b->pid != 0)
		close(child_end(b, &err));
	free(b);
}
