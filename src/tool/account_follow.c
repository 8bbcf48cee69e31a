#include "tool/account_follow.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "account/judge.h"
#include "account/live.h"
#include "base/clock.h"
#include "tool/account_alert.h"
#include "tool/account_metrics.h"
#include "tool/account_tell.h"
#include "tool/account_watch.h"

enum {
	TICK_MS = 250,		/* between two looks at files */
	LOOK_S = 1,		/* between two looks at the counts, while lines come */
	IDLE_S = 15,		/* and while none do: what is over is told, too */
	ALERTS = 8,		/* taken at once; more come with the next look */
	METRICS = 16384,
	PIPES = 16,
	FILES_MAX = 1 << 20,	/* of all rotations together */
};

struct follow {
	const struct account_child	*c;
	struct account_reading		*in;
	struct account_live		*live;
	const struct account_own	*own;		/* given and configured */
	struct account_alert_state	 alerts;
	int64_t				 looked_s;
	uint64_t			 passed;	/* octets since then */
	size_t				 cap;		/* of in->file */
};

/* --- files that begin anew --- */

/* The next number for an input; the last one when there is no memory. */
static uint32_t
next_file(void *ctx, size_t input)
{
	struct follow *f = ctx;
	struct account_file *file = f->in->file;

	if (f->in->n == f->cap) {
		file = realloc(file, (f->cap + 64) * sizeof(*file));
		if (file == NULL || f->cap >= FILES_MAX)
			return f->in->file_of[input];
		f->in->file = file;
		f->cap += 64;
	}
	file[f->in->n] = (struct account_file){ .name = str_of(f->c->files->seen[input].name) };
	f->in->file_of[input] = (uint32_t)f->in->n;
	return (uint32_t)f->in->n++;
}

static int
add(struct follow *f, size_t input, int fd, uint64_t at, uint32_t file)
{
	int rc = account_live_add(f->live, input, fd, at, file);

	if (rc != 0)
		close(fd);
	return rc == SEK_ELIMIT ? 0 : rc;	/* more than can be watched */
}

/* What was read is read on; what was silent or not there yet, from its
 * beginning. */
static int
add_all(struct follow *f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < f->c->files->n; i++) {
		const struct account_seen *s = &f->c->files->seen[i];
		int fd;

		if (s->fd < 0 || f->in->file_of[i] == ACCOUNT_NO_FILE ||
		    (s->regular && !s->live))
			continue;
		fd = dup(s->fd);
		rc = fd < 0 ? SEK_ESYS : add(f, i, fd, s->size, f->in->file_of[i]);
	}
	return rc;
}

static int
take_successors(struct follow *f)
{
	size_t input = 0;
	int fd, rc = 0;

	while (rc == 0 && (fd = account_watch_take(f->c->hand_fd, &input)) >= 0) {
		if (input >= f->c->files->n || (f->c->files->seen[input].walked &&
		    f->in->file_of[input] == ACCOUNT_NO_FILE))
			close(fd);	/* no mail log before */
		else
			rc = add(f, input, fd, 0, next_file(f, input));
	}
	return rc;
}

/* --- what is told --- */

static int
tell(struct follow *f, const struct account_result *r, int64_t now_s)
{
	struct account_alert alert[ALERTS];
	char room[METRICS];
	struct wbuf w = wbuf_of(room, sizeof(room));
	size_t n = account_alert_step(&f->alerts, r, now_s, alert, ALERTS);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = account_tell_alert(f->c->tell_fd, &alert[i]);
	if (rc != 0 || f->c->args->metrics == NULL)
		return rc;
	account_metrics(&w, r, &f->alerts, now_s);
	return w.err != 0 ? w.err : account_tell_metrics(f->c->tell_fd,
	    (struct str){ room, w.len });
}

/* The result of now, judged by what is known to be ours now. */
static int
look_with(struct follow *f, struct account_own *own, int64_t now_s)
{
	struct account_result r = { .file = f->in->file, .n_files = f->in->n };
	int rc = account_span_look(f->in->span, &r);

	if (rc == 0)
		rc = account_own_join(own, f->own);
	if (rc == 0)
		rc = account_own_join(own, account_span_learned(f->in->span));
	if (rc != 0 && rc != SEK_ELIMIT)
		return rc;
	account_judge(&r, own);
	return tell(f, &r, now_s);
}

static int
look(struct follow *f)
{
	int64_t now_s = clock_real.wall(&clock_real).s, since_s = now_s - f->looked_s;
	struct account_own *own;
	int rc;

	if (since_s >= 0 && since_s < (f->passed > 0 ? LOOK_S : IDLE_S))
		return 0;
	own = account_own_new();
	rc = own == NULL ? SEK_ENOMEM : look_with(f, own, now_s);
	account_own_free(own);
	f->looked_s = now_s;
	f->passed = 0;
	return rc;
}

/* --- the loop --- */

static void
wait_a_little(const struct follow *f)
{
	struct pollfd p[PIPES + 1];
	int fds[PIPES];
	size_t n = account_live_pipes(f->live, fds, PIPES);

	for (size_t i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	p[n] = (struct pollfd){ .fd = f->c->hand_fd, .events = POLLIN };
	(void)poll(p, n + 1, TICK_MS);
}

static int
step(struct follow *f)
{
	int64_t now_s = clock_real.wall(&clock_real).s;
	uint64_t passed = 0;
	int rc = take_successors(f);

	if (rc == 0)
		rc = account_live_read(f->live, now_s, &passed, next_file, f);
	f->passed += passed;
	return rc;
}

static bool
is_over(const struct follow *f)
{
	if (atomic_load(&f->c->far->stop))
		return true;
	/* a file may come back under its name, a pipe will not */
	for (size_t i = 0; i < f->c->files->n; i++)
		if (f->c->files->seen[i].live || f->c->files->seen[i].fd < 0)
			return false;
	return !account_live_any(f->live);
}

static int
follow(struct follow *f)
{
	int rc = add_all(f);

	if (rc == 0)	/* of what was read already */
		rc = look(f);
	while (rc == 0 && !is_over(f)) {
		wait_a_little(f);
		rc = step(f);
		if (rc == 0)
			rc = look(f);
	}
	if (rc == 0)	/* what came before the wish to stop */
		rc = step(f);
	f->looked_s = 0;
	if (rc == 0)
		rc = look(f);
	return rc != 0 ? rc : account_live_end(f->live, clock_real.wall(&clock_real).s);
}

int
account_follow(const struct account_child *c, struct account_reading *in,
    const struct account_own *own)
{
	const struct account_live_rules rules = { .span = in->span, .zone = &c->args->zone,
	    .since_s = c->args->since_s, .until_s = c->args->until_s, .far = c->far };
	struct follow f = { .c = c, .in = in, .live = account_live_new(&rules), .own = own,
	    .cap = in->n };
	int rc = f.live == NULL ? SEK_ENOMEM : follow(&f);

	account_live_free(f.live);
	return rc;
}
