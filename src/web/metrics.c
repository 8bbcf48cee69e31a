#include "web/metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sys/counters.h"
#include "web/rdap.h"

enum metric {
	M_KEEPER, M_PROBE, M_RECEIVE, M_PROBERS, M_SESSIONS, M_DELAY, M_DELAY_MAX, M_CONTROL, M_PUBLIC, M_LAB, M_UPTIME,
	M_LISTINGS, M_DATABASE,
	M_QUEUED, M_TESTING, M_WAITING,
	M_OWNER, M_EVIDENCE, M_AUTHORITY, M_LOG,
	M_SERIAL, M_ENTRIES, M_MADE, M_EXPIRY, M_ALIVE, M_FROZEN, M_CLOSING, M_EMPTY,
	M_ACCEPTED, M_TURNED_AWAY, M_PUSHED_OUT, M_OPEN,
	M_REQUESTS, M_REFUSED, M_LATE,
	M_1XX, M_2XX, M_3XX, M_4XX, M_5XX,
	M_STREAMS, M_VIEWERS, M_FOLLOWS,
	METRICS
};

/* Rows of one name stand together; the first one has its help. */
static const struct { const char *name, *label, *type, *help; } rows[METRICS] = {
	[M_KEEPER] = { "sekimori_role_up", "role=\"keeper\"", "gauge",
	    "Is the role there (1) or not (0)?" },
	[M_PROBE] = { "sekimori_role_up", "role=\"probe\"", NULL, NULL },
	[M_RECEIVE] = { "sekimori_role_up", "role=\"receive\"", NULL, NULL },
	[M_PROBERS] = { "sekimori_probers", NULL, "gauge",
	    "Processes of the role probe that are there." },
	[M_SESSIONS] = { "sekimori_probe_sessions", NULL, "gauge",
	    "Dialogues in flight with tested servers." },
	[M_DELAY] = { "sekimori_probe_delay_milliseconds", NULL, "gauge",
	    "How late the event loop of the busiest prober was, 99 % of the last seconds." },
	[M_DELAY_MAX] = { "sekimori_probe_delay_max_milliseconds", NULL, "gauge",
	    "The same at its worst." },
	[M_CONTROL] = { "sekimori_control_holds", NULL, "gauge",
	    "Does the positive control hold (1)? Without it no verdict but open is possible." },
	[M_PUBLIC] = { "sekimori_public", NULL, "gauge",
	    "Is probing of public addresses on (1)?" },
	[M_LAB] = { "sekimori_lab", NULL, "gauge", "Is this a laboratory's list (1)?" },
	[M_UPTIME] = { "sekimori_keeper_uptime_seconds", NULL, "gauge",
	    "How long the keeper has run." },
	[M_LISTINGS] = { "sekimori_listings", NULL, "gauge", "Live listings in the store." },
	[M_DATABASE] = { "sekimori_database_bytes", NULL, "gauge", "Size of the database." },
	[M_QUEUED] = { "sekimori_tests", "state=\"queued\"", "gauge", "Tests that are not over." },
	[M_TESTING] = { "sekimori_tests", "state=\"testing\"", NULL, NULL },
	[M_WAITING] = { "sekimori_tests", "state=\"waiting\"", NULL, NULL },
	[M_OWNER] = { "sekimori_bases", "basis=\"owner\"", "gauge",
	    "Bases that are valid now, by kind." },
	[M_EVIDENCE] = { "sekimori_bases", "basis=\"evidence\"", NULL, NULL },
	[M_AUTHORITY] = { "sekimori_bases", "basis=\"authority\"", NULL, NULL },
	[M_LOG] = { "sekimori_bases", "basis=\"log\"", NULL, NULL },
	[M_SERIAL] = { "sekimori_snapshot_serial", NULL, "gauge",
	    "Serial of the published snapshot: the zone's SOA serial." },
	[M_ENTRIES] = { "sekimori_snapshot_entries", NULL, "gauge",
	    "Entries of the published snapshot." },
	[M_MADE] = { "sekimori_snapshot_made_timestamp_seconds", NULL, "gauge",
	    "When the published snapshot was made." },
	[M_EXPIRY] = { "sekimori_snapshot_expiry_timestamp_seconds", NULL, "gauge",
	    "Until when the zone says of itself that it is alive." },
	[M_ALIVE] = { "sekimori_life", "state=\"alive\"", "gauge",
	    "State of the list: 1 for the one that holds." },
	[M_FROZEN] = { "sekimori_life", "state=\"frozen\"", NULL, NULL },
	[M_CLOSING] = { "sekimori_life", "state=\"closing\"", NULL, NULL },
	[M_EMPTY] = { "sekimori_life", "state=\"empty\"", NULL, NULL },
	[M_ACCEPTED] = { "sekimori_http_connections_total", NULL, "counter",
	    "HTTP connections accepted." },
	[M_TURNED_AWAY] = { "sekimori_http_connections_turned_away_total", NULL, "counter",
	    "HTTP connections over a limit, closed at once." },
	[M_PUSHED_OUT] = { "sekimori_http_connections_pushed_out_total", NULL, "counter",
	    "HTTP connections cut for a newer one, since all places were taken." },
	[M_OPEN] = { "sekimori_http_connections", NULL, "gauge", "HTTP connections open now." },
	[M_REQUESTS] = { "sekimori_http_requests_total", NULL, "counter",
	    "HTTP requests that were one." },
	[M_REFUSED] = { "sekimori_http_requests_refused_total", NULL, "counter",
	    "HTTP requests that broke a rule or a bound." },
	[M_LATE] = { "sekimori_http_requests_late_total", NULL, "counter",
	    "HTTP requests cut because they came too slowly." },
	[M_1XX] = { "sekimori_http_answers_total", "class=\"1xx\"", "counter",
	    "HTTP answers by class of status." },
	[M_2XX] = { "sekimori_http_answers_total", "class=\"2xx\"", NULL, NULL },
	[M_3XX] = { "sekimori_http_answers_total", "class=\"3xx\"", NULL, NULL },
	[M_4XX] = { "sekimori_http_answers_total", "class=\"4xx\"", NULL, NULL },
	[M_5XX] = { "sekimori_http_answers_total", "class=\"5xx\"", NULL, NULL },
	[M_STREAMS] = { "sekimori_http_streams", NULL, "gauge", "Event streams open now." },
	[M_VIEWERS] = { "sekimori_test_viewers", NULL, "gauge",
	    "Event streams that follow a test now." },
	[M_FOLLOWS] = { "sekimori_test_follows", NULL, "gauge",
	    "Tests followed at the keeper for them." },
};

