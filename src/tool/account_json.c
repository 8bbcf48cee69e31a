#include "tool/account_json.h"

#include <jansson.h>
#include <string.h>

#include "account/row.h"
#include "base/clock.h"
#include "sys/json_put.h"
#include "tool/account_words.h"

enum { VERSION = 1 };

static json_t *
tag(enum account_words of, size_t i)
{
	return json_string(account_words_tag(of, i));
}

static json_t *
number(uint64_t n)
{
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

/* s with U+FFFD for each octet that is no UTF-8 */
static json_t *
mended(struct str s)
{
	static const char mark[] = "\xef\xbf\xbd";
	char *text = malloc(s.n * (sizeof(mark) - 1));
	size_t len = 0, took;
	json_t *o;

	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < s.n; i += took) {
		size_t n = str_utf8((const uint8_t *)s.p + i, s.n - i);

		took = n > 0 ? n : 1;
		if (n == 0 && (s.p[i] & 0x80) != 0) {
			memcpy(text + len, mark, sizeof(mark) - 1);
			len += sizeof(mark) - 1;
		} else {
			memcpy(text + len, s.p + i, took);
			len += took;
		}
	}
	o = json_stringn(text, len);
	free(text);
	return o;
}

json_t *
account_json_text(struct str s)
{
	json_t *o = s.n == 0 ? json_string("") : json_stringn(s.p, s.n);

	return o != NULL || s.n == 0 ? o : mended(s);
}

static json_t *
moment(int64_t s)
{
	char text[WALL_TEXT];

	wall_text(text, (struct wall){ s });
	return json_string(text);
}

static json_t *
when_of(const struct account_result *r, struct account_when w)
{
	json_t *o;
	int err = 0;

	if (w.where.line == 0 || w.where.file >= r->n_files)
		return json_null();
	o = json_object();
	json_put(o, "at", moment(w.s), &err);
	json_put(o, "file", account_json_text(r->file[w.where.file].name), &err);
	json_put(o, "line", number(w.where.line), &err);
	return json_put_end(o, err);
}

static json_t *
count_of(const struct account_count *n)
{
	json_t *o = json_object();
	int err = 0;

	for (size_t i = 0; i < ACCOUNT_WORDS_COUNTS; i++)
		json_put(o, account_words_count[i].tag, number(account_words_count_of(n, i)), &err);
	return json_put_end(o, err);
}

static bool
is_empty(const struct account_count *n)
{
	static const struct account_count none;

	return memcmp(n, &none, sizeof(none)) == 0;
}

static json_t *
texts_of(const struct str *v, size_t n)
{
	json_t *list = json_array();
	int err = 0;

	for (size_t i = 0; i < n; i++)
		json_put_item(list, account_json_text(v[i]), &err);
	return json_put_end(list, err);
}

/* --- verdicts --- */

static json_t *
reason_of(const struct account_result *r, const struct account_reason *reason)
{
	json_t *o = json_object(), *numbers = json_array(), *whens = json_array();
	int err = 0;

	for (size_t i = 0; i < sizeof(reason->number) / sizeof(reason->number[0]); i++)
		json_put_item(numbers, number(reason->number[i]), &err);
	for (size_t i = 0; i < sizeof(reason->when) / sizeof(reason->when[0]); i++)
		json_put_item(whens, when_of(r, reason->when[i]), &err);
	json_put(o, "side", tag(ACCOUNT_WORDS_SIDE, reason->side), &err);
	json_put(o, "tag", json_string(reason->tag), &err);
	json_put(o, "numbers", numbers, &err);
	json_put(o, "texts", texts_of(reason->text,
	    sizeof(reason->text) / sizeof(reason->text[0])), &err);
	json_put(o, "when", whens, &err);
	json_put(o, "line", account_json_text(reason->line), &err);
	return json_put_end(o, err);
}

static json_t *
verdict_of(const struct account_result *r, const struct account_verdict *v)
{
	json_t *o = json_object(), *reasons = json_array();
	int err = 0;

	for (size_t i = 0; i < v->n_reasons; i++)
		json_put_item(reasons, reason_of(r, &v->reason[i]), &err);
	json_put(o, "cause", tag(ACCOUNT_WORDS_CAUSE, v->cause), &err);
	json_put(o, "first", when_of(r, v->first), &err);
	json_put(o, "last", when_of(r, v->last), &err);
	json_put(o, "refused_first", when_of(r, v->refused_first), &err);
	json_put(o, "count", count_of(&v->n), &err);
	json_put(o, "who", texts_of(v->who, v->n_who), &err);
	json_put(o, "reasons", reasons, &err);
	return json_put_end(o, err);
}

