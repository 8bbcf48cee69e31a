/* What is left: notices, forwarding, and whether nothing was found or too much
 * is missing to say so. */

#include "account/judge_body.h"

enum {
	/* Every server that takes mail for others returns some; a server that
	 * accepts what it cannot deliver returns much of what it receives. */
	NOTICES_LEAST = 10, NOTICES_PERCENT = 5,
	NOTICES_DOMAINS = 5,	/* of them, while nobody said which domains are ours */
	UNTOLD_PERCENT = 5,	/* a log that begins in the middle has a queue's worth of them */
	LOST_PERCENT = 10,
};

/* Notices that mail for ours can have made: what was relayed, submitted or
 * scripted and bounced, made others, which are that verdict's damage. */
static uint64_t
count_notices(const struct account_result *r)
{
	uint64_t made = r->n[ACCOUNT_RECEIVED].bounced + r->n[ACCOUNT_FORWARDED].bounced;
	uint64_t sent = r->n[ACCOUNT_NOTICED].messages;

	return made < sent ? made : sent;
}

/* What was accepted for ours and bounced, was returned: where to? */
static void
judge_unseen(struct judging *j, uint64_t notices)
{
	const struct account_count *n = &j->r->n[ACCOUNT_RECEIVED];
	struct account_reason *why;

	if (n->bounced < NOTICES_LEAST + notices || judge_percent(n->bounced, n->messages) < NOTICES_PERCENT)
		return;
	why = judge_say(j, ACCOUNT_UNDECIDED, JUDGE_NOTICES_UNSEEN);
	why->number[0] = n->bounced;
	judge_hold(j, ACCOUNT_UNDECIDED, n, &j->r->class_first[ACCOUNT_RECEIVED],
	    &j->r->class_last[ACCOUNT_RECEIVED]);
}

static void
judge_notices(struct judging *j)
{
	const struct account_count *n = &j->r->n[ACCOUNT_NOTICED];
	uint64_t received = j->r->n[ACCOUNT_RECEIVED].messages, notices = count_notices(j->r);
	const struct account_when *first = &j->r->class_first[ACCOUNT_NOTICED];
	struct judge_spread domain;
	struct account_reason *why;

	judge_spread(&domain, &j->r->table[ACCOUNT_BY_DOMAIN], ACCOUNT_NOTICED);
	if (notices < NOTICES_LEAST || judge_percent(notices, received) < NOTICES_PERCENT) {
		judge_unseen(j, n->messages);
		return;
	}
	if (!account_own_knows_domains(j->own) && domain.names < NOTICES_DOMAINS) {
		why = judge_say(j, ACCOUNT_UNDECIDED, JUDGE_GIVE_OWN_DOMAIN);
		why->number[0] = n->recipients;
		why->number[1] = domain.names;
		why->text[0] = domain.top == NULL ? STR("") : domain.top->name;
		judge_hold(j, ACCOUNT_UNDECIDED, n, first, &j->r->class_last[ACCOUNT_NOTICED]);
		return;
	}
	judge_hold(j, ACCOUNT_BACKSCATTER, n, first, &j->r->class_last[ACCOUNT_NOTICED]);
	why = judge_say(j, ACCOUNT_BACKSCATTER, JUDGE_NOTICES_SENT);
	why->number[0] = n->messages;
	why->number[1] = domain.names;
	why->when[0] = *first;
	why->when[1] = j->r->class_last[ACCOUNT_NOTICED];
	why->line = j->r->line_first[ACCOUNT_NOTICED];
}

static void
judge_forwarding(struct judging *j)
{
	const struct account_count *n = &j->r->n[ACCOUNT_FORWARDED];
	struct account_reason *why;

	if (n->recipients == 0)
		return;
	judge_hold(j, ACCOUNT_FORWARDING, n, &j->r->class_first[ACCOUNT_FORWARDED],
	    &j->r->class_last[ACCOUNT_FORWARDED]);
	why = judge_say(j, ACCOUNT_FORWARDING, JUDGE_FORWARDED);
	why->number[0] = n->messages;
	why->number[1] = n->recipients;
	why->when[0] = j->r->class_first[ACCOUNT_FORWARDED];
	why->when[1] = j->r->class_last[ACCOUNT_FORWARDED];
	why->line = j->r->line_first[ACCOUNT_FORWARDED];
}

static void
missing(struct judging *j, enum judge_tag tag, uint64_t n0, uint64_t n1,
    const struct account_when *when, const struct account_count *n, const struct account_when *last)
{
	struct account_reason *why = judge_say(j, ACCOUNT_UNDECIDED, tag);

	why->number[0] = n0;
	why->number[1] = n1;
	why->when[0] = *when;
	judge_hold(j, ACCOUNT_UNDECIDED, n, when, last);
}

/* Messages, at least, that are in no class: the log says nothing of their
 * recipients. */
static uint64_t
count_unclassed(const struct account_result *r)
{
	uint64_t classed = 0;

	for (size_t i = 0; i < ACCOUNT_CLASS_N; i++)
		classed += r->n[i].messages;
	return r->total.messages > classed ? r->total.messages - classed : 0;
}

