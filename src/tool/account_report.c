#include "tool/account_report.h"

#include <string.h>

#include "account/row.h"
#include "base/i18n.h"
#include "tool/account_text.h"
#include "tool/account_words.h"
#include "tool/paper.h"

enum { NAMES = 5, EDGE_S = 3600, TEXT = ACCOUNT_TEXT * 2 };

struct draft {
	struct paper			p;
	const struct account_result	*r;
};

/* Conservative: what happened, not whose fault it was. */
static const char *const summaries[ACCOUNT_CAUSE_N] = {
	[ACCOUNT_OPEN_RELAY] = N_("Our mail server could be used by third parties to pass on mail, and mail was passed on through it."),
	[ACCOUNT_STOLEN_ACCOUNT] = N_("The credentials of a mail account may have been used by a third party, and mail was sent to the outside with that account."),
	[ACCOUNT_LOCAL_SCRIPT] = N_("A program on our server sent mail to the outside that we did not mean to send; by whom it was made to do so is being examined."),
	[ACCOUNT_BACKSCATTER] = N_("Our mail server sent notices (error mails) to outside addresses that may not have been the senders."),
	[ACCOUNT_FORWARDING] = N_("Mail to our addresses went on to outside addresses as configured; by itself that is no misuse."),
	[ACCOUNT_NOTHING_FOUND] = N_("In the logs that were examined no use by third parties was found."),
	[ACCOUNT_UNDECIDED] = N_("The logs that were examined do not tell whether third parties used our mail server."),
};

/* "[to decide] ...": what only a person can know. */
static void
decide(struct draft *d, const char *text)
{
	char line[TEXT];

	snprintf(line, sizeof(line), "%s %s", _("[to decide]"), text);
	paper_line(&d->p, line);
}

static void
decide_pair(struct draft *d, const char *label, const char *text)
{
	char line[TEXT];

	snprintf(line, sizeof(line), "%s %s", _("[to decide]"), text);
	paper_pair(&d->p, label, line);
}

static void
pair_when(struct draft *d, const char *label, struct account_when w)
{
	char when[WORDS_TIME];

	if (w.where.line == 0)
		return;
	words_time(when, w.s);
	paper_pair(&d->p, label, when);
}

static bool
is_incident(const struct account_verdict *v)
{
	return account_words_is_abuse(v->cause) || v->cause == ACCOUNT_BACKSCATTER;
}

/* --- 1: what happened --- */

static bool
any_incident(const struct account_result *r)
{
	for (size_t i = 0; i < r->n_verdicts; i++)
		if (is_incident(&r->verdict[i]))
			return true;
	return false;
}

static void
summary(struct draft *d)
{
	const struct account_result *r = d->r;
	bool any = any_incident(r);

	paper_heading(&d->p, _("1. Summary"));
	for (size_t i = 0; i < r->n_verdicts; i++)
		if (!any || is_incident(&r->verdict[i]))
			paper_line(&d->p, _(summaries[r->verdict[i].cause]));
	if (r->n_verdicts == 0)
		paper_line(&d->p, _(summaries[ACCOUNT_UNDECIDED]));
	decide(d, _("how and when it was noticed, and by whom"));
}

/* --- 2: figures --- */

/* The hour with the most messages of a class. */
static void
peak(struct draft *d, enum account_class c)
{
	const struct account_hour *most = NULL;
	char number[64], when[WORDS_TIME], text[TEXT];

	for (size_t i = 0; c < ACCOUNT_CLASS_N && i < d->r->n_hours; i++)
		if (d->r->hour[i].messages[c] > (most == NULL ? 0 : most->messages[c]))
			most = &d->r->hour[i];
	if (most == NULL)
		return;
	account_text_least(number, most->messages[c], d->r->at_least);
	words_time(when, most->s);
	snprintf(text, sizeof(text), _("%s, from %s"), number, when);
	paper_pair(&d->p, _("messages in the busiest hour"), text);
}

static void
counts(struct draft *d, const struct account_count *n)
{
	char text[TEXT];

	for (size_t i = 0; i < ACCOUNT_WORDS_COUNTS; i++)
		if (account_text_count(text, n, i, d->r->at_least))
			paper_pair(&d->p, _(account_words_count[i].words), text);
}

