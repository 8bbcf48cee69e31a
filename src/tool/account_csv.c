#include "tool/account_csv.h"

#include <inttypes.h>

#include "account/row.h"
#include "base/clock.h"
#include "tool/account_words.h"
#include "tool/csv_field.h"
#include "tool/words.h"

/* A row as it grows: the first cell has no comma before it. */
struct row {
	FILE	*out;
	bool	 begun;
};

static void
text(struct row *w, struct str s)
{
	char safe[WORDS_TEXT * 2];

	words_safe(safe, sizeof(safe), s);
	csv_field_put(w->out, !w->begun, str_of(safe));
	w->begun = true;
}

static void
word(struct row *w, const char *s)
{
	text(w, str_of(s));
}

static void
number(struct row *w, uint64_t n)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, n);
	if (w->begun)
		fputc(',', w->out);
	fputs(digits, w->out);		/* nothing in it to quote */
	w->begun = true;
}

static void
moment(struct row *w, int64_t s)
{
	char at[WALL_TEXT];

	wall_text(at, (struct wall){ s });
	word(w, at);
}

/* at, file, line: empty for never. */
static void
when(struct row *w, const struct account_result *r, struct account_when t)
{
	bool ever = t.where.line > 0 && t.where.file < r->n_files;

	if (!ever) {
		word(w, "");
		word(w, "");
		word(w, "");
		return;
	}
	moment(w, t.s);
	text(w, r->file[t.where.file].name);
	number(w, t.where.line);
}

static void
end(struct row *w)
{
	fputs("\r\n", w->out);
	w->begun = false;
}

static void
head(struct row *w, const char *const *names)
{
	for (; *names != NULL; names++)
		word(w, *names);
}

static void
count_head(struct row *w)
{
	for (size_t i = 0; i < ACCOUNT_WORDS_COUNTS; i++)
		word(w, account_words_count[i].tag);
}

static void
count(struct row *w, const struct account_count *n)
{
	for (size_t i = 0; i < ACCOUNT_WORDS_COUNTS; i++)
		number(w, account_words_count_of(n, i));
}

/* "relayed_messages": a class and what is counted. */
static void
class_head(struct row *w, const char *of)
{
	for (size_t c = 0; c < ACCOUNT_CLASS_N; c++) {
		char name[64];

		snprintf(name, sizeof(name), "%s_%s", account_words_tag(ACCOUNT_WORDS_CLASS, c), of);
		word(w, name);
	}
}

#define HEAD(w, ...) head(w, (const char *const[]){ __VA_ARGS__, NULL })

/* --- one function a table --- */

static void
verdicts(struct row *w, const struct account_result *r, size_t arg)
{
	(void)arg;
	HEAD(w, "cause", "first", "first_file", "first_line", "last", "last_file", "last_line",
	    "refused_first", "refused_first_file", "refused_first_line", "who", "at_least");
	count_head(w);
	end(w);
	for (size_t i = 0; i < r->n_verdicts; i++) {
		const struct account_verdict *v = &r->verdict[i];

		word(w, account_words_tag(ACCOUNT_WORDS_CAUSE, v->cause));
		when(w, r, v->first);
		when(w, r, v->last);
		when(w, r, v->refused_first);
		text(w, v->n_who > 0 ? v->who[0] : STR(""));
		number(w, r->at_least);
		count(w, &v->n);
		end(w);
	}
}

static void
reason(struct row *w, const struct account_result *r, const struct account_verdict *v,
    const struct account_reason *why)
{
	word(w, account_words_tag(ACCOUNT_WORDS_CAUSE, v->cause));
	word(w, account_words_tag(ACCOUNT_WORDS_SIDE, why->side));
	word(w, why->tag);
	for (size_t i = 0; i < sizeof(why->number) / sizeof(why->number[0]); i++)
		number(w, why->number[i]);
	for (size_t i = 0; i < sizeof(why->text) / sizeof(why->text[0]); i++)
		text(w, why->text[i]);
	for (size_t i = 0; i < sizeof(why->when) / sizeof(why->when[0]); i++)
		when(w, r, why->when[i]);
	text(w, why->line);
	end(w);
}

