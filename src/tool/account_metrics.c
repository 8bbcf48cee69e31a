#include "tool/account_metrics.h"

#include <inttypes.h>

#include "tool/account_words.h"

#define P "sekimori_account_"

static void
head(struct wbuf *w, const char *name, const char *type, const char *help)
{
	wbuf_printf(w, "# HELP " P "%s %s\n# TYPE " P "%s %s\n", name, help, name, type);
}

static void
one(struct wbuf *w, const char *name, const char *type, const char *help, uint64_t v)
{
	head(w, name, type, help);
	wbuf_printf(w, P "%s %" PRIu64 "\n", name, v);
}

static void
of_class(struct wbuf *w, const char *name, const char *help,
    const struct account_result *r, size_t field)
{
	head(w, name, "counter", help);
	for (size_t c = 0; c < ACCOUNT_CLASS_N; c++)
		wbuf_printf(w, P "%s{class=\"%s\"} %" PRIu64 "\n", name,
		    account_words_tag(ACCOUNT_WORDS_CLASS, c),
		    account_words_count_of(&r->n[c], field));
}

static void
last_of_class(struct wbuf *w, const struct account_result *r)
{
	head(w, "last_timestamp_seconds", "gauge", "Newest message of the class; 0: none.");
	for (size_t c = 0; c < ACCOUNT_CLASS_N; c++)
		wbuf_printf(w, P "last_timestamp_seconds{class=\"%s\"} %" PRId64 "\n",
		    account_words_tag(ACCOUNT_WORDS_CLASS, c),
		    r->class_last[c].where.line > 0 ? r->class_last[c].s : 0);
}

static void
verdicts(struct wbuf *w, const struct account_result *r)
{
	head(w, "verdict", "gauge", "Does the verdict hold (1)?");
	for (size_t c = 0; c < ACCOUNT_CAUSE_N; c++) {
		int holds = 0;

		for (size_t i = 0; i < r->n_verdicts; i++)
			holds |= r->verdict[i].cause == c;
		wbuf_printf(w, P "verdict{cause=\"%s\"} %d\n",
		    account_words_tag(ACCOUNT_WORDS_CAUSE, c), holds);
	}
}

static void
alerts(struct wbuf *w, const struct account_alert_state *s)
{
	head(w, "alerts", "gauge", "Abuse that goes on now.");
	for (size_t k = 0; k < ACCOUNT_ALERT_KINDS; k++) {
		unsigned n = 0;

		for (size_t i = 0; i < s->n; i++)
			n += s->one[i].on && s->one[i].kind == k;
		wbuf_printf(w, P "alerts{kind=\"%s\"} %u\n",
		    account_alert_kind_tag((enum account_alert_kind)k), n);
	}
}

void
account_metrics(struct wbuf *w, const struct account_result *r,
    const struct account_alert_state *s, int64_t now_s)
{
	one(w, "lines_total", "counter", "Lines that were read.", r->lines);
	one(w, "mail_lines_total", "counter", "Of these, lines of mail servers.", r->lines_mail);
	of_class(w, "messages_total", "Messages that were accepted.", r,
	    ACCOUNT_WORDS_MESSAGES);
	of_class(w, "recipients_total", "Their recipients.", r, ACCOUNT_WORDS_RECIPIENTS);
	last_of_class(w, r);
	one(w, "refused_total", "counter", "Recipients and clients refused at the door.",
	    r->total.refused);
	one(w, "relay_refused_total", "counter", "Attempts to relay that were refused.",
	    r->relay_refused);
	one(w, "logins_failed_total", "counter", "Logins that failed.", r->logins_failed);
	one(w, "listings", "gauge", "Blocklists that destinations named when they refused us.",
	    r->n_listings);
	one(w, "at_least", "gauge", "Are lines missing, so that counts are lower bounds (1)?",
	    r->at_least);
	verdicts(w, r);
	alerts(w, s);
	one(w, "updated_timestamp_seconds", "gauge", "When this was written.",
	    (uint64_t)(now_s > 0 ? now_s : 0));
}
