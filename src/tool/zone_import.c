/* Foreign lists into a snapshot file, and never into the store: nothing is
 * listed without a proof. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "fact/returncode.h"
#include "tool/json.h"
#include "tool/zone.h"
#include "tool/zone_lines.h"
#include "tool/zone_take.h"
#include "tool/zone_write.h"

enum {
	JOIN_LINES = 1000,	/* of one record */
	BAD_SHOWN = 20,		/* bad lines named one by one when they are skipped */
	LIFE_S = 7 * 86400,
};

struct values {
	bool			 json, lab;
	const char		*lang, *snapshot, *from, *bad, *zone, *ns, *hostmaster, *url;
	uint32_t		 ttl_s, negative_s, serial, life_s;
	struct option_list	 codes;
};

#define V(field) offsetof(struct values, field)

static const char *const from_words[] = {
	"ip4set", "ip4trie", "ip4tset", "ip6trie", "ip6tset", "combined", "master",
	"rpz", "csv", "jsonl", NULL
};
static const char *const bad_words[] = { "stop", "skip", NULL };

static const struct option_row rows[] = {
	{ "snapshot", 's', OPTION_TEXT, V(snapshot), "FILE",
	  N_("write the snapshot there, whole or not at all"), NULL, 0, 0, true },
	{ "from", 'f', OPTION_TEXT, V(from), "FORMAT",
	  N_("what the files are"), from_words, 0, 0, true },
	{ "bad", 0, OPTION_TEXT, V(bad), "WORD",
	  N_("a line that cannot be read ends it, or is passed over and counted; default: stop"),
	  bad_words, 0, 0, false },
	{ "code", 0, OPTION_LIST, V(codes), "FROM=TO",
	  N_("entries with this A value (N, an address, any) get code 2 to 63, or are left out; may be given often"),
	  NULL, 0, 0, false },
	{ "zone", 0, OPTION_TEXT, V(zone), "NAME",
	  N_("name of the zone; needed where the files do not say it"), NULL, 0, 0, false },
	{ "ns", 0, OPTION_TEXT, V(ns), "NAMES",
	  N_("name servers with blanks between; default: the files', else localhost"), NULL, 0, 0, false },
	{ "hostmaster", 0, OPTION_TEXT, V(hostmaster), "MAIL",
	  N_("mail address of the SOA; default: the files', else hostmaster@ZONE"), NULL, 0, 0, false },
	{ "url", 0, OPTION_TEXT, V(url), "URL",
	  N_("where the pages are; default: the files', else none"), NULL, 0, 0, false },
	{ "ttl", 0, OPTION_SECONDS, V(ttl_s), "TIME",
	  N_("TTL; default: the files', else 5m"), NULL, 1, 86400, false },
	{ "negative-ttl", 0, OPTION_SECONDS, V(negative_s), "TIME",
	  N_("TTL of negative answers; default: the files', else 5m"), NULL, 1, 86400, false },
	{ "serial", 0, OPTION_COUNT, V(serial), "N",
	  N_("serial; default: the files', else the time"), NULL, 1, UINT32_MAX, false },
	{ "life", 0, OPTION_SECONDS, V(life_s), "TIME",
	  N_("how long _status vouches for it; default: until what the files say, else 7d"),
	  NULL, 1, 10 * 365 * 86400, false },
	{ "lab", 0, OPTION_FLAG, V(lab), NULL,
	  N_("laboratory data: say so everywhere"), NULL, 0, 0, false },
	{ "json", 'j', OPTION_FLAG, V(json), NULL,
	  N_("one JSON object a line"), NULL, 0, 0, false },
	{ "lang", 0, OPTION_TEXT, V(lang), "LANG",
	  N_("language of messages"), zone_lang_words, 0, 0, false },
	{ .name = NULL }
};

static const struct option_usage usage = {
	"zone import", "FILE...",
	N_("Makes a snapshot of lists of others, for sekimori serve; nothing goes into the store."),
	rows, NULL, 1, -1
};

struct import {
	struct values			 v;
	const struct zone_reader	*reader;
	void				*state;
	struct zone_codes		 codes;
	struct zone_meta		 meta;
	struct zone_take		 take;
	struct gbuf			 joined;	/* a record of several lines */
	uint64_t			 lines, bad;
	FILE				*out, *err;
};

/* Reading ---------------------------------------------------------------- */

/* Names a bad line; says whether to go on. */
static int
bad_line(struct import *m, const char *file, uint64_t line, const char *why)
{
	char shown[300];
	bool skip = m->v.bad != NULL && strcmp(m->v.bad, "skip") == 0;

	m->bad++;
	if (!skip || m->bad <= BAD_SHOWN) {
		str_clean(shown, sizeof(shown), str_of(file));
		fprintf(m->err, "sekimori zone: %s:%" PRIu64 ": %s\n", shown, line, why);
	}
	if (!skip) {
		fprintf(m->err, _("sekimori zone: nothing was written; mend the "
		    "line, or pass over such lines with --bad skip\n"));
		return EXIT_DATA;
	}
	return 0;
}

