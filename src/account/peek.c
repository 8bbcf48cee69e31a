#include "account/peek.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/slice.h"
#include "wire/log_exim.h"
#include "wire/log_opensmtpd.h"
#include "wire/log_postfix.h"
#include "wire/log_sendmail.h"

enum { FEW_LINES = 8 * 1024 };	/* octets */

/* What is made of the lines. */
struct looking {
	struct account_seen	*seen;
	struct account_slice	 slice;
	char			*unwrapped;	/* of SYSLOG_LINE_MAX */
};

bool
account_peek_is_mail(const struct syslog_line *line)
{
	static int (*const readers[])(struct mail_event *, const struct syslog_line *) = {
		log_postfix_read, log_exim_read, log_sendmail_read, log_opensmtpd_read,
	};
	struct mail_event e;

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i](&e, line) == 0)
			return true;
	return false;
}

static void
look(void *ctx, struct str text)
{
	struct looking *l = ctx;
	struct account_seen *s = l->seen;
	struct syslog_line line;

	if (syslog_read(&line, text, l->unwrapped, SYSLOG_LINE_MAX) != 0)
		return;
	s->last = (struct account_stamp){ line.at_s, line.stamp };
	s->has_last = true;
	if (!s->has_first)
		s->first = s->last;
	s->has_first = true;
	if (s->host[0] == '\0')
		str_clean(s->host, sizeof(s->host), line.host);
	s->mail = s->mail || account_peek_is_mail(&line);
}

static int
looking_new(struct looking *l, struct account_seen *s)
{
	*l = (struct looking){ .seen = s, .unwrapped = malloc(SYSLOG_LINE_MAX) };
	return account_slice_init(&l->slice, look, l) == 0 && l->unwrapped != NULL ?
	    0 : SEK_ENOMEM;
}

static void
looking_free(struct looking *l)
{
	account_slice_free(&l->slice);
	free(l->unwrapped);
}

/* --- the beginning --- */

static void
add_head(struct account_seen *s, const char *p, size_t n)
{
	size_t room = ACCOUNT_HEAD - s->head_n;

	if (n > room)
		n = room;
	memcpy(s->head + s->head_n, p, n);
	s->head_n += n;
}

/* Up to max octets into l.  Returns 0 or SEK_ENOMEM. */
static int
read_some(struct looking *l, struct account_source *src, uint64_t max, bool head)
{
	struct account_seen *s = l->seen;
	uint64_t seen = 0;
	const char *p;
	size_t n;
	int rc;

	while (seen < max) {
		if ((rc = account_source_next(src, &p, &n)) != 0)
			return rc;
		if (n == 0) {
			account_slice_end(&l->slice);
			s->whole = true;
			s->trouble = account_source_trouble(src);
			return 0;
		}
		if (head)
			add_head(s, p, n);
		account_slice_take(&l->slice, p, n);
		seen += n;
	}
	return 0;
}

static int
peek_head(struct account_seen *s)
{
	struct account_source *src = NULL;
	struct looking l;
	int rc = looking_new(&l, s);

	if (rc == 0)
		rc = account_source_open(&src, s->fd, NULL);
	if (rc == SEK_ESYS) {
		s->trouble = errno == EISDIR ? "directory" : "unreadable";
		rc = 0;
	} else if (rc == 0) {
		rc = read_some(&l, src, ACCOUNT_PEEK, true);
	}
	account_source_free(src);
	looking_free(&l);
	return rc;
}

/* --- the end --- */

/* Reads the stamps of [from, to): in a struct of its own. */
static int
peek_part(struct account_seen *out, const struct account_seen *s, uint64_t from, uint64_t to)
{
	struct account_source *src = NULL;
	struct looking l;
	int rc = looking_new(&l, out);

	*out = (struct account_seen){ .fd = s->fd };
	if (rc == 0)
		rc = account_source_part(&src, s->fd, from, to, NULL);
	if (rc == 0)
		rc = read_some(&l, src, to - from, false);
	if (rc == 0)
		account_slice_end(&l.slice);
	account_source_free(src);
	looking_free(&l);
	return rc == SEK_ESYS ? 0 : rc;
}

static int
peek_tail(struct account_seen *s)
{
	struct account_seen tail;
	int rc;

	s->has_last = false;
	if (s->packing != ACCOUNT_PLAIN)
		return 0;
	rc = peek_part(&tail, s, s->size > ACCOUNT_TAIL ? s->size - ACCOUNT_TAIL : 0, s->size);
	if (rc != 0)
		return rc;
	s->has_last = tail.has_last;
	s->last = tail.last;
	s->mail = s->mail || tail.mail;
	return 0;
}