struct values {
	bool	set[METRICS];
	int64_t	is[METRICS];
};

static void
put(struct values *v, enum metric m, int64_t is)
{
	v->set[m] = true;
	v->is[m] = is;
}

static void
put_keeper(struct values *v, const json_t *status)
{
	static const struct { const char *inside, *name; enum metric m; } members[] = {
		{ "roles", "probe", M_PROBE }, { "roles", "receive", M_RECEIVE },
		{ "probers", "processes", M_PROBERS }, { "probers", "sessions", M_SESSIONS },
		{ "probers", "delay_ms", M_DELAY }, { "probers", "delay_max_ms", M_DELAY_MAX },
		{ NULL, "control", M_CONTROL }, { NULL, "public", M_PUBLIC },
		{ NULL, "uptime_s", M_UPTIME }, { NULL, "listings", M_LISTINGS },
		{ NULL, "octets", M_DATABASE },
		{ "queue", "queued", M_QUEUED }, { "queue", "testing", M_TESTING },
		{ "queue", "waiting", M_WAITING },
		{ "nominees", "owner", M_OWNER }, { "nominees", "evidence", M_EVIDENCE },
		{ "nominees", "authority", M_AUTHORITY }, { "nominees", "log", M_LOG },
	};
	const json_t *o;

	put(v, M_KEEPER, status != NULL);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		o = members[i].inside == NULL ? status :
		    json_object_get(status, members[i].inside);
		o = json_object_get(o, members[i].name);
		if (json_is_boolean(o))
			put(v, members[i].m, json_is_true(o));
		else if (json_is_integer(o))
			put(v, members[i].m, json_integer_value(o));
	}
}

static void
put_published(struct values *v, const struct snapshot *s)
{
	const struct snapshot_head *now;

	if (s->base == NULL)
		return;
	now = snapshot_now(s);
	put(v, M_SERIAL, now->serial);
	put(v, M_ENTRIES, (int64_t)snapshot_count(s));
	put(v, M_MADE, now->made_s);
	put(v, M_EXPIRY, now->expiry_s);
	put(v, M_ALIVE, now->life == SNAPSHOT_ALIVE);
	put(v, M_FROZEN, now->life == SNAPSHOT_FROZEN);
	put(v, M_CLOSING, now->life == SNAPSHOT_CLOSING);
	put(v, M_EMPTY, now->life == SNAPSHOT_EMPTY);
}