/* The rows with the most recipients of the class, most first.  Returns how many
 * have any. */
static uint64_t
top(const struct account_row *row[NAMES], const struct account_table *t, enum account_class c)
{
	uint64_t any = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct account_row *one = &t->row[i];
		uint64_t n = account_row_n(one, c)->recipients;

		any += n > 0;
		for (size_t k = 0; k < NAMES && n > 0; k++) {
			const struct account_row *less = row[k];
			uint64_t of = less == NULL ? 0 : account_row_n(less, c)->recipients;

			if (of >= n)
				continue;
			row[k] = one;
			one = less;
			n = of;
		}
	}
	return any;
}

static void
names(struct draft *d, enum account_axis a, enum account_class c, const char *label)
{
	const struct account_table *t = &d->r->table[a];
	const struct account_row *row[NAMES] = { NULL };
	bool beyond = t->rest[c].recipients > 0;
	uint64_t n = top(row, t, c) + (beyond ? t->beyond : 0);
	char text[TEXT], name[104], number[64];
	size_t len = 0;

	if (n == 0)
		return;
	account_text_least(number, n, beyond || d->r->at_least);
	paper_pair(&d->p, label, number);
	for (size_t k = 0; k < NAMES && row[k] != NULL; k++) {
		words_safe(name, sizeof(name), row[k]->name.n > 0 ? row[k]->name :
		    str_of(account_words_long(ACCOUNT_WORDS_AXIS, a)));
		account_text_number(number, account_row_n(row[k], c)->recipients);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s (%s)",
		    len > 0 ? ", " : "", name, number);
	}
	if (len > 0)
		paper_pair(&d->p, _("of these with the most recipients"), text);
}

static void
figures_of(struct draft *d, const struct account_verdict *v)
{
	enum account_class c = account_words_class_of(v->cause);
	char during[64];

	paper_section(&d->p, account_words_name(ACCOUNT_WORDS_CAUSE, v->cause));
	pair_when(d, _("first"), v->first);
	pair_when(d, _("last"), v->last);
	account_text_span(during, v->last.s - v->first.s);
	if (v->last.s > v->first.s)
		paper_pair(&d->p, _("during"), during);
	counts(d, &v->n);
	peak(d, c);
	if (c >= ACCOUNT_CLASS_N)
		return;
	names(d, ACCOUNT_BY_DOMAIN, c, _("destination domains"));
	names(d, ACCOUNT_BY_TLD, c, _("destination top-level domains"));
	names(d, ACCOUNT_BY_COUNTRY, c, _("countries of clients"));
}

static void
figures(struct draft *d)
{
	size_t n = 0;

	paper_heading(&d->p, _("2. What the logs show"));
	for (size_t i = 0; i < d->r->n_verdicts; i++)
		if (is_incident(&d->r->verdict[i])) {
			figures_of(d, &d->r->verdict[i]);
			n++;
		}
	if (n == 0) {
		paper_section(&d->p, _("Everything"));
		pair_when(d, _("first"), d->r->first);
		pair_when(d, _("last"), d->r->last);
		counts(d, &d->r->total);
	}
	decide(d, _("whether addresses of clients, names of accounts and destinations are published at all: they are left out of this chapter where they could name a person"));
}

/* --- 3 to 5: cause, effect, what was done --- */

static void
cause(struct draft *d)
{
	paper_heading(&d->p, _("3. Cause"));
	paper_line(&d->p, _("Under examination. What speaks for each finding stands in the appendix."));
	decide(d, _("the setting, change or password that made it possible; since when; who found it"));
}

static void
effects(struct draft *d)
{
	const struct account_result *r = d->r;
	char text[TEXT], list[200], number[32], when[WORDS_TIME];

	paper_heading(&d->p, _("4. Effects"));
	paper_line(&d->p, _("Logs of a mail server do not hold the content of mails: whether personal data was concerned cannot be told from them."));
	for (size_t i = 0; i < r->n_listings && i < NAMES; i++) {
		const struct account_listing *l = &r->listing[i];

		words_safe(list, sizeof(list), l->list);
		account_text_number(number, l->replies);
		words_time(when, l->last.s);
		snprintf(text, sizeof(text), _("Destinations refused mail of this server and named a blocklist: %s, refusals: %s, the last at %s. Mail of our own users may have been refused too."),
		    list[0] != '\0' ? list : _("(no list was named)"), number, when);
		paper_line(&d->p, text);
	}
	decide(d, _("personal data, mail that did not arrive, other services"));
}