static void
reasons(struct row *w, const struct account_result *r, size_t arg)
{
	(void)arg;
	HEAD(w, "cause", "side", "tag", "number0", "number1", "number2", "text0", "text1",
	    "when0", "when0_file", "when0_line", "when1", "when1_file", "when1_line", "log_line");
	end(w);
	for (size_t i = 0; i < r->n_verdicts; i++)
		for (size_t k = 0; k < r->verdict[i].n_reasons; k++)
			reason(w, r, &r->verdict[i], &r->verdict[i].reason[k]);
}

static void
classes(struct row *w, const struct account_result *r, size_t arg)
{
	(void)arg;
	HEAD(w, "class", "first", "first_file", "first_line", "last", "last_file", "last_line",
	    "first_log_line", "last_log_line");
	count_head(w);
	end(w);
	for (size_t c = 0; c < ACCOUNT_CLASS_N; c++) {
		word(w, account_words_tag(ACCOUNT_WORDS_CLASS, c));
		when(w, r, r->class_first[c]);
		when(w, r, r->class_last[c]);
		text(w, r->line_first[c]);
		text(w, r->line_last[c]);
		count(w, &r->n[c]);
		end(w);
	}
}

static void
hours(struct row *w, const struct account_result *r, size_t arg)
{
	(void)arg;
	HEAD(w, "hour", "refused", "logins_failed");
	class_head(w, "messages");
	class_head(w, "recipients");
	end(w);
	for (size_t i = 0; i < r->n_hours; i++) {
		const struct account_hour *h = &r->hour[i];

		moment(w, h->s);
		number(w, h->refused);
		number(w, h->logins_failed);
		for (size_t c = 0; c < ACCOUNT_CLASS_N; c++)
			number(w, h->messages[c]);
		for (size_t c = 0; c < ACCOUNT_CLASS_N; c++)
			number(w, h->recipients[c]);
		end(w);
	}
}

static void
axis_row(struct row *w, const struct account_count n[ACCOUNT_CLASS_N])
{
	struct account_count sum = account_words_sum(n);

	count(w, &sum);
	for (size_t c = 0; c < ACCOUNT_CLASS_N; c++)
		number(w, n[c].messages);
	for (size_t c = 0; c < ACCOUNT_CLASS_N; c++)
		number(w, n[c].recipients);
	end(w);
}

/* What an account, user or client did before and on its day; empty: not kept. */
static void
past(struct row *w, const struct account_past *p)
{
	if (p->day == 0) {
		HEAD(w, "", "", "", "", "", "", "", "", "", "");
		return;
	}
	number(w, p->days);
	number(w, p->usual);
	moment(w, p->day_s);
	number(w, p->day);
	number(w, p->networks);
	number(w, p->networks_new);
	number(w, p->countries);
	number(w, p->countries_new);
	number(w, p->domains);
	number(w, p->senders);
}

enum { REST_BLANKS = 20 };	/* columns from "own" to "day_sender_domains" */

/* A row whose kind is "rest" has all the names that the table did not hold. */
static void
axis(struct row *w, const struct account_result *r, size_t a)
{
	const struct account_table *t = &r->table[a];

	HEAD(w, "kind", "name", "names", "own", "first", "first_file", "first_line", "last", "last_file",
	    "last_line", "logins_failed", "burst", "networks", "days_before", "recipients_before",
	    "day", "day_recipients", "day_networks", "day_networks_new", "day_countries",
	    "day_countries_new", "day_domains", "day_sender_domains");
	count_head(w);
	class_head(w, "messages");
	class_head(w, "recipients");
	end(w);
	for (size_t i = 0; i < t->n; i++) {
		const struct account_row *row = &t->row[i];
		struct account_count n[ACCOUNT_CLASS_N] = { 0 };

		word(w, "name");
		text(w, row->name);
		number(w, 1);
		number(w, row->own);
		when(w, r, row->first);
		when(w, r, row->last);
		number(w, row->logins_failed);
		number(w, row->burst);
		number(w, row->networks);
		past(w, row->past);
		account_row_add(n, row);
		axis_row(w, n);
	}
	if (t->beyond == 0)
		return;
	HEAD(w, "rest", "");
	number(w, t->beyond);
	for (size_t i = 0; i < REST_BLANKS; i++)
		word(w, "");
	axis_row(w, t->rest);
}