static void
ask(struct account_seen *s)
{
	struct stat st;
	char magic[8];
	ssize_t n;

	if (s->fd < 0 || fstat(s->fd, &st) != 0) {
		s->trouble = "unreadable";
		return;
	}
	s->regular = S_ISREG(st.st_mode);
	s->mtime_s = st.st_mtim.tv_sec;
	s->size = s->regular ? (uint64_t)st.st_size : 0;
	n = s->regular ? pread(s->fd, magic, sizeof(magic), 0) : 0;
	s->packing = account_source_packing(magic, n > 0 ? (size_t)n : 0);
	if (s->regular && s->size == 0)
		s->trouble = "empty";
}

/* A line that is being written is left for later. */
static void
trim_to_line(struct account_seen *s)
{
	char octets[ACCOUNT_TAIL];
	uint64_t from = s->size > sizeof(octets) ? s->size - sizeof(octets) : 0;
	ssize_t n = pread(s->fd, octets, sizeof(octets), (off_t)from);
	const char *lf = n > 0 ? memrchr(octets, '\n', (size_t)n) : NULL;

	if (lf != NULL)
		s->size = from + (uint64_t)(lf + 1 - octets);
	else if (from == 0)
		s->size = 0;
}

int
account_peek(struct account_seen *s)
{
	int rc;

	ask(s);
	if (s->live && s->regular && s->packing == ACCOUNT_PLAIN)
		trim_to_line(s);
	if (s->trouble != NULL || !s->regular)
		return 0;
	rc = peek_head(s);
	return rc != 0 || s->whole || s->trouble != NULL ? rc : peek_tail(s);
}

bool
account_peek_cut(const struct account_seen *s, uint64_t from, uint64_t *line_at)
{
	char octets[ACCOUNT_TAIL];
	ssize_t n = pread(s->fd, octets, sizeof(octets), (off_t)from);
	const char *lf = n > 0 ? memchr(octets, '\n', (size_t)n) : NULL;

	if (lf == NULL)
		return false;
	*line_at = from + (uint64_t)(lf + 1 - octets);
	return *line_at < s->size;
}

bool
account_peek_stamp(const struct account_seen *s, uint64_t from,
    struct account_stamp *stamp)
{
	uint64_t to = from + FEW_LINES < s->size ? from + FEW_LINES : s->size;
	struct account_seen part;

	if (from >= to || peek_part(&part, s, from, to) != 0 || !part.has_first)
		return false;
	*stamp = part.first;
	return true;
}

/* --- copies --- */

struct side {
	struct account_source	*src;
	const char		*p;
	size_t			 n;
	bool			 ended;
};

static int
refill(struct side *s)
{
	int rc = 0;

	if (s->n == 0 && !s->ended) {
		rc = account_source_next(s->src, &s->p, &s->n);
		s->ended = rc == 0 && s->n == 0;
	}
	return rc;
}

static bool
was_stopped(const struct account_source *src)
{
	const char *tag = account_source_trouble(src);

	return tag != NULL && strcmp(tag, "stopped") == 0;
}

static int
compare(enum account_likeness *out, struct side *a, struct side *b)
{
	*out = ACCOUNT_DIFFERENT;
	for (;;) {
		size_t n;
		int rc = refill(a);

		if (rc != 0 || (rc = refill(b)) != 0)
			return rc;
		if (a->ended || b->ended)
			break;
		n = a->n < b->n ? a->n : b->n;
		if (memcmp(a->p, b->p, n) != 0)
			return 0;
		a->p += n;
		a->n -= n;
		b->p += n;
		b->n -= n;
	}
	/* a copy that is cut off is a beginning, too; one not looked at is not */
	if (!was_stopped(a->src) && !was_stopped(b->src))
		*out = a->ended && b->ended ? ACCOUNT_EQUAL :
		    a->ended ? ACCOUNT_BEGINS_B : ACCOUNT_BEGINS_A;
	return 0;
}

int
account_peek_compare(enum account_likeness *out, const struct account_seen *a,
    const struct account_seen *b, struct account_far *far)
{
	struct side x = { 0 }, y = { 0 };
	int rc = 0;

	*out = ACCOUNT_DIFFERENT;
	if (a->head_n < ACCOUNT_HEAD || b->head_n < ACCOUNT_HEAD ||
	    memcmp(a->head, b->head, ACCOUNT_HEAD) != 0)
		return 0;
	rc = account_source_open(&x.src, a->fd, far);
	if (rc == 0)
		rc = account_source_open(&y.src, b->fd, far);
	if (rc == 0)
		rc = compare(out, &x, &y);
	account_source_free(x.src);
	account_source_free(y.src);
	return rc == SEK_ESYS ? 0 : rc;
}