static void
done(struct draft *d)
{
	char text[TEXT], when[WORDS_TIME];

	paper_heading(&d->p, _("5. What was done"));
	for (size_t i = 0; i < d->r->n_verdicts; i++) {
		const struct account_verdict *v = &d->r->verdict[i];

		if (!is_incident(v))
			continue;
		if (v->refused_first.where.line > 0) {
			words_time(when, v->refused_first.s);
			snprintf(text, sizeof(text), _("%s: the logs show such attempts refused since %s."),
			    account_words_name(ACCOUNT_WORDS_CAUSE, v->cause), when);
		} else
			snprintf(text, sizeof(text), _("%s: the logs show no refusal afterwards; that it is over is not shown by them."),
			    account_words_name(ACCOUNT_WORDS_CAUSE, v->cause));
		paper_line(&d->p, text);
	}
	decide(d, _("what was stopped, changed or locked, at which time, by whom; whether a relay test was made afterwards (sekimori probe, sekimori gate)"));
}

/* --- 6: what is not known --- */

/* Does it begin or end with the logs, so that there may be more? */
static void
edges(struct draft *d, const struct account_verdict *v)
{
	const char *name = account_words_name(ACCOUNT_WORDS_CAUSE, v->cause);
	char text[TEXT];

	if (v->first.s - d->r->first.s < EDGE_S) {
		snprintf(text, sizeof(text), _("%s: it may have begun before the logs that were examined begin."), name);
		paper_line(&d->p, text);
	}
	if (d->r->last.s - v->last.s < EDGE_S) {
		snprintf(text, sizeof(text), _("%s: it may have gone on after the logs that were examined end."), name);
		paper_line(&d->p, text);
	}
}

/* Those name accounts and networks. */
static bool
has_questions(const struct account_verdict *v)
{
	for (size_t i = 0; i < v->n_reasons; i++)
		if (v->reason[i].side == ACCOUNT_MISSING)
			return true;
	return false;
}

static void
not_known(struct draft *d)
{
	const struct account_result *r = d->r;
	char text[TEXT], number[32];
	bool questions = false;

	paper_heading(&d->p, _("6. What is not known"));
	for (size_t g = 0; g < ACCOUNT_GAP_N; g++)
		if (r->gap_n[g] > 0 || r->gap[g].where.line > 0) {
			account_text_number(number, r->gap_n[g]);
			snprintf(text, sizeof(text), _("All numbers are lower bounds: %s: %s"),
			    account_words_name(ACCOUNT_WORDS_GAP, g), number);
			paper_line(&d->p, text);
		}
	for (size_t i = 0; i < r->n_verdicts; i++) {
		if (is_incident(&r->verdict[i]))
			edges(d, &r->verdict[i]);
		questions = questions || has_questions(&r->verdict[i]);
	}
	if (questions)
		decide(d, _("the questions that the logs left open: they stand in the appendix (\"would decide\")"));
	decide(d, _("other servers and logs that were not examined"));
}

/* --- 7 to 9: what comes, whom to tell --- */

static void
to_come(struct draft *d)
{
	paper_heading(&d->p, _("7. Prevention of recurrence"));
	decide(d, _("measures, and by when; for a relay: a relay test after every change, by a second person"));
	paper_heading(&d->p, _("8. Next report and contact"));
	decide_pair(d, _("next report"), _("date"));
	decide_pair(d, _("contact"), _("department, telephone, mail address"));
}