static void
listings(struct row *w, const struct account_result *r, size_t arg)
{
	(void)arg;
	HEAD(w, "list", "domain", "address", "replies", "domains", "first", "first_file",
	    "first_line", "last", "last_file", "last_line", "reply");
	end(w);
	for (size_t i = 0; i < r->n_listings; i++) {
		const struct account_listing *l = &r->listing[i];
		char ours[ADDR_TEXT] = "";

		if (l->has_ours)
			addr_text(ours, &l->ours);
		text(w, l->list);
		text(w, l->domain);
		word(w, ours);
		number(w, l->replies);
		number(w, l->domains);
		when(w, r, l->first);
		when(w, r, l->last);
		text(w, l->reply);
		end(w);
	}
}

static void
gaps(struct row *w, const struct account_result *r, size_t arg)
{
	(void)arg;
	HEAD(w, "gap", "n", "first", "first_file", "first_line");
	end(w);
	for (size_t g = 0; g < ACCOUNT_GAP_N; g++) {
		if (r->gap_n[g] == 0 && r->gap[g].where.line == 0)
			continue;
		word(w, account_words_tag(ACCOUNT_WORDS_GAP, g));
		number(w, r->gap_n[g]);
		when(w, r, r->gap[g]);
		end(w);
	}
}

static void
own(struct row *w, const struct account_result *r, size_t arg)
{
	(void)arg;
	HEAD(w, "kind", "name", "from");
	end(w);
	for (size_t i = 0; i < r->n_own_nets; i++) {
		word(w, "net");
		text(w, r->own_net[i]);
		word(w, account_words_tag(ACCOUNT_WORDS_OWN, r->own_nets_from));
		end(w);
	}
	for (size_t i = 0; i < r->n_own_domains; i++) {
		word(w, "domain");
		text(w, r->own_domain[i]);
		word(w, account_words_tag(ACCOUNT_WORDS_OWN, r->own_domains_from));
		end(w);
	}
}

static void
files(struct row *w, const struct account_result *r, size_t arg)
{
	(void)arg;
	HEAD(w, "name", "octets", "lines", "lines_other", "lines_cut", "first", "last",
	    "trouble", "trouble_text");
	end(w);
	for (size_t i = 0; i < r->n_files; i++) {
		const struct account_file *f = &r->file[i];

		text(w, f->name);
		number(w, f->octets);
		number(w, f->lines);
		number(w, f->lines_other);
		number(w, f->lines_cut);
		if (f->lines > f->lines_other) {
			moment(w, f->first_s);
			moment(w, f->last_s);
		} else
			HEAD(w, "", "");
		word(w, f->trouble != NULL ? f->trouble : "");
		word(w, f->trouble_text);
		end(w);
	}
}

const char *const account_csv_names[] = {
	"verdicts.csv", "reasons.csv", "classes.csv", "hours.csv", "clients.csv", "networks.csv",
	"countries.csv", "accounts.csv", "users.csv", "helo.csv", "sender-domains.csv", "domains.csv",
	"tlds.csv", "listings.csv", "gaps.csv", "own.csv", "files.csv", NULL
};

static const struct {		/* in the order of these names */
	void	(*write)(struct row *w, const struct account_result *r, size_t arg);
	size_t	 arg;
} tables[] = {
	{ verdicts, 0 }, { reasons, 0 }, { classes, 0 }, { hours, 0 },
	{ axis, ACCOUNT_BY_CLIENT }, { axis, ACCOUNT_BY_NETWORK }, { axis, ACCOUNT_BY_COUNTRY },
	{ axis, ACCOUNT_BY_ACCOUNT }, { axis, ACCOUNT_BY_USER }, { axis, ACCOUNT_BY_HELO },
	{ axis, ACCOUNT_BY_SENDER_DOMAIN }, { axis, ACCOUNT_BY_DOMAIN }, { axis, ACCOUNT_BY_TLD },
	{ listings, 0 }, { gaps, 0 }, { own, 0 }, { files, 0 },
};

int
account_csv(FILE *const *out, const struct account_result *r)
{
	int err = 0;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct row w = { .out = out[i] };

		tables[i].write(&w, r, tables[i].arg);
		if (fflush(out[i]) != 0 || ferror(out[i]) != 0)
			err = SEK_ESYS;
	}
	return err;
}
