#include "tool/account_alert.h"

#include <string.h>

#include "account/row.h"
#include "base/i18n.h"
#include "tool/account_text.h"
#include "tool/words.h"

/* What is seen of one that may be on. */
struct seen {
	enum account_alert_kind	kind;
	const char		*key;	/* "" for relaying */
	struct str		 who;
	struct account_when	 first, last;
	uint64_t		 messages, recipients;
};

struct step {
	struct account_alert_state	*s;
	const struct account_result	*r;
	int64_t				 now_s;
	struct account_alert		*out;
	size_t				 n, cap;
};

static struct account_alert_one *
find(struct account_alert_state *s, enum account_alert_kind kind, const char *key)
{
	struct account_alert_one *one;
	size_t at = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->one[i].kind == kind && strcmp(s->one[i].who, key) == 0)
			return &s->one[i];
	if (s->n < ACCOUNT_ALERTS)
		at = s->n++;
	else
		while (at < s->n && s->one[at].on)
			at++;
	if (at == ACCOUNT_ALERTS)
		return NULL;
	one = &s->one[at];
	*one = (struct account_alert_one){ .kind = kind };
	snprintf(one->who, sizeof(one->who), "%s", key);
	return one;
}

static void
tell(struct step *t, const struct account_alert_one *one, const struct seen *n, bool over)
{
	struct account_alert *a = &t->out[t->n++];

	*a = (struct account_alert){ .kind = n->kind, .over = over, .first_s = one->first.s,
	    .last_s = n->last.s, .now_s = t->now_s, .line = one->first.where.line,
	    .messages = n->messages - one->messages, .recipients = n->recipients - one->recipients };
	words_safe(a->who, sizeof(a->who), n->who);
	if (one->first.where.file < t->r->n_files)
		words_safe(a->file, sizeof(a->file), t->r->file[one->first.where.file].name);
}

static void
begin(struct step *t, struct account_alert_one *one, const struct seen *n)
{
	/* of a second time the first line is not kept: the newest is near enough */
	one->first = one->last_s == 0 ? n->first : n->last;
	one->on = true;
	tell(t, one, n, false);
}

static void
end(struct step *t, struct account_alert_one *one, const struct seen *n)
{
	tell(t, one, n, true);
	one->on = false;
	one->messages = n->messages;
	one->recipients = n->recipients;
}

static void
look(struct step *t, const struct seen *n)
{
	struct account_alert_one *one = find(t->s, n->kind, n->key);
	bool quiet = t->now_s - n->last.s >= ACCOUNT_ALERT_QUIET_S;

	if (one == NULL || t->n == t->cap)
		return;
	if (!one->on && !quiet && n->last.s > one->last_s)
		begin(t, one, n);
	else if (one->on && quiet)
		end(t, one, n);
	else if (!one->on && quiet && one->last_s == 0) {
		/* it was over before we looked */
		one->messages = n->messages;
		one->recipients = n->recipients;
	}
	one->last_s = n->last.s;
}

static void
look_relay(struct step *t)
{
	const struct account_result *r = t->r;
	const struct account_table *clients = &r->table[ACCOUNT_BY_CLIENT];
	struct seen n = { .kind = ACCOUNT_ALERT_RELAY, .key = "",
	    .last = r->class_last[ACCOUNT_RELAYED], .messages = r->n[ACCOUNT_RELAYED].messages,
	    .recipients = r->n[ACCOUNT_RELAYED].recipients };
	uint64_t most = 0;

	for (size_t i = 0; i < clients->n; i++) {
		const struct account_row *row = &clients->row[i];
		uint64_t sent = account_row_n(row, ACCOUNT_RELAYED)->recipients;

		if (sent > most) {
			most = sent;
			n.who = row->name;
		}
	}
	for (size_t i = 0; i < r->n_verdicts; i++)
		if (r->verdict[i].cause == ACCOUNT_OPEN_RELAY) {
			n.first = r->verdict[i].first;
			look(t, &n);
		}
}

/* The part that is unlike before: by networks that were never seen, where that
 * was kept, else that day. */
static void
look_row(struct step *t, enum account_alert_kind kind, const struct account_row *row)
{
	const struct account_past *p = row->past;
	char key[ACCOUNT_ALERT_WHO];
	struct seen n = { .kind = kind, .key = key, .who = row->name, .first = p->day_first,
	    .last = p->day_last, .messages = p->day, .recipients = p->day };

	words_safe(key, sizeof(key), row->name);
	if (p->strange.recipients > 0) {
		n.first = p->strange_first;
		n.last = p->strange_last;
		n.messages = p->strange.messages;
		n.recipients = p->strange.recipients;
	}
	if (n.last.where.line > 0)
		look(t, &n);
}

static void
look_table(struct step *t, enum account_alert_kind kind, enum account_axis a)
{
	const struct account_table *table = &t->r->table[a];

	for (size_t i = 0; i < table->n; i++)
		if (table->row[i].burst)
			look_row(t, kind, &table->row[i]);
}

size_t
account_alert_step(struct account_alert_state *s, const struct account_result *r,
    int64_t now_s, struct account_alert *out, size_t cap)
{
	struct step t = { .s = s, .r = r, .now_s = now_s, .out = out, .cap = cap };

	look_relay(&t);
	look_table(&t, ACCOUNT_ALERT_ACCOUNT, ACCOUNT_BY_ACCOUNT);
	look_table(&t, ACCOUNT_ALERT_LOCAL, ACCOUNT_BY_USER);
	return t.n;
}

/* --- in words --- */

static const struct {
	const char	*kind, *tag[2], *words[2];	/* begins, ends */
} kinds[ACCOUNT_ALERT_KINDS] = {
	[ACCOUNT_ALERT_RELAY] = { "relay", { "relay-begins", "relay-ends" },
	    { N_("ALERT: mail of strangers is being relayed"), N_("no more mail of strangers") } },
	[ACCOUNT_ALERT_ACCOUNT] = { "account", { "account-begins", "account-ends" },
	    { N_("ALERT: an account sends unlike before"),
	    N_("the account sends no more like that") } },
	[ACCOUNT_ALERT_LOCAL] = { "local", { "local-begins", "local-ends" },
	    { N_("ALERT: a program here sends unlike before"),
	    N_("the program sends no more like that") } },
};

const char *
account_alert_kind_tag(enum account_alert_kind k)
{
	return kinds[k].kind;
}

const char *
account_alert_tag(const struct account_alert *a)
{
	return kinds[a->kind].tag[a->over];
}

int64_t
account_alert_after_s(const struct account_alert *a)
{
	return a->now_s > a->first_s ? a->now_s - a->first_s : 0;
}

void
account_alert_text(char out[ACCOUNT_ALERT_TEXT], const struct account_alert *a)
{
	char first[WORDS_TIME], after[64], messages[32], recipients[32];

	words_time(first, a->first_s);
	account_text_span(after, a->over ? a->last_s - a->first_s : account_alert_after_s(a));
	account_text_number(messages, a->messages);
	account_text_number(recipients, a->recipients);
	snprintf(out, ACCOUNT_ALERT_TEXT, a->over ?
	    _("%s: %s; from %s (%s:%llu) during %s; messages %s, recipients %s") :
	    _("%s: %s; since %s (%s:%llu), seen %s later; messages %s, recipients %s"),
	    _(kinds[a->kind].words[a->over]), a->who[0] != '\0' ? a->who : "-", first, a->file,
	    (unsigned long long)a->line, after, messages, recipients);
}