static void
whom_to_tell(struct draft *d)
{
	static const char *const rows[] = {
		N_("those responsible in one's own organisation, and its incident team"),
		N_("the supervising body or the coordinator of its field (in Japan a ministry, the prefecture, J-LIS for municipalities)"),
		N_("the national CSIRT (in Japan JPCERT/CC): with times and logs, above all when many or foreign addresses took part"),
		N_("the police, where a crime is suspected; keep the logs unchanged"),
		N_("the authority for data protection, only if personal data may have leaked"),
		N_("the persons whose accounts were used, and one's own users whose mail was refused"),
		N_("the blocklists that are named above: ask for removal after the cause is gone"),
	};

	paper_heading(&d->p, _("9. Whom to tell (not for publication)"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		decide(d, _(rows[i]));
}

/* --- appendix --- */

static void
evidence(struct draft *d, const struct account_verdict *v)
{
	char text[TEXT];

	paper_section(&d->p, account_words_name(ACCOUNT_WORDS_CAUSE, v->cause));
	account_text_when(text, d->r, v->first);
	paper_pair(&d->p, _("first"), text);
	account_text_when(text, d->r, v->last);
	paper_pair(&d->p, _("last"), text);
	account_text_when(text, d->r, v->refused_first);
	if (v->refused_first.where.line > 0)
		paper_pair(&d->p, _("refused since"), text);
	account_text_who(text, v);
	if (text[0] != '\0')
		paper_pair(&d->p, account_words_who(v->cause), text);
	for (size_t i = 0; i < v->n_reasons; i++) {
		char safe[ACCOUNT_QUOTE * 4 + 4];

		account_text_reason(text, d->r, &v->reason[i]);
		paper_pair(&d->p, account_words_name(ACCOUNT_WORDS_SIDE, v->reason[i].side), text);
		words_safe(safe, sizeof(safe), v->reason[i].line);
		if (safe[0] != '\0')
			paper_pair(&d->p, _("line of the log"), safe);
	}
}

static void
own(struct draft *d)
{
	char text[TEXT], number[32];

	account_text_number(number, d->r->n_own_nets);
	snprintf(text, sizeof(text), "%s (%s)", number,
	    account_words_name(ACCOUNT_WORDS_OWN, d->r->own_nets_from));
	paper_pair(&d->p, _("networks"), text);
	account_text_number(number, d->r->n_own_domains);
	snprintf(text, sizeof(text), "%s (%s)", number,
	    account_words_name(ACCOUNT_WORDS_OWN, d->r->own_domains_from));
	paper_pair(&d->p, _("domains"), text);
}

static void
files(struct draft *d)
{
	for (size_t i = 0; i < d->r->n_files; i++) {
		const struct account_file *f = &d->r->file[i];
		char name[400], lines[32], volume[32], first[WORDS_TIME], last[WORDS_TIME], text[TEXT];
		int n;

		words_safe(name, sizeof(name), f->name);
		account_text_number(lines, f->lines);
		account_text_octets(volume, f->octets);
		words_time(first, f->first_s);
		words_time(last, f->last_s);
		n = snprintf(text, sizeof(text), _("%s lines, %s; %s to %s"), lines, volume, first, last);
		if (f->trouble != NULL && n > 0 && n < (int)sizeof(text))
			snprintf(text + n, sizeof(text) - (size_t)n, "; %s",
			    account_words_trouble(f->trouble));
		paper_pair(&d->p, name, text);
	}
}

static void
appendix(struct draft *d)
{
	paper_heading(&d->p, _("Appendix: what each figure rests on (not for publication)"));
	for (size_t i = 0; i < d->r->n_verdicts; i++)
		evidence(d, &d->r->verdict[i]);
	paper_section(&d->p, _("What was taken for ours"));
	own(d);
	paper_section(&d->p, _("What was read"));
	files(d);
}

int
account_report(FILE *out, const struct account_result *r, bool html)
{
	struct draft d = { .p = { .out = out, .html = html }, .r = r };

	paper_begin(&d.p, _("Unauthorised use of our mail server (first report, draft)"));
	paper_answer(&d.p, PAPER_DOUBT, _("Draft made from mail logs. Every [to decide] is for a person; nothing here is certain beyond what the logs show."));
	decide_pair(&d, _("date of publication"), _("date"));
	decide_pair(&d, _("published by"), _("organisation, department"));
	summary(&d);
	figures(&d);
	cause(&d);
	effects(&d);
	done(&d);
	not_known(&d);
	to_come(&d);
	whom_to_tell(&d);
	appendix(&d);
	paper_end(&d.p);
	return ferror(out) != 0 ? SEK_ESYS : 0;
}
