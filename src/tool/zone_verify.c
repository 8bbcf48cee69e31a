/* `sekimori zone verify': what is published, beside where it comes from and
 * what became of it: live answers = snapshot = journal = dump. */

#include <inttypes.h>
#include <string.h>

#include "base/i18n.h"
#include "tool/json.h"
#include "tool/once.h"
#include "tool/stop.h"
#include "tool/target.h"
#include "tool/zone.h"
#include "tool/zone_differ.h"
#include "tool/zone_dump.h"
#include "tool/zone_file.h"
#include "tool/zone_journal.h"
#include "tool/zone_live.h"

enum { ASK = 100000 };

struct values {
	bool			 json;
	const char		*lang, *socket, *snapshot;
	struct option_list	 dumps, servers;
	uint32_t		 ask;
};

#define V(field) offsetof(struct values, field)

static const struct option_row rows[] = {
	{ "snapshot", 's', OPTION_TEXT, V(snapshot), "FILE",
	  N_("read this snapshot instead of asking the daemon for its own"), NULL, 0, 0, false },
	{ "dump", 'd', OPTION_LIST, V(dumps), "FILE",
	  N_("compare this zone too, as a name server wrote it out; may be given often"), NULL, 0, 0, false },
	{ "server", 0, OPTION_LIST, V(servers), "ADDR",
	  N_("ask there, ADDRESS or ADDRESS:PORT; default: dns.listen of the daemon; may be given often"),
	  NULL, 0, 0, false },
	{ "ask", 0, OPTION_COUNT, V(ask), "N",
	  N_("ask for so many records of a larger list, evenly spread; default: 100000"),
	  NULL, 1, UINT32_MAX, false },
	{ "json", 'j', OPTION_FLAG, V(json), NULL,
	  N_("one JSON object a line"), NULL, 0, 0, false },
	{ "socket", 0, OPTION_TEXT, V(socket), "PATH",
	  N_("control socket of the daemon; default: control in its state directory"), NULL, 0, 0, false },
	{ "lang", 0, OPTION_TEXT, V(lang), "LANG",
	  N_("language of messages"), zone_lang_words, 0, 0, false },
	{ .name = NULL }
};

static const struct option_usage usage = {
	"zone verify", "", N_("Compares a snapshot with the journal, live answers and dumps."),
	rows, NULL, 0, 0
};

struct verify {
	struct values		 v;
	struct zone_file	 file;
	struct snapshot		 s;
	struct zone_journal	 journal;
	bool			 differs;
	FILE			*out, *err;
};

static struct zone_differ
differ_of(const struct verify *y, const char *with)
{
	return (struct zone_differ){ .out = y->out, .with = with, .json = y->v.json };
}

static void
end(struct verify *y, const struct zone_differ *d, uint64_t compared, const char *of)
{
	y->differs = zone_differ_end(d, compared, of) != 0 || y->differs;
}

static void
say_whole(const struct verify *y)
{
	uint64_t n = snapshot_count(&y->s);
	json_t *o;

	if (!y->v.json) {
		fprintf(y->out, _("%s: whole; serial %lu, entries: %llu\n"), y->file.path,
		    (unsigned long)y->file.base.head.serial, (unsigned long long)n);
		return;
	}
	o = json_pack("{ss ss sI sI}", "event", "done", "snapshot", y->file.path,
	    "serial", (json_int_t)y->file.base.head.serial, "entries", (json_int_t)n);
	tool_json_line(y->out, o);
	json_decref(o);
}

/* Snapshot = journal ------------------------------------------------------ */

struct merge {			/* both go in the same order */
	struct zone_journal	*j;
	struct zone_differ	*d;
	struct snapshot_entry	 e;	/* of the journal */
	int			 have;	/* 0: e is next; ZONE_JOURNAL_END; or an exit code */
	uint64_t		 n;
};

/* Of snapshot_each(): IPv4 first. */
static int
order(const struct snapshot_entry *a, const struct snapshot_entry *b)
{
	bool a6 = !addr_is_v4(&a->addr), b6 = !addr_is_v4(&b->addr);

	return a6 != b6 ? a6 - b6 : snapshot_entry_cmp(a, b);
}

/* As `sekimori zone export' has it where it can: "192.0.2.0/24 127.0.0.2". */
static void
name_entry(struct zone_differ *d, const struct snapshot_entry *e, const char *what)
{
	char text[NET_TEXT], name[NET_TEXT + 24];
	struct net net = snapshot_entry_net(e);

	net_text(text, &net);
	snprintf(name, sizeof(name), "%s%s 127.0.0.%u", e->form == SNAPSHOT_EXCEPT ?
	    "!" : "", text, e->code);
	zone_differ_name(d, name, what);
}