/* --- rows --- */

/* What an account, user or client did before and on its day; null: not kept. */
static json_t *
past_of(const struct account_result *r, const struct account_past *p)
{
	json_t *o;
	int err = 0;

	if (p->day == 0)
		return json_null();
	o = json_object();
	json_put(o, "days_before", number(p->days), &err);
	json_put(o, "recipients_before", number(p->usual), &err);
	json_put(o, "day", moment(p->day_s), &err);
	json_put(o, "recipients", number(p->day), &err);
	json_put(o, "first", when_of(r, p->day_first), &err);
	json_put(o, "last", when_of(r, p->day_last), &err);
	json_put(o, "networks", number(p->networks), &err);
	json_put(o, "networks_new", number(p->networks_new), &err);
	json_put(o, "countries", number(p->countries), &err);
	json_put(o, "countries_new", number(p->countries_new), &err);
	json_put(o, "domains", number(p->domains), &err);
	json_put(o, "sender_domains", number(p->senders), &err);
	json_put(o, "strange", count_of(&p->strange), &err);
	json_put(o, "strange_first", when_of(r, p->strange_first), &err);
	json_put(o, "strange_last", when_of(r, p->strange_last), &err);
	return json_put_end(o, err);
}

/* Without its classes. */
static json_t *
row_of(const struct account_result *r, const struct account_row *row)
{
	json_t *o = json_object();
	int err = 0;

	json_put(o, "name", account_json_text(row->name), &err);
	json_put(o, "own", json_boolean(row->own), &err);
	json_put(o, "first", when_of(r, row->first), &err);
	json_put(o, "last", when_of(r, row->last), &err);
	json_put(o, "logins_failed", number(row->logins_failed), &err);
	json_put(o, "networks", number(row->networks), &err);
	json_put(o, "past", past_of(r, row->past), &err);
	json_put(o, "burst", json_boolean(row->burst), &err);
	return json_put_end(o, err);
}

static json_t *
hour_of(const struct account_hour *h)
{
	json_t *o = json_object(), *classes = json_object();
	int err = 0;

	for (size_t c = 0; c < ACCOUNT_CLASS_N; c++)
		if (h->messages[c] > 0 || h->recipients[c] > 0) {
			json_t *n = json_object();

			json_put(n, "messages", number(h->messages[c]), &err);
			json_put(n, "recipients", number(h->recipients[c]), &err);
			json_put(classes, account_words_tag(ACCOUNT_WORDS_CLASS, c), n, &err);
		}
	json_put(o, "hour", moment(h->s), &err);
	json_put(o, "classes", classes, &err);
	json_put(o, "refused", number(h->refused), &err);
	json_put(o, "logins_failed", number(h->logins_failed), &err);
	return json_put_end(o, err);
}

static json_t *
listing_of(const struct account_result *r, const struct account_listing *l)
{
	char ours[ADDR_TEXT] = "";
	json_t *o = json_object();
	int err = 0;

	if (l->has_ours)
		addr_text(ours, &l->ours);
	json_put(o, "list", account_json_text(l->list), &err);
	json_put(o, "domain", account_json_text(l->domain), &err);
	json_put(o, "address", l->has_ours ? json_string(ours) : json_null(), &err);
	json_put(o, "replies", number(l->replies), &err);
	json_put(o, "domains", number(l->domains), &err);
	json_put(o, "first", when_of(r, l->first), &err);
	json_put(o, "last", when_of(r, l->last), &err);
	json_put(o, "reply", account_json_text(l->reply), &err);
	return json_put_end(o, err);
}

static json_t *
file_of(const struct account_file *f)
{
	bool lines = f->lines > f->lines_other;
	json_t *o = json_object();
	int err = 0;

	json_put(o, "name", account_json_text(f->name), &err);
	json_put(o, "octets", number(f->octets), &err);
	json_put(o, "lines", number(f->lines), &err);
	json_put(o, "lines_other", number(f->lines_other), &err);
	json_put(o, "lines_cut", number(f->lines_cut), &err);
	json_put(o, "first", lines ? moment(f->first_s) : json_null(), &err);
	json_put(o, "last", lines ? moment(f->last_s) : json_null(), &err);
	json_put(o, "trouble", f->trouble != NULL ? json_string(f->trouble) : json_null(), &err);
	json_put(o, "trouble_text", account_json_text(str_of(f->trouble_text)), &err);
	return json_put_end(o, err);
}

