#include "tool/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "tool/json.h"
#include "tool/master.h"
#include "tool/once.h"
#include "tool/option.h"

enum { PATH_OCTETS = 4096 };

struct zone_values {
	bool		 json;
	const char	*lang, *socket, *snapshot, *format, *output, *zone;
};

#define V(field) offsetof(struct zone_values, field)

static const char *const lang_words[] = { "ja", "en", NULL };
static const char *const format_words[] = { "master", NULL };
static const char *const zone_words[] = { "main", "out", NULL };

static const struct option_row rows[] = {
	{ "snapshot", 's', OPTION_TEXT, V(snapshot), "FILE",
	  N_("read this snapshot instead of asking the daemon for its own"), NULL, 0, 0, false },
	{ "format", 0, OPTION_TEXT, V(format), "WORD",
	  N_("form of the export"), format_words, 0, 0, false },
	{ "zone", 0, OPTION_TEXT, V(zone), "WORD",
	  N_("main: entries, out: exits of multi-hop relays"), zone_words, 0, 0, false },
	{ "output", 'o', OPTION_TEXT, V(output), "FILE",
	  N_("write there, whole or not at all; default: standard output"), NULL, 0, 0, false },
	{ "json", 'j', OPTION_FLAG, V(json), NULL,
	  N_("one JSON object a line"), NULL, 0, 0, false },
	{ "socket", 0, OPTION_TEXT, V(socket), "PATH",
	  N_("control socket of the daemon; default: control in its state directory"), NULL, 0, 0, false },
	{ "lang", 0, OPTION_TEXT, V(lang), "LANG",
	  N_("language of messages"), lang_words, 0, 0, false },
	{ .name = NULL }
};

static const struct option_usage usage = {
	"zone", "export|verify",
	N_("Writes the list as a zone, or verifies a snapshot."),
	rows, NULL, 1, 1
};

struct zone {
	struct zone_values	 v;
	char			 path[PATH_OCTETS];	/* of the snapshot */
	uint8_t			*octets;
	size_t			 n;
	struct snapshot_view	 base;
	FILE			*out, *err;
};

static int
refuse(const struct zone *z, int code, const char *what, const char *why)
{
	char shown[300];

	str_clean(shown, sizeof(shown), str_of(what));
	fprintf(z->err, "sekimori zone: %s: %s\n", shown, why);
	return code;
}

/* ---- the snapshot ---- */

static int
find_snapshot(struct zone *z)
{
	json_t *done = NULL;
	int rc;

	if (z->v.snapshot != NULL) {
		if (str_copy(z->path, sizeof(z->path), str_of(z->v.snapshot)) != 0)
			return refuse(z, EXIT_USAGE, "--snapshot", strerror(ENAMETOOLONG));
		return 0;
	}
	rc = once_ask(&done, z->v.socket, "base", "zone", z->err);
	if (rc == 0 && str_copy(z->path, sizeof(z->path),
	    str_of(tool_json_text(done, "path"))) != 0)
		rc = refuse(z, EXIT_SOFTWARE, "path", strerror(ENAMETOOLONG));
	json_decref(done);
	return rc;
}

/* Reads n octets or what is there; our own copy, so nobody can change it
 * while we walk it. */
