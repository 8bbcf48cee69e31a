#include "account/source.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BLOCK = 256 * 1024,	/* of a file: fewer, larger ones gain nothing */
	WAIT_MS = 200,		/* for a pipe, before it is asked whether to stop */
	WHY = 120,
	MAGIC = 6,	/* octets that tell how it is packed */
};

struct account_source {
	int			fd;
	bool			regular;
	uint64_t		at, to;		/* regular: offsets */
	enum account_packing	packing;
	struct archive		*archive;	/* NULL: plain */
	struct account_far	*far;
	size_t			waiting;	/* octets of block that were looked at, not given */
	bool			ended;		/* the descriptor gives no more */
	const char		*trouble;
	char			why[WHY];
	char			block[BLOCK];
};

static const struct { enum account_packing packing; const char *begins; size_t n; } magics[] = {
	{ ACCOUNT_GZIP, "\x1f\x8b", 2 },		/* RFC 1952 2.3.1 */
	{ ACCOUNT_XZ, "\xfd" "7zXZ\0", 6 },		/* xz file format 2.1.1.1 */
	{ ACCOUNT_ZSTD, "\x28\xb5\x2f\xfd", 4 },	/* RFC 8878 3.1.1 */
	{ ACCOUNT_BZIP2, "BZh", 3 },
};

enum account_packing
account_source_packing(const char *p, size_t n)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (n >= magics[i].n && memcmp(p, magics[i].begins, magics[i].n) == 0)
			return magics[i].packing;
	return ACCOUNT_PLAIN;
}

static void
trouble(struct account_source *s, const char *tag, const char *why)
{
	if (s->trouble != NULL)
		return;
	s->trouble = tag;
	snprintf(s->why, sizeof(s->why), "%s", why != NULL ? why : "");
}

/* --- the descriptor --- */

static bool
asked_to_stop(struct account_source *s)
{
	if (s->far == NULL || !atomic_load_explicit(&s->far->stop, memory_order_relaxed))
		return false;
	trouble(s, "stopped", NULL);
	return true;
}

/* A pipe may be silent for long: the wish to stop is looked for meanwhile. */
static bool
wait_for_octets(struct account_source *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	int rc;

	do {
		if (asked_to_stop(s))
			return false;
		rc = poll(&p, 1, WAIT_MS);
	} while (rc == 0 || (rc < 0 && errno == EINTR));
	return true;
}

/* Fills the block from octet `have` on.  Returns octets; 0: the end, or trouble. */
static size_t
fill(struct account_source *s, size_t have)
{
	size_t want = BLOCK - have;
	ssize_t got;

	if (s->ended || asked_to_stop(s) || (!s->regular && !wait_for_octets(s)))
		return 0;
	if (s->regular && s->to - s->at < want)
		want = (size_t)(s->to - s->at);
	do {
		got = want == 0 ? 0 : s->regular ?
		    pread(s->fd, s->block + have, want, (off_t)s->at) :
		    read(s->fd, s->block + have, want);
	} while (got < 0 && errno == EINTR);
	if (got <= 0) {
		s->ended = true;
		if (got < 0)
			trouble(s, "unreadable", strerrordesc_np(errno));
		else if (s->regular && s->at < s->to)
			trouble(s, "shrank", NULL);
		return 0;
	}
	s->at += (uint64_t)got;
	if (s->far != NULL)
		atomic_fetch_add_explicit(&s->far->read, (uint64_t)got, memory_order_relaxed);
	return (size_t)got;
}

/* --- decompression --- */

static la_ssize_t
give(struct archive *a, void *ctx, const void **p)
{
	struct account_source *s = ctx;
	size_t n = s->waiting;

	(void)a;
	*p = s->block;
	s->waiting = 0;
	return (la_ssize_t)(n > 0 ? n : fill(s, 0));
}

/* An error after the last octet is an end that is missing. */
static void
note_error(struct account_source *s)
{
	trouble(s, s->ended ? "truncated" : "corrupt", archive_error_string(s->archive));
}

/* archive_read_support_filter_all() would run programs that it finds. */
static int
add_filters(struct archive *a)
{
	static int (*const filters[])(struct archive *) = {
		archive_read_support_filter_gzip, archive_read_support_filter_xz,
		archive_read_support_filter_zstd, archive_read_support_filter_bzip2,
		archive_read_support_format_raw, archive_read_support_format_empty,
	};

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		if (filters[i](a) != ARCHIVE_OK)
			return SEK_ENOMEM;
	return 0;
}

static int
unpack(struct account_source *s)
{
	struct archive_entry *entry;

	s->archive = archive_read_new();
	if (s->archive == NULL || add_filters(s->archive) != 0)
		return SEK_ENOMEM;
	if (archive_read_open(s->archive, s, NULL, give, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(s->archive, &entry) < ARCHIVE_WARN)
		note_error(s);
	return 0;
}

static int
next_unpacked(struct account_source *s, const char **p, size_t *n)
{
	const void *at;
	la_int64_t offset;
	int rc;

	do {
		rc = archive_read_data_block(s->archive, &at, n, &offset);
	} while (rc == ARCHIVE_RETRY || (rc == ARCHIVE_OK && *n == 0));
	if (rc < ARCHIVE_WARN)
		note_error(s);
	if (rc < ARCHIVE_WARN || rc == ARCHIVE_EOF)
		*n = 0;
	*p = at;
	return 0;
}

/* --- all --- */

int
account_source_part(struct account_source **out, int fd, uint64_t from, uint64_t to,
    struct account_far *far)
{
	struct account_source *s;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return SEK_ESYS;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return SEK_ESYS;
	}
	s = malloc(sizeof(*s));
	if (s == NULL)
		return SEK_ENOMEM;
	memset(s, 0, offsetof(struct account_source, block));
	s->fd = fd;
	s->far = far;
	s->regular = S_ISREG(st.st_mode);
	s->at = from;
	s->to = to != ACCOUNT_SOURCE_END ? to : (uint64_t)st.st_size;
	if (s->to < s->at)
		s->to = s->at;
	*out = s;
	return 0;
}

/* A pipe may give its first octets one by one. */
static void
take_magic(struct account_source *s)
{
	size_t got;

	while (s->waiting < MAGIC && (got = fill(s, s->waiting)) > 0)
		s->waiting += got;
}

int
account_source_open(struct account_source **out, int fd, struct account_far *far)
{
	struct account_source *s;
	int rc = account_source_part(&s, fd, 0, ACCOUNT_SOURCE_END, far);

	if (rc != 0)
		return rc;
	take_magic(s);
	s->packing = account_source_packing(s->block, s->waiting);
	if (s->packing != ACCOUNT_PLAIN)
		rc = unpack(s);
	if (rc != 0) {
		account_source_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

void
account_source_free(struct account_source *s)
{
	if (s == NULL)
		return;
	if (s->archive != NULL)
		archive_read_free(s->archive);
	free(s);
}

int
account_source_next(struct account_source *s, const char **p, size_t *n)
{
	int rc = 0;

	if (s->trouble != NULL && s->archive != NULL) {
		*n = 0;
		return 0;
	}
	if (s->archive != NULL) {
		rc = next_unpacked(s, p, n);
	} else {
		*p = s->block;
		*n = s->waiting > 0 ? s->waiting : fill(s, 0);
		s->waiting = 0;
	}
	if (s->far != NULL)
		atomic_fetch_add_explicit(&s->far->passed, *n, memory_order_relaxed);
	return rc;
}

const char *
account_source_trouble(const struct account_source *s)
{
	return s->trouble;
}

const char *
account_source_why(const struct account_source *s)
{
	return s->why;
}