/* --- the document: what is small as a whole, tables row by row --- */

struct doc {
	FILE	*out;
	int	 err;		/* sticks */
	bool	 first;		/* of a list */
};

/* jansson leaves DEL; a terminal may not.  It hands over small pieces, and the
 * stream is nobody else's: no lock for each. */
static int
put_octets(const char *p, size_t n, void *ctx)
{
	while (n > 0) {
		const char *del = memchr(p, 0x7f, n);
		size_t before = del != NULL ? (size_t)(del - p) : n;

		fwrite_unlocked(p, 1, before, ctx);
		if (del == NULL)
			break;
		fputs_unlocked("\\u007f", ctx);
		p += before + 1;
		n -= before + 1;
	}
	return 0;
}

static void
put_as(struct doc *d, json_t *o, size_t flags)
{
	if (o == NULL || json_dump_callback(o, put_octets, d->out,
	    JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY | flags) != 0)
		d->err = SEK_ENOMEM;
	json_decref(o);
}

static void
put(struct doc *d, json_t *o)
{
	put_as(d, o, 0);
}

/* "key":n after before, which has the first quote -- by hand, as most of a large document is such. */
static void
put_number(FILE *out, const char *before, const char *key, uint64_t n)
{
	char digits[20];
	size_t i = sizeof(digits);

	if (n > INT64_MAX)
		n = INT64_MAX;		/* as number() */
	do
		digits[--i] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	fputs_unlocked(before, out);
	fputs_unlocked(key, out);
	fputs_unlocked("\":", out);
	fwrite_unlocked(digits + i, 1, sizeof(digits) - i, out);
}

/* The classes that have something, by their tags. */
static void
put_classes(struct doc *d, const struct account_count n[ACCOUNT_CLASS_N])
{
	const char *before = "{\"";

	for (size_t c = 0; c < ACCOUNT_CLASS_N; c++) {
		if (is_empty(&n[c]))
			continue;
		fputs_unlocked(before, d->out);
		fputs_unlocked(account_words_tag(ACCOUNT_WORDS_CLASS, c), d->out);
		fputs_unlocked("\":", d->out);
		for (size_t i = 0; i < ACCOUNT_WORDS_COUNTS; i++)
			put_number(d->out, i == 0 ? "{\"" : ",\"", account_words_count[i].tag,
			    account_words_count_of(&n[c], i));
		fputc_unlocked('}', d->out);
		before = ",\"";
	}
	fputs_unlocked(before[0] == '{' ? "{}" : "}", d->out);
}

static void
member(struct doc *d, const char *key, json_t *o)
{
	fprintf(d->out, ",\n\"%s\":", key);
	put(d, o);
}

static void
list_begin(struct doc *d, const char *key)
{
	fprintf(d->out, ",\n\"%s\":[", key);
	d->first = true;
}

static void
list_next(struct doc *d)
{
	fputs(d->first ? "\n" : ",\n", d->out);
	d->first = false;
}

static void
list_item(struct doc *d, json_t *o)
{
	list_next(d);
	put(d, o);
}

static void
list_end(struct doc *d)
{
	fputc(']', d->out);
}

static void
put_row(struct doc *d, const struct account_result *r, const struct account_row *row)
{
	struct account_count n[ACCOUNT_CLASS_N] = { 0 };

	list_next(d);
	fputc_unlocked('{', d->out);
	put_as(d, row_of(r, row), JSON_EMBED);
	fputs_unlocked(",\"classes\":", d->out);
	account_row_add(n, row);
	put_classes(d, n);
	fputc_unlocked('}', d->out);
}

static void
put_tables(struct doc *d, const struct account_result *r)
{
	fputs(",\n\"tables\":{", d->out);
	for (size_t a = 0; a < ACCOUNT_AXIS_N; a++) {
		const struct account_table *t = &r->table[a];

		fprintf(d->out, "%s\n\"%s\":{\"beyond\":%llu,\"rest\":", a > 0 ? "," : "",
		    account_words_tag(ACCOUNT_WORDS_AXIS, a), (unsigned long long)t->beyond);
		put_classes(d, t->rest);
		list_begin(d, "rows");
		for (size_t i = 0; i < t->n; i++)
			put_row(d, r, &t->row[i]);
		list_end(d);
		fputc('}', d->out);
	}
	fputc('}', d->out);
}