static int
read_octets(struct zone *z, int fd, size_t n)
{
	z->octets = malloc(n > 0 ? n : 1);
	if (z->octets == NULL)
		return SEK_ENOMEM;
	while (z->n < n) {
		ssize_t got = read(fd, z->octets + z->n, n - z->n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return SEK_ESYS;
		if (got == 0)
			break;
		z->n += (size_t)got;
	}
	return 0;
}

static int
read_snapshot(struct zone *z)
{
	int fd = open(z->path, O_RDONLY | O_CLOEXEC), err;
	struct stat st;
	int rc = 0;

	if (fd < 0 || fstat(fd, &st) != 0)
		rc = refuse(z, errno == EACCES ? EXIT_NOPERM : EXIT_NOINPUT,
		    z->path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		rc = refuse(z, EXIT_NOINPUT, z->path, _("not a plain file"));
	else if ((err = read_octets(z, fd, (size_t)st.st_size)) != 0)
		rc = refuse(z, err == SEK_ENOMEM ? EXIT_OSERR : EXIT_NOINPUT,
		    z->path, sek_strerror(err));
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
open_snapshot(struct zone *z)
{
	const char *part = "";
	char why[200];
	int rc = find_snapshot(z);

	if (rc == 0)
		rc = read_snapshot(z);
	if (rc != 0)
		return rc;
	if (snapshot_open(&z->base, z->octets, z->n, &part) != 0) {
		snprintf(why, sizeof(why), _("not a snapshot, or damaged (%s)"), part);
		return refuse(z, EXIT_DATA, z->path, why);
	}
	if (z->base.kind != SNAPSHOT_BASE)
		return refuse(z, EXIT_DATA, z->path, _("not a base: give base.snap, "
		    "not an overlay or a tail"));
	return 0;
}

/* ---- what is done with it ---- */

static void
put_json(const struct zone *z, uint64_t count, const char *unit)
{
	json_t *o = json_pack("{ss ss sI sI}", "event", "done", "snapshot",
	    z->path, "serial", (json_int_t)z->base.head.serial, unit,
	    (json_int_t)count);

	tool_json_line(z->v.output == NULL && strcmp(unit, "records") == 0 ?
	    z->err : z->out, o);
	json_decref(o);
}

static int
verify(struct zone *z)
{
	struct snapshot s = { &z->base, NULL };
	uint64_t n = snapshot_count(&s);

	if (z->v.json)
		put_json(z, n, "entries");
	else
		fprintf(z->out, _("%s: whole; serial %lu, entries: %llu\n"), z->path,
		    (unsigned long)z->base.head.serial, (unsigned long long)n);
	return 0;
}

static int
write_zone(struct zone *z, FILE *to, const char *name)
{
	struct snapshot s = { &z->base, NULL };
	bool out = z->v.zone != NULL && strcmp(z->v.zone, "out") == 0;
	uint64_t records = 0;
	int err;

	if (out && (z->base.head.flags & SNAPSHOT_OUT) == 0)
		return refuse(z, EXIT_DATA, z->path, _("has no zone of exits "
		    "(dns.out is off)"));
	err = master_write(to, &s, out ? ANSWER_OUT : ANSWER_ZONE,
	    clock_real.wall(&clock_real), &records);
	if (err != 0)
		return refuse(z, EXIT_IOERR, name, sek_strerror(err));
	if (z->v.json)
		put_json(z, records, "records");
	return 0;
}

/* A file is complete under its name or not there at all. */
static int
export_file(struct zone *z)
{
	char temp[PATH_OCTETS];
	FILE *f;
	int rc, n = snprintf(temp, sizeof(temp), "%s.new", z->v.output);

	if (n < 0 || (size_t)n >= sizeof(temp))
		return refuse(z, EXIT_USAGE, "--output", strerror(ENAMETOOLONG));
	f = fopen(temp, "wxe");
	if (f == NULL)
		return refuse(z, EXIT_CANTCREAT, temp, strerror(errno));
	rc = write_zone(z, f, temp);
	if (rc == 0 && (fsync(fileno(f)) != 0 || fflush(f) != 0))
		rc = refuse(z, EXIT_IOERR, temp, strerror(errno));
	if (fclose(f) != 0 && rc == 0)
		rc = refuse(z, EXIT_IOERR, temp, strerror(errno));
	if (rc == 0 && rename(temp, z->v.output) != 0)
		rc = refuse(z, EXIT_CANTCREAT, z->v.output, strerror(errno));
	if (rc != 0)
		unlink(temp);
	return rc;
}

static int
export_zone(struct zone *z)
{
	return z->v.output != NULL ? export_file(z) :
	    write_zone(z, z->out, _("standard output"));
}

static const struct {
	const char	*name;
	int		(*run)(struct zone *z);
} works[] = {
	{ "export", export_zone },
	{ "verify", verify },
};

int
zone_main(int argc, char **argv, FILE *out, FILE *err)
{
	struct zone z = { .out = out, .err = err };
	int at, rc = option_read(&usage, &z.v, argc, argv, &at, out, err);

	if (rc != 0)
		return rc == OPTION_HELP ? 0 : EXIT_USAGE;
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
		if (strcmp(argv[at], works[i].name) != 0)
			continue;
		rc = open_snapshot(&z);
		if (rc == 0)
			rc = works[i].run(&z);
		free(z.octets);
		return rc;
	}
	return refuse(&z, EXIT_USAGE, argv[at], _("no such work; one of export verify"));
}