static int
merge_entry(void *ctx, const struct snapshot_entry *e)
{
	struct merge *m = ctx;

	m->n++;
	while (m->have == 0 && order(&m->e, e) < 0) {
		name_entry(m->d, &m->e, _("in the journal alone"));
		m->have = zone_journal_next(m->j, &m->e);
	}
	if (m->have != 0 && m->have != ZONE_JOURNAL_END)
		return SEK_ESYS;
	if (m->have != 0 || order(&m->e, e) != 0)
		name_entry(m->d, e, _("not in the journal"));
	else
		m->have = zone_journal_next(m->j, &m->e);
	return 0;
}

static void
compare_status(const struct verify *y, struct zone_differ *d)
{
	const struct snapshot_head *h = &y->file.base.head;

	if (y->journal.life != 0 && (y->journal.life != h->life ||
	    y->journal.expiry_s != h->expiry_s ||
	    y->journal.empties_s != (int64_t)h->empties * SNAPSHOT_DAY_S))
		zone_differ_name(d, "_status", _("another one than in the journal"));
}

/* A list that is answered empty has its entries in both still. */
static int
compare_journal(struct verify *y)
{
	struct zone_differ d = differ_of(y, "journal");
	struct merge m = { .j = &y->journal, .d = &d };
	int err;

	m.have = zone_journal_next(m.j, &m.e);
	err = snapshot_each(&y->s, merge_entry, &m);
	while (err == 0 && m.have == 0) {
		name_entry(&d, &m.e, _("in the journal alone"));
		m.have = zone_journal_next(m.j, &m.e);
	}
	if (m.have != 0 && m.have != ZONE_JOURNAL_END)
		return m.have;
	compare_status(y, &d);
	end(y, &d, m.n, _("entries"));
	return 0;
}

/* Live answers = snapshot ------------------------------------------------- */

static int
compare_live(struct verify *y, const char *server)
{
	struct zone_live l = { .most = y->v.ask != 0 ? y->v.ask : ASK,
		.journal = y->v.snapshot == NULL ? &y->journal : NULL };
	struct zone_differ d = differ_of(y, server);
	struct target t;
	const char *why;
	int rc;

	if (target_read(&t, server, &why) != 0)
		return zone_refuse(y->err, EXIT_USAGE, server, why);
	if (!t.is_addr)
		return zone_refuse(y->err, EXIT_USAGE, server,
		    _("an address is needed, not a name"));
	l.to = t.addr;
	l.port = t.port != 0 ? t.port : 53;
	rc = zone_live_compare(&d, &l, &y->s, y->err);
	if (rc == 0)
		end(y, &d, l.asked, _("questions"));
	return rc;
}

/* At the addresses that the daemon listens on, every one of them. */
static int
compare_listens(struct verify *y)
{
	json_t *conf = NULL, *v;
	size_t i;
	int rc = once_ask(&conf, y->v.socket, "secondary", "zone", y->err);

	json_array_foreach(json_object_get(conf, "dns"), i, v)
		if (rc == 0 && json_is_string(v))
			rc = compare_live(y, json_string_value(v));
	json_decref(conf);
	return rc;
}

static int
compare_servers(struct verify *y)
{
	int rc = 0;

	if (y->v.servers.n == 0)
		return y->v.snapshot == NULL ? compare_listens(y) : 0;
	for (size_t i = 0; i < y->v.servers.n && rc == 0; i++)
		rc = compare_live(y, y->v.servers.v[i]);
	return rc;
}

static int
compare_dumps(struct verify *y)
{
	int rc = 0;

	for (size_t i = 0; i < y->v.dumps.n && rc == 0; i++) {
		struct zone_differ d = differ_of(y, y->v.dumps.v[i]);
		uint64_t n = 0;

		rc = zone_dump_compare(&d, &y->s, y->v.dumps.v[i], &n, y->err);
		if (rc == 0)
			end(y, &d, n, _("records"));
	}
	return rc;
}

static int
verify(struct verify *y)
{
	int rc = 0;

	y->s = (struct snapshot){ &y->file.base, NULL };
	say_whole(y);
	zone_journal_start(&y->journal, y->v.socket, y->file.base.head.serial, y->err);
	if (y->v.snapshot == NULL)
		rc = compare_journal(y);
	if (rc == 0)
		rc = compare_servers(y);
	if (rc == 0)
		rc = compare_dumps(y);
	zone_journal_free(&y->journal);
	return rc;
}

static int
run(int argc, char **argv, FILE *out, FILE *err)
{
	struct verify y = { .out = out, .err = err };
	int at, rc = option_read(&usage, &y.v, argc, argv, &at, out, err);

	if (rc != 0)
		return rc == OPTION_HELP ? 0 : EXIT_USAGE;
	stop_setup();
	rc = zone_file_open(&y.file, y.v.snapshot, y.v.socket, err);
	if (rc == 0)
		rc = verify(&y);
	zone_file_close(&y.file);
	return rc != 0 ? rc : y.differs;
}

const struct zone_work zone_verify = { "verify", &usage, run };