static json_t *
gaps_of(const struct account_result *r)
{
	json_t *list = json_array();
	int err = 0;

	for (size_t g = 0; g < ACCOUNT_GAP_N; g++) {
		json_t *o;

		if (r->gap_n[g] == 0 && r->gap[g].where.line == 0)
			continue;
		o = json_object();
		json_put(o, "gap", tag(ACCOUNT_WORDS_GAP, g), &err);
		json_put(o, "n", number(r->gap_n[g]), &err);
		json_put(o, "first", when_of(r, r->gap[g]), &err);
		json_put_item(list, o, &err);
	}
	return json_put_end(list, err);
}

static json_t *
own_of(const struct account_result *r)
{
	json_t *o = json_object();
	int err = 0;

	json_put(o, "nets", texts_of(r->own_net, r->n_own_nets), &err);
	json_put(o, "nets_from", tag(ACCOUNT_WORDS_OWN, r->own_nets_from), &err);
	json_put(o, "domains", texts_of(r->own_domain, r->n_own_domains), &err);
	json_put(o, "domains_from", tag(ACCOUNT_WORDS_OWN, r->own_domains_from), &err);
	json_put(o, "config", account_json_text(r->own_config), &err);
	return json_put_end(o, err);
}

static json_t *
class_totals(const struct account_result *r)
{
	json_t *all = json_object();
	int err = 0;

	for (size_t c = 0; c < ACCOUNT_CLASS_N; c++) {
		json_t *o = count_of(&r->n[c]);

		json_put(o, "first", when_of(r, r->class_first[c]), &err);
		json_put(o, "last", when_of(r, r->class_last[c]), &err);
		json_put(o, "line_first", account_json_text(r->line_first[c]), &err);
		json_put(o, "line_last", account_json_text(r->line_last[c]), &err);
		json_put(all, account_words_tag(ACCOUNT_WORDS_CLASS, c), o, &err);
	}
	return json_put_end(all, err);
}

/* Attempts to relay that were refused. */
static json_t *
relay_refused_of(const struct account_result *r)
{
	json_t *o = json_object();
	int err = 0;

	json_put(o, "n", number(r->relay_refused), &err);
	json_put(o, "first", when_of(r, r->relay_refused_first), &err);
	json_put(o, "last", when_of(r, r->relay_refused_last), &err);
	json_put(o, "after", when_of(r, r->relay_refused_after), &err);
	json_put(o, "line_after", account_json_text(r->line_refused_after), &err);
	return json_put_end(o, err);
}

static json_t *
mtas_of(const struct account_result *r)
{
	json_t *o = json_object();
	int err = 0;

	for (size_t m = MAIL_NO_MTA + 1; m < MAIL_MTA_N; m++)
		json_put(o, account_words_tag(ACCOUNT_WORDS_MTA, m), number(r->by_mta[m]), &err);
	return json_put_end(o, err);
}

static void
put_totals(struct doc *d, const struct account_result *r)
{
	member(d, "first", when_of(r, r->first));
	member(d, "last", when_of(r, r->last));
	member(d, "at_least", json_boolean(r->at_least));
	member(d, "total", count_of(&r->total));
	member(d, "classes", class_totals(r));
	member(d, "relay_refused", relay_refused_of(r));
	member(d, "logins_failed", number(r->logins_failed));
	member(d, "lines", number(r->lines));
	member(d, "lines_mail", number(r->lines_mail));
	member(d, "lines_by_server", mtas_of(r));
	member(d, "time_zone", account_json_text(r->zone));
	member(d, "year_inferred", json_boolean(r->year_inferred));
	member(d, "gaps", gaps_of(r));
	member(d, "own", own_of(r));
}

int
account_json(FILE *out, const struct account_result *r)
{
	struct doc d = { .out = out };

	fprintf(out, "{\"tool\":\"sekimori account\",\"v\":%d", VERSION);
	list_begin(&d, "verdicts");
	for (size_t i = 0; i < r->n_verdicts; i++)
		list_item(&d, verdict_of(r, &r->verdict[i]));
	list_end(&d);
	put_totals(&d, r);
	list_begin(&d, "listings");
	for (size_t i = 0; i < r->n_listings; i++)
		list_item(&d, listing_of(r, &r->listing[i]));
	list_end(&d);
	list_begin(&d, "files");
	for (size_t i = 0; i < r->n_files; i++)
		list_item(&d, file_of(&r->file[i]));
	list_end(&d);
	list_begin(&d, "hours");
	for (size_t i = 0; i < r->n_hours; i++)
		list_item(&d, hour_of(&r->hour[i]));
	list_end(&d);
	put_tables(&d, r);
	fputs("}\n", out);
	return d.err != 0 ? d.err : ferror(out) != 0 ? SEK_ESYS : 0;
}