static int
fail(struct import *m, const char *file, int err)
{
	return zone_refuse(m->err, err == SEK_ENOMEM ? EXIT_OSERR : EXIT_IOERR,
	    file, sek_strerror(err));
}

/* What a reader said of a record that ends at the line that was read last. */
static int
judge(struct import *m, const struct zone_lines *l, int err)
{
	if (err == SEK_EPARSE)
		return bad_line(m, l->name, l->line, m->take.why);
	return err == 0 ? 0 : fail(m, l->name, err);
}

/* Reads on until the record ends. */
static int
join(struct import *m, struct zone_lines *l, struct str line)
{
	int rc = ZONE_TAKE_MORE, err;

	m->joined.len = 0;
	for (int i = 0; i < JOIN_LINES; i++) {
		err = gbuf_add(&m->joined, line.p, line.n);
		if (err == SEK_ENOMEM)
			return fail(m, l->name, err);
		if (err != 0)
			break;
		rc = m->reader->line(m->state, &m->take,
		    (struct str){ (const char *)m->joined.p, m->joined.len });
		if (rc != ZONE_TAKE_MORE)
			return judge(m, l, rc);
		err = gbuf_add(&m->joined, "\n", 1);
		if (err == 0)
			err = zone_lines_next(l, &line);
		if (err < 0 && err != SEK_ELIMIT)
			return fail(m, l->name, err);
		if (err != 0)
			break;
	}
	return bad_line(m, l->name, l->line, _("the record that began above does "
	    "not end, or is too long"));
}

static int
read_lines(struct import *m, struct zone_lines *l)
{
	struct str line;
	int rc = 0;

	while (rc == 0) {
		int err = zone_lines_next(l, &line);

		if (err == ZONE_LINES_END)
			return 0;
		if (err == ZONE_LINES_LONG) {
			rc = bad_line(m, l->name, l->line, _("the line is too long"));
			continue;
		}
		if (err != 0)
			return fail(m, l->name, err);
		m->lines++;
		err = m->reader->line(m->state, &m->take, line);
		if (err == ZONE_TAKE_MORE)
			rc = join(m, l, line);
		else if (err != 0)
			rc = judge(m, l, err);
	}
	return rc;
}

static int
read_file(struct import *m, const char *path)
{
	struct zone_lines l;
	int rc, err = zone_lines_open(&l, path);

	if (err != 0) {
		rc = zone_refuse(m->err, err == SEK_ENOMEM ? EXIT_OSERR :
		    errno == EACCES ? EXIT_NOPERM : EXIT_NOINPUT, path, sek_strerror(err));
	} else {
		if (m->reader->begin != NULL)
			m->reader->begin(m->state, m->reader);
		rc = read_lines(m, &l);
		if (rc == 0 && m->reader->end != NULL)
			rc = judge(m, &l, m->reader->end(m->state, &m->take));
	}
	zone_lines_close(&l);
	return rc;
}

/* Settings --------------------------------------------------------------- */

static int
set_names(struct import *m)
{
	const struct values *v = &m->v;
	struct zone_meta *meta = &m->meta;
	struct str ns = str_of(v->ns);

	if (v->zone != NULL && dns_name_parse(&meta->zone.zone, str_of(v->zone)) != 0)
		return zone_refuse(m->err, EXIT_USAGE, "--zone", _("no domain name"));
	if (v->hostmaster != NULL && dns_name_mailbox(&meta->zone.hostmaster,
	    str_of(v->hostmaster)) != 0)
		return zone_refuse(m->err, EXIT_USAGE, "--hostmaster", _("no mail address"));
	if (v->url != NULL && v->url[0] != '\0' && !zone_meta_url(meta, str_of(v->url)))
		return zone_refuse(m->err, EXIT_USAGE, "--url", _("not a URL of http or https, or longer than 199 octets"));
	while (ns.n > 0) {
		struct str word = str_cut(&ns, ' ');
		struct dns_name name;

		if (word.n > 0 && (meta->zone.n_ns == SNAPSHOT_NS ||
		    dns_name_parse(&name, word) != 0))
			return zone_refuse(m->err, EXIT_USAGE, "--ns",
			    _("not 1 to 8 domain names"));
		if (word.n > 0)
			zone_meta_ns(meta, &name);
	}
	meta->ns_closed = meta->zone.n_ns > 0;
	return 0;
}

