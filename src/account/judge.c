#include "account/judge_body.h"

#define ROW(id, side, tag) { ACCOUNT_##side, tag },
static const struct { enum account_side side; const char *tag; } reasons[] = { JUDGE_REASONS(ROW) };
#undef ROW

#define ROW(id, side, tag) tag,
const char *const account_reason_tags[] = { JUDGE_REASONS(ROW) NULL };
#undef ROW

/* The gravest first; undecided before what is legitimate. */
static const enum account_cause order[ACCOUNT_CAUSE_N] = {
	ACCOUNT_OPEN_RELAY, ACCOUNT_STOLEN_ACCOUNT, ACCOUNT_LOCAL_SCRIPT, ACCOUNT_BACKSCATTER,
	ACCOUNT_UNDECIDED, ACCOUNT_FORWARDING, ACCOUNT_NOTHING_FOUND,
};

struct account_reason *
judge_say(struct judging *j, enum account_cause cause, enum judge_tag tag)
{
	struct account_verdict *v = &j->on[cause];
	struct account_reason *reason = &j->spare;

	if (v->n_reasons < ACCOUNT_REASONS)
		reason = &v->reason[v->n_reasons++];
	*reason = (struct account_reason){ .side = reasons[tag].side, .tag = reasons[tag].tag };
	return reason;
}

static void
add(struct account_count *sum, const struct account_count *n)
{
	sum->messages += n->messages;
	sum->recipients += n->recipients;
	sum->delivered += n->delivered;
	sum->deferred += n->deferred;
	sum->bounced += n->bounced;
	sum->discarded += n->discarded;
	sum->queued += n->queued;
	sum->octets += n->octets;
	sum->attempts += n->attempts;
	sum->refused += n->refused;
}

void
judge_hold(struct judging *j, enum account_cause cause, const struct account_count *n,
    const struct account_when *first, const struct account_when *last)
{
	struct account_verdict *v = &j->on[cause];

	j->holds[cause] = true;
	add(&v->n, n);
	if (first->where.line != 0 && (v->first.where.line == 0 || first->s < v->first.s))
		v->first = *first;
	if (last->where.line != 0 && (v->last.where.line == 0 || last->s > v->last.s))
		v->last = *last;
}

void
judge_who(struct judging *j, enum account_cause cause, struct str name)
{
	struct account_verdict *v = &j->on[cause];

	if (v->n_who < sizeof(v->who) / sizeof(v->who[0]) && name.n > 0)
		v->who[v->n_who++] = name;
}

static void
more(const struct account_row **most, const struct account_row *row, enum account_class class)
{
	if (*most == NULL ||
	    account_row_n(row, class)->recipients > account_row_n(*most, class)->recipients)
		*most = row;
}

void
judge_spread(struct judge_spread *out, const struct account_table *t, enum account_class class)
{
	*out = (struct judge_spread){ .names = t->rest[class].recipients > 0 ? t->beyond : 0,
		.messages = t->rest[class].messages, .recipients = t->rest[class].recipients };
	for (size_t i = 0; i < t->n; i++) {
		const struct account_row *row = &t->row[i];
		const struct account_count *n = account_row_n(row, class);

		if (n->messages == 0 && n->recipients == 0)
			continue;
		out->names++;
		out->messages += n->messages;
		out->recipients += n->recipients;
		more(&out->top, row, class);
		if (row->name.n == 0 || row->own)
			continue;
		more(&out->top_foreign, row, class);
		out->foreign += n->recipients;
		out->foreign_names++;
	}
}

bool
judge_jumped(const struct account_past *p)
{
	uint64_t usual = p->usual > 0 ? p->usual : 1;

	return p->later ||
	    (p->days > 0 && p->day >= ACCOUNT_JUMP && p->day / ACCOUNT_TIMES >= usual);
}

const struct account_count *
judge_since(const struct account_row *row, enum account_class class, const struct account_when **first,
    const struct account_when **last)
{
	const struct account_past *p = row->past;
	bool past = p->days > 0 || p->later;
	bool apart = past && p->strange.messages > 0;

	*first = apart ? &p->strange_first : past ? &p->day_first : &row->first;
	*last = apart ? &p->strange_last : &row->last;
	return apart ? &p->strange : account_row_n(row, class);
}

unsigned
judge_percent(uint64_t part, uint64_t of)
{
	return of == 0 ? 0 : (unsigned)((double)part * 100 / (double)of);
}

void
account_judge(struct account_result *r, const struct account_own *own)
{
	struct judging j = { .r = r, .own = own };

	judge_relay(&j);
	judge_accounts(&j);
	judge_local(&j);
	judge_rest(&j);
	r->n_verdicts = 0;
	for (size_t i = 0; i < ACCOUNT_CAUSE_N; i++) {
		j.on[order[i]].cause = order[i];
		if (j.holds[order[i]])
			r->verdict[r->n_verdicts++] = j.on[order[i]];
	}
}
