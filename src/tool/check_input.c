#include "tool/check_input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"

enum { BUFFER = 65536 };

struct check_input {
	char *const	*operands;
	size_t		 n, at;
	const struct option_list *files;
	size_t		 file;		/* present one */
	bool		 host;
	FILE		*err;
	uint64_t	 names;		/* so far */
	/* the present file */
	int		 fd;		/* -1: none open */
	bool		 regular, ended, too_long;
	uint64_t	 line;		/* its number */
	size_t		 begin, len;	/* what is left of the buffer */
	uint64_t	 octets_read, octets_all;
	char		 buffer[BUFFER];
};

/* Adds up the sizes, unless one has none. */
static uint64_t
sizes(const struct option_list *files)
{
	uint64_t sum = 0;
	struct stat st;

	for (size_t i = 0; i < files->n; i++) {
		bool in = strcmp(files->v[i], "-") == 0;

		if ((in ? fstat(STDIN_FILENO, &st) : stat(files->v[i], &st)) != 0 ||
		    !S_ISREG(st.st_mode))
			return 0;
		sum += (uint64_t)st.st_size;
	}
	return sum;
}

int
check_input_open(struct check_input **out, char *const *operands, size_t n,
    const struct option_list *files, bool host, FILE *err)
{
	struct check_input *in = calloc(1, sizeof(*in));

	if (in == NULL)
		return SEK_ENOMEM;
	in->operands = operands;
	in->n = n;
	in->files = files;
	in->host = host;
	in->err = err;
	in->fd = -1;
	in->octets_all = sizes(files);
	*out = in;
	return 0;
}

static void
close_file(struct check_input *in)
{
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	in->fd = -1;
}

void
check_input_close(struct check_input *in)
{
	if (in == NULL)
		return;
	close_file(in);
	free(in);
}

void
check_input_far(const struct check_input *in, uint64_t *n, uint64_t *all)
{
	*n = in->octets_all == 0 ? 0 : in->octets_read - in->len;
	*all = in->octets_all;
}

/* --- messages --- */

static const char *
file_name(const struct check_input *in)
{
	return in->files->v[in->file];
}

static int
refuse(struct check_input *in, int code, const char *what, const char *why)
{
	char shown[160];

	str_clean(shown, sizeof(shown), str_of(what));
	fprintf(in->err, "sekimori check: %s: %s\n", shown, why);
	return code;
}

static int
bad_line(struct check_input *in, struct str line, const char *why)
{
	char shown[80], name[160];

	str_clean(name, sizeof(name), str_of(file_name(in)));
	str_clean(shown, sizeof(shown), line);
	fprintf(in->err, "sekimori check: %s:%llu: %s: %s\n", name,
	    (unsigned long long)in->line, shown, why);
	return CHECK_BAD_LINE;
}

/* --- lines --- */

static int
open_file(struct check_input *in)
{
	const char *name = file_name(in);
	struct stat st;

	in->fd = strcmp(name, "-") == 0 ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0 || fstat(in->fd, &st) != 0)
		return refuse(in, EXIT_NOINPUT, name, strerror(errno));
	in->regular = S_ISREG(st.st_mode);
	in->ended = in->too_long = false;
	in->line = 0;
	in->begin = in->len = 0;
	return 0;
}

/* Reads more behind what is left.  A pipe is not waited for: other answers are
 * on their way.  Returns 0, CHECK_LATER or an exit code. */
static int
fill(struct check_input *in)
{
	struct pollfd p = { .fd = in->fd, .events = POLLIN };
	ssize_t n;

	if (!in->regular && poll(&p, 1, 0) == 0)
		return CHECK_LATER;
	memmove(in->buffer, in->buffer + in->begin, in->len);
	in->begin = 0;
	do
		n = read(in->fd, in->buffer + in->len, BUFFER - in->len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return refuse(in, EXIT_NOINPUT, file_name(in), strerror(errno));
	in->ended = n == 0;
	in->len += (size_t)n;
	in->octets_read += (size_t)n;
	return 0;
}

/* Takes n octets off the buffer and, of the present line, skips what a line
 * cannot be. */
static struct str
take(struct check_input *in, size_t n)
{
	struct str s = { in->buffer + in->begin, n };

	in->begin += n;
	in->len -= n;
	return s;
}

/* The next line without its end.  One that is longer than the buffer is cut,
 * which is too long in any case.  Returns 0, CHECK_END, CHECK_LATER or an exit
 * code. */
static int
next_line(struct check_input *in, struct str *line)
{
	for (;;) {
		char *lf = memchr(in->buffer + in->begin, '\n', in->len);
		bool rest = in->too_long;
		int rc;

		if (lf == NULL && in->len < BUFFER && !in->ended) {
			rc = fill(in);
			if (rc != 0)
				return rc;
			continue;
		}
		if (lf == NULL && in->len == 0)
			return CHECK_END;
		in->too_long = lf == NULL && !in->ended;
		*line = take(in, lf == NULL ? in->len :
		    (size_t)(lf - in->buffer) - in->begin);
		if (lf != NULL)
			(void)take(in, 1);
		if (rest)
			continue;
		in->line++;
		return 0;
	}
}

/* What is left of a line without comment, blanks, CR and, at the beginning of a
 * file, the mark that some editors write there. */
static struct str
bare(const struct check_input *in, struct str s)
{
	if (in->line == 1 && str_istarts(s, STR("\xef\xbb\xbf")))
		s = (struct str){ s.p + 3, s.n - 3 };
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '#' && (i == 0 || s.p[i - 1] == ' ' || s.p[i - 1] == '\t'))
			s.n = i;
	s = str_trim(s);
	if (s.n > 0 && s.p[s.n - 1] == '\r')
		s = str_trim((struct str){ s.p, s.n - 1 });
	return s;
}

/* Returns as check_input_next(), but CHECK_END at the end of each file. */
static int
next_of_file(struct check_input *in, struct check_name *out)
{
	const char *why = "";
	struct str s;
	int rc;

	do {
		rc = next_line(in, &s);
		if (rc != 0)
			return rc;
		s = bare(in, s);
	} while (s.n == 0);
	if (in->names == CHECK_MAX)
		return refuse(in, EXIT_DATA, file_name(in),
		    _("more than a million names; split the list"));
	rc = check_name_read(out, s, in->host, &why);
	if (rc == SEK_ENOMEM)
		return refuse(in, EXIT_OSERR, file_name(in), sek_strerror(rc));
	if (rc != 0)
		return bad_line(in, s, why);
	in->names++;
	return 0;
}

static int
next_operand(struct check_input *in, struct check_name *out)
{
	const char *text = in->operands[in->at++], *why = "";
	int rc = check_name_read(out, str_of(text), in->host, &why);

	if (rc == SEK_ENOMEM)
		return refuse(in, EXIT_OSERR, text, sek_strerror(rc));
	if (rc != 0)
		return refuse(in, EXIT_USAGE, text, why);
	in->names++;
	return 0;
}

int
check_input_next(struct check_input *in, struct check_name *out)
{
	int rc;

	if (in->at < in->n)
		return next_operand(in, out);
	for (; in->file < in->files->n; in->file++) {
		rc = in->fd < 0 ? open_file(in) : 0;
		if (rc == 0)
			rc = next_of_file(in, out);
		if (rc != CHECK_END)
			return rc;
		close_file(in);
	}
	return CHECK_END;
}