static void
put_http(struct values *v, const struct http_stats *h)
{
	put(v, M_ACCEPTED, (int64_t)h->accepted);
	put(v, M_TURNED_AWAY, (int64_t)h->turned_away);
	put(v, M_PUSHED_OUT, (int64_t)h->pushed_out);
	put(v, M_OPEN, (int64_t)h->open);
	put(v, M_REQUESTS, (int64_t)h->requests);
	put(v, M_REFUSED, (int64_t)h->refused);
	put(v, M_LATE, (int64_t)h->late);
	for (int class = 1; class <= 5; class++)
		put(v, (enum metric)(M_1XX + class - 1), (int64_t)h->answers[class]);
	put(v, M_STREAMS, (int64_t)h->streams);
}

static int
line(struct gbuf *out, enum metric m, int64_t is)
{
	char text[256];
	int n = snprintf(text, sizeof(text), "%s%s%s%s %" PRId64 "\n", rows[m].name,
	    rows[m].label == NULL ? "" : "{",
	    rows[m].label == NULL ? "" : rows[m].label,
	    rows[m].label == NULL ? "" : "}", is);

	assert(n > 0 && (size_t)n < sizeof(text));
	return gbuf_add(out, text, (size_t)n);
}

static int
head(struct gbuf *out, enum metric m)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "# HELP %s %s\n# TYPE %s %s\n",
	    rows[m].name, rows[m].help, rows[m].name, rows[m].type);

	assert(n > 0 && (size_t)n < sizeof(text));
	return gbuf_add(out, text, (size_t)n);
}

/* A line of what was counted.  by: a label, or NULL. */
static int
dns_line(struct gbuf *out, const struct counter_row *row, const char *by,
    uint64_t is)
{
	char text[256];
	const char *label = row->label != NULL ? row->label : "";
	int n = by == NULL ?
	    snprintf(text, sizeof(text), "%s{%s} %" PRIu64 "\n", row->name, label, is) :
	    snprintf(text, sizeof(text), "%s{%s%s%s} %" PRIu64 "\n", row->name, by,
	    label[0] != '\0' ? "," : "", label, is);

	assert(n > 0 && (size_t)n < sizeof(text));
	return gbuf_add(out, text, (size_t)n);
}

static int
dns_lines(struct gbuf *out, enum counter c, uint64_t udp, uint64_t tcp)
{
	const struct counter_row *row = &counter_rows[c];
	int err;

	if (counter_is_whole(c))
		return dns_line(out, row, NULL, udp + tcp);
	err = dns_line(out, row, "transport=\"udp\"", udp);
	return err != 0 ? err : dns_line(out, row, "transport=\"tcp\"", tcp);
}

static int
dns_head(struct gbuf *out, const struct counter_row *row)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "# HELP %s %s\n# TYPE %s counter\n",
	    row->name, row->help, row->name);

	assert(n > 0 && (size_t)n < sizeof(text));
	return gbuf_add(out, text, (size_t)n);
}

/* The last slot is xfer's: TCP. */
static int
write_dns(struct gbuf *out, const struct shared *s)
{
	const struct counters_slot *slots = s->p;
	size_t n = counters_slots(s);
	int err = 0;

	for (size_t c = 0; err == 0 && n > 0 && c < COUNTERS; c++) {
		uint64_t udp = 0;

		for (size_t i = 0; i + 1 < n; i++)
			udp += counters_get(&slots[i], (enum counter)c);
		if (counter_rows[c].help != NULL)
			err = dns_head(out, &counter_rows[c]);
		if (err == 0)
			err = dns_lines(out, (enum counter)c, udp,
			    counters_get(&slots[n - 1], (enum counter)c));
	}
	return err;
}

int
metrics_write(struct gbuf *out, const struct metrics_in *in)
{
	struct values v = { 0 };
	size_t first = 0, headed = METRICS;	/* of the rows of this name */
	int err = 0;

	put_keeper(&v, in->status);
	put_published(&v, in->published);
	put_http(&v, in->http);
	put(&v, M_LAB, in->lab);
	put(&v, M_VIEWERS, (int64_t)in->viewers);
	put(&v, M_FOLLOWS, (int64_t)in->follows);
	for (size_t m = 0; err == 0 && m < METRICS; m++) {
		if (rows[m].help != NULL)
			first = m;
		if (!v.set[m])
			continue;
		if (headed != first)
			err = head(out, (enum metric)first);
		headed = first;
		if (err == 0)
			err = line(out, (enum metric)m, v.is[m]);
	}
	return err != 0 || in->counters == NULL ? err : write_dns(out, in->counters);
}
