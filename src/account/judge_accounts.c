/* Which accounts were stolen?
 *
 * 1. A login proves nothing: what tells is that the account does what it never
 *    did.  A jump (result.h) alone may be a mailing that was meant; with it
 *    come signs of another hand, each worth points: networks and countries it
 *    never used, sender names that are not its own, guessed passwords, many
 *    unknown recipients.
 * 2. Without a past in the log there is no "unlike before": signs must be
 *    plainer, and what is merely much is undecided (bulk mailer or thief).
 *    Much is what is unlike the other accounts, and the account's own days
 *    after: of a log of two days half of the accounts have the busiest first. */

#include "account/judge_body.h"

enum {
	GUESSED_LEAST = 10,	/* failed logins of that account: more than a forgotten password */
	BOUNCED_PERCENT = 10,	/* bought lists bounce so, address books do not */
	VOLUME = 5 * ACCOUNT_JUMP,
	FAR = 5 * ACCOUNT_TIMES,	/* times its busiest day: no newsletter of a person's */
	HOLDS_JUMP = 2, HOLDS_NO_PAST = 4,	/* points */
	OTHERS_LEAST = 5,	/* accounts, from which on they say what is usual */
	TOLD = 2,		/* accounts whose reasons are told one by one */
};

enum sign {
	NETWORKS_NEW, COUNTRIES_NEW, NETWORKS, COUNTRIES, SENDERS, GUESSED, BOUNCED, MUCH, TIMES, SIGN_N
};

struct rule {
	enum sign	sign;
	uint64_t	least;
	unsigned	points;
	bool		hand;		/* speaks for another hand, not for much alone */
	enum judge_tag	tag;		/* JUDGE_TAG_N: needs no reason of its own */
};

/* After a jump.  One new network is any new lease of a home's address. */
static const struct rule jumped[] = {
	{ NETWORKS_NEW,  1, 1, true,  JUDGE_ACCOUNT_NEW_NETWORKS },
	{ NETWORKS_NEW,  2, 1, true,  JUDGE_TAG_N },
	{ COUNTRIES_NEW, 1, 2, true,  JUDGE_ACCOUNT_NEW_COUNTRIES },
	{ SENDERS,       3, 2, true,  JUDGE_ACCOUNT_MANY_SENDERS },
	{ GUESSED, GUESSED_LEAST, 1, true, JUDGE_ACCOUNT_GUESSED },
	{ BOUNCED, BOUNCED_PERCENT, 1, false, JUDGE_ACCOUNT_MANY_BOUNCED },
	{ MUCH, VOLUME, 1, false, JUDGE_TAG_N },
	{ TIMES, FAR, 1, false, JUDGE_TAG_N },
};

/* Without a past: a person has a telephone, a home, an office and a train. */
static const struct rule no_past[] = {
	{ NETWORKS,  5, 2, true, JUDGE_ACCOUNT_MANY_NETWORKS },
	{ COUNTRIES, 3, 2, true, JUDGE_ACCOUNT_MANY_COUNTRIES },
	{ SENDERS,   5, 2, true, JUDGE_ACCOUNT_MANY_SENDERS },
	{ GUESSED, GUESSED_LEAST, 1, true, JUDGE_ACCOUNT_GUESSED },
	{ BOUNCED, BOUNCED_PERCENT, 1, false, JUDGE_ACCOUNT_MANY_BOUNCED },
	{ MUCH, VOLUME, 1, false, JUDGE_TAG_N },
};

static void
measure(uint64_t m[SIGN_N], const struct account_row *row)
{
	const struct account_past *p = row->past;
	const struct account_count *n = account_row_n(row, ACCOUNT_SUBMITTED);

	m[NETWORKS_NEW] = p->networks_new;
	m[COUNTRIES_NEW] = p->countries_new;
	m[NETWORKS] = p->networks;
	m[COUNTRIES] = p->countries;
	m[SENDERS] = p->senders;
	m[GUESSED] = row->logins_failed;
	m[BOUNCED] = judge_percent(n->bounced, n->recipients);
	m[MUCH] = p->day;
	m[TIMES] = p->day / (p->usual > 0 ? p->usual : 1);
}

struct score {
	unsigned	points;
	bool		hand;
};

static struct score
weigh(const uint64_t m[SIGN_N], const struct rule *rules, size_t n)
{
	struct score s = { 0, false };

	for (size_t i = 0; i < n; i++) {
		if (m[rules[i].sign] < rules[i].least)
			continue;
		s.points += rules[i].points;
		s.hand |= rules[i].hand;
	}
	return s;
}

static struct account_reason *
say(struct judging *j, enum account_cause cause, enum judge_tag tag, const struct account_row *row)
{
	struct account_reason *why = judge_say(j, cause, tag);

	why->text[0] = row->name;
	why->when[0] = row->past->day_first;
	why->when[1] = row->past->day_last;
	return why;
}

static void
say_signs(struct judging *j, const struct account_row *row, const uint64_t m[SIGN_N],
    const struct rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct account_reason *why;

		if (m[rules[i].sign] < rules[i].least || rules[i].tag == JUDGE_TAG_N)
			continue;
		why = say(j, ACCOUNT_STOLEN_ACCOUNT, rules[i].tag, row);
		why->number[0] = m[rules[i].sign];
		why->number[1] = row->past->networks;
		if (rules[i].sign == BOUNCED) {
			why->number[0] = account_row_n(row, ACCOUNT_SUBMITTED)->bounced;
			why->number[1] = account_row_n(row, ACCOUNT_SUBMITTED)->recipients;
		}
	}
}

