#include "account/live.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/syslog.h"

enum {
	BLOCK = 256 * 1024,
	AT_ONCE = 64,		/* blocks of one file, before the others have their turn */
};

struct grows {
	int		 fd;		/* -1: free */
	size_t		 input;
	bool		 pipe, old;
	uint64_t	 at;		/* offset of the next octet */
	uint32_t	 file;
	int64_t		 grew_s;
	char		*half;		/* a line's beginning; owned, of SYSLOG_LINE_MAX */
	size_t		 half_n;
};

struct account_live {
	struct account_live_rules	 rules;
	struct grows			 grows[ACCOUNT_LIVE];
	size_t				 n;
	char				 block[BLOCK];
};

struct account_live *
account_live_new(const struct account_live_rules *rules)
{
	struct account_live *l = malloc(sizeof(*l));

	if (l == NULL)
		return NULL;
	l->rules = *rules;
	l->n = 0;
	return l;
}

static void
let_go(struct grows *g)
{
	close(g->fd);
	free(g->half);
	g->fd = -1;
	g->half = NULL;
}

void
account_live_free(struct account_live *l)
{
	for (size_t i = 0; l != NULL && i < l->n; i++)
		if (l->grows[i].fd >= 0)
			let_go(&l->grows[i]);
	free(l);
}

static struct grows *
free_place(struct account_live *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->grows[i].fd < 0)
			return &l->grows[i];
	return l->n < ACCOUNT_LIVE ? &l->grows[l->n++] : NULL;
}

int
account_live_add(struct account_live *l, size_t input, int fd, uint64_t at, uint32_t file)
{
	struct stat st;
	struct grows *g;

	for (size_t i = 0; i < l->n; i++)
		if (l->grows[i].fd >= 0 && l->grows[i].input == input)
			l->grows[i].old = true;
	g = free_place(l);
	if (g == NULL)
		return SEK_ELIMIT;
	*g = (struct grows){ .fd = fd, .input = input, .at = at, .file = file,
	    .pipe = fstat(fd, &st) != 0 || !S_ISREG(st.st_mode),
	    .half = malloc(SYSLOG_LINE_MAX) };
	if (g->half != NULL)
		return 0;
	g->fd = -1;
	return SEK_ENOMEM;
}

/* --- lines --- */

static int
pass_on(struct account_live *l, struct grows *g, int64_t now_s, const char *p, size_t n)
{
	const struct account_clock clock = { .newest_s = now_s, .offsets = l->rules.zone,
	    .since_s = l->rules.since_s, .until_s = l->rules.until_s };
	int rc = account_span_file(l->rules.span, g->file, &clock);

	if (rc == 0 && g->half_n > 0)
		rc = account_span_octets(l->rules.span, g->half, g->half_n);
	if (rc == 0)
		rc = account_span_octets(l->rules.span, p, n);
	g->half_n = 0;
	return rc;
}

/* What is kept of a line that has not ended; more than a line is not needed. */
static void
keep_half(struct grows *g, const char *p, size_t n)
{
	size_t room = SYSLOG_LINE_MAX - g->half_n;

	memcpy(g->half + g->half_n, p, n < room ? n : room);
	g->half_n += n < room ? n : room;
}

static int
take(struct account_live *l, struct grows *g, int64_t now_s, size_t n, uint64_t *passed)
{
	const char *lf = memrchr(l->block, '\n', n);
	size_t whole = lf != NULL ? (size_t)(lf + 1 - l->block) : 0;
	int rc = 0;

	if (whole > 0) {
		*passed += whole + g->half_n;
		rc = pass_on(l, g, now_s, l->block, whole);
	}
	keep_half(g, l->block + whole, n - whole);
	if (l->rules.far != NULL)
		atomic_fetch_add(&l->rules.far->passed, n);
	return rc;
}

/* --- files --- */

/* Octets that can be read now; -1: none any more. */
static ssize_t
more(struct account_live *l, struct grows *g)
{
	struct pollfd p = { .fd = g->fd, .events = POLLIN };
	ssize_t n;

	if (g->pipe && poll(&p, 1, 0) <= 0)
		return 0;
	do {
		n = g->pipe ? read(g->fd, l->block, BLOCK) :
		    pread(g->fd, l->block, BLOCK, (off_t)g->at);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	return n == 0 && g->pipe ? -1 : n;
}

static int
read_one(struct account_live *l, struct grows *g, int64_t now_s, uint64_t *passed)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < AT_ONCE; i++) {
		ssize_t n = more(l, g);

		if (n < 0) {
			if (g->half_n > 0)
				rc = pass_on(l, g, now_s, "\n", 1);
			let_go(g);
			return rc;
		}
		if (n == 0)
			break;
		g->at += (uint64_t)n;
		g->grew_s = now_s;
		rc = take(l, g, now_s, (size_t)n, passed);
	}
	return rc;
}

/* Truncated in place; what its last line lacked will not come. */
static int
look_for_cut(struct account_live *l, struct grows *g, int64_t now_s,
    uint32_t (*again)(void *ctx, size_t input), void *ctx)
{
	struct stat st;
	int rc = 0;

	if (g->pipe || fstat(g->fd, &st) != 0 || (uint64_t)st.st_size >= g->at)
		return 0;
	if (g->half_n > 0)
		rc = pass_on(l, g, now_s, "\n", 1);
	g->at = 0;
	g->file = again(ctx, g->input);
	return rc;
}

int
account_live_read(struct account_live *l, int64_t now_s, uint64_t *passed,
    uint32_t (*again)(void *ctx, size_t input), void *ctx)
{
	int rc = 0;

	*passed = 0;
	for (size_t i = 0; rc == 0 && i < l->n; i++) {
		struct grows *g = &l->grows[i];

		if (g->fd < 0)
			continue;
		rc = look_for_cut(l, g, now_s, again, ctx);
		if (rc == 0)
			rc = read_one(l, g, now_s, passed);
		if (g->grew_s == 0)
			g->grew_s = now_s;
		if (g->fd >= 0 && g->old && now_s - g->grew_s >= ACCOUNT_LIVE_OLD_S)
			let_go(g);
	}
	return rc;
}

size_t
account_live_pipes(const struct account_live *l, int *fds, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n && n < cap; i++)
		if (l->grows[i].fd >= 0 && l->grows[i].pipe)
			fds[n++] = l->grows[i].fd;
	return n;
}

bool
account_live_any(const struct account_live *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->grows[i].fd >= 0)
			return true;
	return false;
}

int
account_live_end(struct account_live *l, int64_t now_s)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < l->n; i++)
		if (l->grows[i].fd >= 0 && l->grows[i].half_n > 0)
			rc = pass_on(l, &l->grows[i], now_s, "\n", 1);
	return rc;
}