static int
set_options(struct import *m)
{
	const struct values *v = &m->v;
	const char *bad;

	m->meta.zone.ttl_s = v->ttl_s;
	m->meta.zone.negative_ttl_s = v->negative_s;
	m->meta.head.serial = v->serial;
	if (v->life_s != 0)
		m->meta.head.expiry_s = clock_real.wall(&clock_real).s + v->life_s;
	if (v->lab)
		m->meta.head.flags |= SNAPSHOT_LAB;
	if (zone_codes_read(&m->codes, &v->codes, &bad) != 0)
		return zone_refuse(m->err, EXIT_USAGE, bad, _("no rule for --code; "
		    "write N=CODE, 127.0.0.N=CODE, any=CODE or any=out, CODE from 2 to 63"));
	return set_names(m);
}

/* The end ---------------------------------------------------------------- */

/* What is in the snapshot but not in DNS, or not in the snapshot. */
static void
warn(struct import *m)
{
	const struct zone_take *t = &m->take;

	for (unsigned c = SNAPSHOT_CODE_MIN; c <= SNAPSHOT_CODE_MAX; c++)
		if (t->by_code[c] > 0 && c != RETURNCODE_ENTRY && c != RETURNCODE_EXIT)
			fprintf(m->err, _("sekimori zone: note: %llu entries have code "
			    "%u, which DNS does not answer; --code %u=2 makes entries "
			    "of them\n"), (unsigned long long)t->by_code[c], c, c);
	if (t->texts > 0)
		fprintf(m->err, _("sekimori zone: note: %llu entries have a text of "
		    "their own, which is not kept\n"), (unsigned long long)t->texts);
	if (t->others > 0)
		fprintf(m->err, _("sekimori zone: note: %llu lines are no entries "
		    "and were passed over\n"), (unsigned long long)t->others);
	if (m->bad > BAD_SHOWN)
		fprintf(m->err, _("sekimori zone: note: %llu more lines could not be "
		    "read\n"), (unsigned long long)(m->bad - BAD_SHOWN));
}

static void
say_done(struct import *m)
{
	const struct zone_take *t = &m->take;
	json_t *o;

	if (!m->v.json) {
		fprintf(m->out, _("%s: serial %lu; lines: %llu, entries: %llu, left "
		    "out: %llu, bad lines: %llu\n"), m->v.snapshot,
		    (unsigned long)m->meta.head.serial, (unsigned long long)m->lines,
		    (unsigned long long)t->entries, (unsigned long long)t->left_out,
		    (unsigned long long)m->bad);
		return;
	}
	o = json_pack("{ss ss sI sI sI sI sI}", "event", "done", "snapshot",
	    m->v.snapshot, "serial", (json_int_t)m->meta.head.serial,
	    "lines", (json_int_t)m->lines, "entries", (json_int_t)t->entries,
	    "left_out", (json_int_t)t->left_out, "bad", (json_int_t)m->bad);
	tool_json_line(m->out, o);
	json_decref(o);
}

static int
write_snapshot(struct import *m)
{
	struct snapshot_source source;

	if (m->take.by_code[RETURNCODE_EXIT] > 0)
		m->meta.head.flags |= SNAPSHOT_OUT;
	if (zone_meta_end(&m->meta, clock_real.wall(&clock_real).s, LIFE_S) != 0)
		return zone_refuse(m->err, EXIT_USAGE, "--zone", _("the files do not "
		    "say the zone's name: give it with --zone NAME"));
	zone_pile_sort(m->take.pile);
	source = zone_pile_source(m->take.pile);
	return zone_write_snapshot(m->v.snapshot, &m->meta.head, &m->meta.zone,
	    &source, m->err);
}

static int
import(struct import *m, char *const *files)
{
	int rc = set_options(m);

	m->reader = zone_reader_of(m->v.from);
	m->state = m->reader == NULL ? NULL : calloc(1, m->reader->size);
	m->take = (struct zone_take){ .pile = zone_pile_new(), .meta = &m->meta,
		.codes = &m->codes };
	m->joined.max = ZONE_LINE_MAX;
	if (rc == 0 && (m->state == NULL || m->take.pile == NULL))
		rc = zone_refuse(m->err, EXIT_OSERR, "import", sek_strerror(SEK_ENOMEM));
	for (; rc == 0 && *files != NULL; files++)
		rc = read_file(m, *files);
	if (rc == 0)
		rc = write_snapshot(m);
	if (rc == 0) {
		warn(m);
		say_done(m);
	}
	zone_pile_free(m->take.pile);
	gbuf_free(&m->joined);
	free(m->state);
	return rc;
}

static int
run(int argc, char **argv, FILE *out, FILE *err)
{
	struct import *m = calloc(1, sizeof(*m));
	int at, rc;

	if (m == NULL)
		return zone_refuse(err, EXIT_OSERR, "import", sek_strerror(SEK_ENOMEM));
	m->out = out;
	m->err = err;
	rc = option_read(&usage, &m->v, argc, argv, &at, out, err);
	if (rc == 0)
		rc = import(m, argv + at);
	else
		rc = rc == OPTION_HELP ? 0 : EXIT_USAGE;
	free(m);
	return rc;
}

const struct zone_work zone_import = { "import", &usage, run };
