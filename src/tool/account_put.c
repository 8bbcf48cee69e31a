#include "tool/account_put.h"

#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "tool/account_json.h"
#include "tool/account_say.h"
#include "tool/render.h"

enum { COPY = 65536, SHOWN = 400 };

static int
complain(FILE *err, const char *path, int code)
{
	char shown[SHOWN];
	int kept = errno;

	str_clean(shown, sizeof(shown), str_of(path != NULL ? path : "standard output"));
	fprintf(err, "sekimori account: %s: %s\n", shown, strerror(kept));
	return code;
}

/* --- opening --- */

/* Takes over fd. */
static int
add_part(struct account_put *p, int fd, char *path, char *made)
{
	FILE *f = fd >= 0 && p->n < ACCOUNT_PUT ? fdopen(fd, "w") : NULL;

	if (f == NULL) {
		if (fd >= 0)
			close(fd);
		return SEK_ESYS;
	}
	p->part[p->n++] = (struct account_part){ path, made, f };
	return 0;
}

int
account_put_open(struct account_put *p, const struct account_args *args, FILE *out, FILE *err)
{
	*p = (struct account_put){ .args = args, .color = render_color(out, args->color),
	    .ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0 };
	if (add_part(p, memfd_create("account", MFD_CLOEXEC), NULL, NULL) == 0)
		return 0;
	return complain(err, NULL, EXIT_OSERR);
}

/* --- writing --- */

int
account_put_render(struct account_put *p, const struct account_result *r)
{
	const struct account_look look = { p->color, p->ascii };
	FILE *f = p->part[0].f;
	int rc = p->args->json ? account_json(f, r) : account_say(f, r, &look);

	for (size_t i = 0; i < p->n; i++)
		if (fflush(p->part[i].f) != 0 && rc == 0)
			rc = SEK_ESYS;
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
