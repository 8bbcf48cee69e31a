#include "tool/account_put.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "tool/account_csv.h"
#include "tool/account_html.h"
#include "tool/account_json.h"
#include "tool/account_report.h"
#include "tool/account_say.h"
#include "tool/render.h"

enum { COPY = 65536, SHOWN = 400, PATH_OCTETS = 4096 };

static int
complain_of(FILE *err, const char *path, const char *why, int code)
{
	char shown[SHOWN];

	str_clean(shown, sizeof(shown), str_of(path != NULL ? path : "standard output"));
	fprintf(err, "sekimori account: %s: %s\n", shown, why);
	return code;
}

static int
complain(FILE *err, const char *path, int code)
{
	return complain_of(err, path, strerror(errno), code);
}

/* --- what is written --- */

static int
put_text(struct account_put *p, FILE *f, const struct account_result *r)
{
	const struct account_look look = { p->color, p->ascii };

	return account_say(f, r, &look);
}

static int
put_json(struct account_put *p, FILE *f, const struct account_result *r)
{
	(void)p;
	return account_json(f, r);
}

static int
put_html(struct account_put *p, FILE *f, const struct account_result *r)
{
	(void)p;
	return account_html(f, r);
}

static bool
is_page(const char *path)
{
	return path != NULL && (str_iends(str_of(path), STR(".html")) ||
	    str_iends(str_of(path), STR(".htm")));
}

/* The draft may be in another language than the rest. */
static int
put_report(struct account_put *p, FILE *f, const struct account_result *r)
{
	int rc;

	i18n_switch(p->args->report);
	rc = account_report(f, r, is_page(p->args->report_file));
	i18n_switch(NULL);
	return rc;
}

/* --- opening --- */

/* Takes over fd, path and made; where it fails, the file is made no more. */
static int
add_part(struct account_put *p, int fd, struct account_part part)
{
	int kept;

	if (fd >= 0 && p->n < ACCOUNT_PUT)
		part.f = fdopen(fd, "w");
	if (part.f != NULL) {
		p->part[p->n++] = part;
		return 0;
	}
	kept = errno;
	if (fd >= 0 && part.made != NULL)
		unlink(part.made);
	if (fd >= 0)
		close(fd);
	free(part.path);
	free(part.made);
	errno = kept;
	return SEK_ESYS;
}

static int
add_output(struct account_put *p, int (*render)(struct account_put *, FILE *,
    const struct account_result *))
{
	return add_part(p, memfd_create("account", MFD_CLOEXEC),
	    (struct account_part){ .render = render });
}

/* Beside its place, with the mode that a file made there would have. */
static int
add_file(struct account_put *p, const char *path, int (*render)(struct account_put *, FILE *,
    const struct account_result *), FILE *err)
{
	struct account_part part = { .path = strdup(path), .render = render };
	mode_t mask = umask(0);
	int fd = -1;

	umask(mask);
	if (part.path != NULL && asprintf(&part.made, "%s.XXXXXX", path) < 0)
		part.made = NULL;
	if (part.made != NULL)
		fd = mkostemp(part.made, O_CLOEXEC);
	if (fd >= 0 && fchmod(fd, 0666 & ~mask) != 0) {
		unlink(part.made);
		close(fd);
		fd = -1;
	}
	return add_part(p, fd, part) == 0 ? 0 : complain(err, path, EXIT_CANTCREAT);
}

static int
add_tables(struct account_put *p, const char *dir, FILE *err)
{
	char path[PATH_OCTETS];
	int rc = 0;

	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return complain(err, dir, EXIT_CANTCREAT);
	for (size_t i = 0; rc == 0 && account_csv_names[i] != NULL; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, account_csv_names[i]);
		rc = add_file(p, path, NULL, err);
	}
	return rc;
}

int
account_put_open(struct account_put *p, const struct account_args *args, FILE *out, FILE *err)
{
	int rc = 0;

	*p = (struct account_put){ .args = args, .color = render_color(out, args->color),
	    .ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0 };
	if (add_output(p, args->json ? put_json : args->report != NULL &&
	    args->report_file == NULL ? put_report : put_text) != 0)
		rc = complain(err, NULL, EXIT_OSERR);
	if (rc == 0 && args->report_file != NULL)
		rc = add_file(p, args->report_file, put_report, err);
	if (rc == 0 && args->html != NULL)
		rc = add_file(p, args->html, put_html, err);
	if (rc == 0 && args->csv != NULL)	/* the last: they stay together */
		rc = add_tables(p, args->csv, err);
	return rc;
}

/* --- writing --- */

/* Of one part, after it was rendered: did all of it arrive?  What failed while it
 * was written is still in errno, unless the rest fails, too. */
static int
look_whether_written(const struct account_part *part, int rc, FILE *err)
{
	int kept = errno;

	if (fflush(part->f) != 0)
		kept = errno;
	else if (ferror(part->f) == 0)
		return rc;
	/* not strerror(): translated, it would look for a catalogue */
	return complain_of(err, part->path, strerrordesc_np(kept), EXIT_IOERR);
}

static int
render_tables(struct account_put *p, const struct account_result *r, FILE *err)
{
	FILE *f[ACCOUNT_PUT];
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < p->n; i++)
		if (p->part[i].render == NULL)
			f[n++] = p->part[i].f;
	rc = n == 0 ? 0 : account_csv(f, r);
	for (size_t i = 0; rc <= 0 && i < p->n; i++)
		if (p->part[i].render == NULL)
			rc = look_whether_written(&p->part[i], rc, err);
	return rc;
}

int
account_put_render(struct account_put *p, const struct account_result *r, FILE *err)
{
	int rc = render_tables(p, r, err);

	for (size_t i = 0; rc == 0 && i < p->n; i++)
		if (p->part[i].render != NULL)
			rc = look_whether_written(&p->part[i],
			    p->part[i].render(p, p->part[i].f, r), err);
	return rc;
}

/* --- putting in place --- */

static int
copy_to(FILE *out, int fd)
{
	char octets[COPY];
	ssize_t n;

	for (off_t at = 0; (n = pread(fd, octets, sizeof(octets), at)) > 0; at += n)
		if (fwrite(octets, 1, (size_t)n, out) != (size_t)n)
			return SEK_ESYS;
	return n < 0 || fflush(out) != 0 ? SEK_ESYS : 0;
}

static int
place(struct account_part *part, FILE *out)
{
	return part->path == NULL ? copy_to(out, fileno(part->f)) :
	    rename(part->made, part->path) == 0 ? 0 : SEK_ESYS;
}

int
account_put_finish(struct account_put *p, bool good, FILE *out, FILE *err)
{
	int code = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct account_part *part = &p->part[i];

		if (good && place(part, out) != 0)
			code = complain(err, part->path, EXIT_IOERR);
		else if (!good && part->made != NULL)
			unlink(part->made);
		fclose(part->f);
		free(part->path);
		free(part->made);
	}
	p->n = 0;
	return code;
}