static void
say_jump(struct judging *j, const struct account_row *row)
{
	enum judge_tag tag = row->past->later ? JUDGE_ACCOUNT_LATER : JUDGE_ACCOUNT_BURST;
	struct account_reason *why = say(j, ACCOUNT_STOLEN_ACCOUNT, tag, row);

	why->number[0] = row->past->later ? row->past->strange.recipients : row->past->day;
	why->number[1] = row->past->usual;
	why->number[2] = row->past->later ? row->past->networks_new : row->past->days;
}

/* For its mail by networks that it never used before. */
static void
hold(struct judging *j, const struct account_row *row)
{
	const struct account_when *first, *last;
	const struct account_count *n = judge_since(row, ACCOUNT_SUBMITTED, &first, &last);

	judge_hold(j, ACCOUNT_STOLEN_ACCOUNT, n, first, last);
	judge_who(j, ACCOUNT_STOLEN_ACCOUNT, row->name);
}

static void
ask(struct judging *j, const struct account_row *row, enum judge_tag tag)
{
	struct account_reason *why = say(j, ACCOUNT_UNDECIDED, tag, row);

	why->number[0] = row->past->day;
	why->number[1] = tag == JUDGE_ACCOUNT_NO_PAST ? row->past->networks : row->past->usual;
	judge_hold(j, ACCOUNT_UNDECIDED, account_row_n(row, ACCOUNT_SUBMITTED), &row->first, &row->last);
	judge_who(j, ACCOUNT_UNDECIDED, row->name);
}

/* Rule 1. */
static void
judge_jump(struct judging *j, const struct account_row *row, const uint64_t m[SIGN_N])
{
	size_t n = sizeof(jumped) / sizeof(jumped[0]);
	struct score s = weigh(m, jumped, n);

	if (!s.hand || s.points < HOLDS_JUMP) {
		ask(j, row, JUDGE_ACCOUNT_BURST_USUAL);
		return;
	}
	hold(j, row);
	if (j->on[ACCOUNT_STOLEN_ACCOUNT].n_who > TOLD)
		return;
	say_jump(j, row);
	say_signs(j, row, m, jumped, n);
	if (row->past->networks_new == 0)
		say(j, ACCOUNT_STOLEN_ACCOUNT, JUDGE_ACCOUNT_USUAL_NETWORKS, row)->number[0] =
		    row->past->networks;
}

/* The busiest day, before a jump. */
static uint64_t
usual_of(const struct account_past *p)
{
	return p->days > 0 ? p->usual : p->day;
}

/* Accounts that have one, and those of them whose is at most day. */
static size_t
count_usual(size_t *upto, const struct account_table *t, uint64_t day)
{
	size_t n = 0;

	*upto = 0;
	for (size_t i = 0; i < t->n; i++) {
		uint64_t usual = usual_of(t->row[i].past);

		n += usual > 0;
		*upto += usual > 0 && usual <= day;
	}
	return n;
}

/* From how many recipients in a day an account without a past is asked about:
 * a jump from the median of what is usual for all. */
static uint64_t
much_for(const struct account_table *t)
{
	uint64_t low = 1, high = UINT32_MAX;
	size_t upto;

	if (count_usual(&upto, t, high) < OTHERS_LEAST)
		return ACCOUNT_JUMP;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		size_t n = count_usual(&upto, t, middle);

		if (2 * upto >= n)
			high = middle;
		else
			low = middle + 1;
	}
	return low * ACCOUNT_TIMES > ACCOUNT_JUMP ? low * ACCOUNT_TIMES : ACCOUNT_JUMP;
}

/* As much on other days, with nothing that speaks for another hand. */
static bool
is_steady(const struct account_row *row, bool hand)
{
	uint64_t day = row->past->day, all = account_row_n(row, ACCOUNT_SUBMITTED)->recipients;

	return !hand && day < VOLUME && all >= day + day / 2;
}

/* Rule 2. */
static void
judge_no_past(struct judging *j, const struct account_row *row, const uint64_t m[SIGN_N],
    uint64_t much)
{
	size_t n = sizeof(no_past) / sizeof(no_past[0]);
	struct score s = weigh(m, no_past, n);

	if (!s.hand || s.points < HOLDS_NO_PAST) {
		if (row->past->day >= much && !is_steady(row, s.hand))
			ask(j, row, JUDGE_ACCOUNT_NO_PAST);
		return;
	}
	hold(j, row);
	if (j->on[ACCOUNT_STOLEN_ACCOUNT].n_who <= TOLD)
		say_signs(j, row, m, no_past, n);
}

/* Logins whose names the log does not have: whose was it? */
static void
judge_unknown(struct judging *j, const struct account_row *row, uint64_t much)
{
	if (row->burst || (row->past->days == 0 && row->past->day >= much && !is_steady(row, false)))
		ask(j, row, JUDGE_ACCOUNT_UNKNOWN);
}

void
judge_accounts(struct judging *j)
{
	const struct account_table *t = &j->r->table[ACCOUNT_BY_ACCOUNT];
	uint64_t much = much_for(t);

	for (size_t i = 0; i < t->n; i++) {
		struct account_row *row = &t->row[i];
		uint64_t m[SIGN_N];

		row->burst = judge_jumped(row->past);
		if (account_row_n(row, ACCOUNT_SUBMITTED)->recipients == 0)
			continue;
		measure(m, row);
		if (row->name.n == 0)
			judge_unknown(j, row, much);
		else if (row->burst)
			judge_jump(j, row, m);
		else if (row->past->days == 0 && row->past->day >= ACCOUNT_JUMP)
			judge_no_past(j, row, m, much);
	}
}