/* Too little is left of the log to say that nothing was found. */
static void
judge_missing(struct judging *j)
{
	const struct account_result *r = j->r;
	const struct account_count *untold = &r->n[ACCOUNT_UNTOLD], none = { 0 };
	uint64_t lost = r->gap_n[ACCOUNT_GAP_RATE_LIMIT], unclassed = count_unclassed(r);

	if (r->lines_mail == 0)
		missing(j, JUDGE_NO_MAIL_LINES, r->lines, 0, &r->first, &none, &r->last);
	if (untold->messages > 0 &&
	    judge_percent(untold->recipients, r->total.recipients) >= UNTOLD_PERCENT) {
		missing(j, JUDGE_ORIGIN_UNKNOWN, untold->messages, untold->recipients,
		    &r->class_first[ACCOUNT_UNTOLD], untold, &r->class_last[ACCOUNT_UNTOLD]);
		j->on[ACCOUNT_UNDECIDED].reason[j->on[ACCOUNT_UNDECIDED].n_reasons - 1].line =
		    r->line_first[ACCOUNT_UNTOLD];
	}
	if (unclassed > 0 && judge_percent(unclassed, r->total.messages) >= UNTOLD_PERCENT)
		missing(j, JUDGE_RECIPIENTS_UNKNOWN, unclassed, 0, &r->first, &none, &r->last);
	if (lost > 0 && judge_percent(lost, r->lines + lost) >= LOST_PERCENT)
		missing(j, JUDGE_LINES_LOST, lost, 0, &r->gap[ACCOUNT_GAP_RATE_LIMIT], &none, &r->last);
}

static void
say(struct judging *j, enum judge_tag tag, uint64_t n0, uint64_t n1,
    const struct account_when *first, const struct account_when *last)
{
	static const struct account_when never;
	struct account_reason *why;

	if (n0 == 0)
		return;
	why = judge_say(j, ACCOUNT_NOTHING_FOUND, tag);
	why->number[0] = n0;
	why->number[1] = n1;
	why->when[0] = first == NULL ? never : *first;
	why->when[1] = last == NULL ? never : *last;
}

static uint64_t
count_accounts(const struct account_result *r)
{
	struct judge_spread s;

	judge_spread(&s, &r->table[ACCOUNT_BY_ACCOUNT], ACCOUNT_SUBMITTED);
	return s.names;
}

static void
nothing_found(struct judging *j)
{
	const struct account_result *r = j->r;

	judge_hold(j, ACCOUNT_NOTHING_FOUND, &r->total, &r->first, &r->last);
	say(j, JUDGE_ONLY_OURS, r->n[ACCOUNT_RECEIVED].recipients, 0,
	    &r->class_first[ACCOUNT_RECEIVED], &r->class_last[ACCOUNT_RECEIVED]);
	say(j, JUDGE_SUBMITTED_AS_USUAL, count_accounts(r), r->n[ACCOUNT_SUBMITTED].recipients,
	    &r->class_first[ACCOUNT_SUBMITTED], &r->class_last[ACCOUNT_SUBMITTED]);
	say(j, JUDGE_INSIDE_AS_USUAL, r->n[ACCOUNT_INSIDE_OUT].recipients +
	    r->n[ACCOUNT_SCRIPTED].recipients, 0, NULL, NULL);
	say(j, JUDGE_RELAY_REFUSED, r->relay_refused, 0, &r->relay_refused_first, &r->relay_refused_last);
	if (r->total.messages == 0)
		say(j, JUDGE_NO_MESSAGE, r->lines, 0, NULL, NULL);
	/* a gateway's domains and an open relay's victims behind a smarthost look
	 * alike where they are few */
	if (!account_own_knows_domains(j->own))
		say(j, JUDGE_OWN_DOMAINS_LEARNED, r->n_own_domains, 0, NULL, NULL);
	say(j, JUDGE_NOTICES_FEW, r->n[ACCOUNT_NOTICED].messages, 0,
	    &r->class_first[ACCOUNT_NOTICED], &r->class_last[ACCOUNT_NOTICED]);
	say(j, JUDGE_UNTOLD_FEW, r->n[ACCOUNT_UNTOLD].recipients, 0,
	    &r->class_first[ACCOUNT_UNTOLD], &r->class_last[ACCOUNT_UNTOLD]);
	say(j, JUDGE_SOME_LINES_LOST, r->gap_n[ACCOUNT_GAP_RATE_LIMIT], 0,
	    &r->gap[ACCOUNT_GAP_RATE_LIMIT], NULL);
}

void
judge_rest(struct judging *j)
{
	judge_notices(j);
	judge_forwarding(j);
	if (j->holds[ACCOUNT_OPEN_RELAY] || j->holds[ACCOUNT_STOLEN_ACCOUNT] ||
	    j->holds[ACCOUNT_LOCAL_SCRIPT])
		return;
	judge_missing(j);
	if (!j->holds[ACCOUNT_BACKSCATTER] && !j->holds[ACCOUNT_UNDECIDED])
		nothing_found(j);
}
