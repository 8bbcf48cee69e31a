/* An account made by hand, in which every name is hostile: what a terminal, a
 * page, a table and a program must not take for more than text. */

#include "../account/row_rig.h"
#include "base/str.h"

#define RIG_ESC "\033[2J\033]0;owned\a"
#define RIG_TAG "<script>alert(1)</script>"
#define RIG_BIDI "a\xe2\x80\xae" "b"		/* U+202E */
#define RIG_BAD "\xc3(\xff"			/* no UTF-8 */
#define RIG_FORMULA "=cmd|' /C calc'!A0"

/* 2026-11-23 15:00:00 in Asia/Tokyo; tests set TZ */
enum { RIG_S = 1795413600, RIG_HOUR = 3600 };

static struct account_file rig_files[] = {
	{ .name = STR("mail.log"), .octets = 123456789, .lines = 1000000, .lines_other = 17,
	  .first_s = RIG_S, .last_s = RIG_S + 9 * RIG_HOUR },
	{ .name = STR("dir/" RIG_ESC RIG_TAG ".gz"), .octets = 4096, .lines = 12, .lines_cut = 1,
	  .first_s = RIG_S - 86400 * 20, .last_s = RIG_S - 86400 * 19, .trouble = "truncated",
	  .trouble_text = "gzip: " RIG_ESC },
};

static struct account_row rig_clients[] = {
	{ .name = STR("192.0.2.7"), ROW(ACCOUNT_RELAYED, .messages = 912000, .recipients = 912299,
	  .delivered = 845000, .bounced = 67287, .deferred = 12),
	  .first = { RIG_S + 3484, { 0, 120394 } }, .last = { RIG_S + 14101, { 0, 988122 } } },
	{ .name = STR("198.51.100.9"), .own = true, ROW(ACCOUNT_INSIDE_OUT, .messages = 2, .recipients = 3),
	  .first = { RIG_S, { 0, 1 } }, .last = { RIG_S, { 0, 2 } } },
};

static struct account_row rig_helos[] = {
	{ .name = STR(RIG_ESC), ROW(ACCOUNT_RELAYED, .messages = 5, .recipients = 5) },
	{ .name = STR(RIG_TAG "\"'&"), ROW(ACCOUNT_RELAYED, .messages = 4, .recipients = 4) },
	{ .name = STR(RIG_BIDI), ROW(ACCOUNT_RELAYED, .messages = 3, .recipients = 3) },
	{ .name = STR(RIG_BAD), ROW(ACCOUNT_RELAYED, .messages = 2, .recipients = 2) },
	{ .name = STR("nul\0nul\x7f"), ROW(ACCOUNT_RELAYED, .messages = 1, .recipients = 1) },
	{ .name = STR(""), ROW(ACCOUNT_RELAYED, .messages = 1, .recipients = 1) },
};

static struct account_row rig_accounts[] = {
	{ .name = STR(RIG_FORMULA), .burst = true, .networks = 31, .logins_failed = 4,
	  ROW_N(ACCOUNT_SUBMITTED, .messages = 100, .recipients = 4000, .delivered = 3900, .queued = 100),
	  .past = &(const struct account_past){ .days = 12, .usual = 9, .day_s = RIG_S - 6 * RIG_HOUR,
	  .day = 4000, .networks = 31,
	  .networks_new = 30, .day_first = { RIG_S, { 0, 7 } } },
	  .first = { RIG_S, { 0, 7 } }, .last = { RIG_S + 60, { 0, 8 } } },
};

static struct account_row rig_domains[] = {
	{ .name = STR("xn--r8jz45g.example"), ROW(ACCOUNT_RELAYED, .messages = 10, .recipients = 10) },
	{ .name = STR("日本.example"), ROW(ACCOUNT_RELAYED, .messages = 9, .recipients = 9) },
};

static struct account_hour rig_hours[] = {
	{ .s = RIG_S - 86400 * 20, .messages = { [ACCOUNT_RECEIVED] = 12 }, .recipients = { [ACCOUNT_RECEIVED] = 12 } },
	{ .s = RIG_S, .messages = { [ACCOUNT_RELAYED] = 12299, [ACCOUNT_RECEIVED] = 100 }, .refused = 3 },
	{ .s = RIG_S + RIG_HOUR, .messages = { [ACCOUNT_RELAYED] = 500000 }, .recipients = { [ACCOUNT_RELAYED] = 500000 } },
	{ .s = RIG_S + 3 * RIG_HOUR, .messages = { [ACCOUNT_RELAYED] = 400000 }, .logins_failed = 9 },
	{ .s = RIG_S + 9 * RIG_HOUR, .messages = { [ACCOUNT_RECEIVED] = 1 }, .refused = 7000 },
};

static struct account_listing rig_listings[] = {
	{ .list = STR("bl.example"), .domain = STR("destination.example"), .replies = 4012, .domains = 31,
	  .reply = STR("554 5.7.1 blocked using bl.example " RIG_ESC RIG_TAG), .has_ours = true,
	  .first = { RIG_S + 7200, { 0, 300000 } }, .last = { RIG_S + 9 * RIG_HOUR, { 0, 999999 } } },
	{ .list = STR(""), .domain = STR("other.example"), .replies = 1, .domains = 1,
	  .first = { RIG_S + 7200, { 0, 300001 } }, .last = { RIG_S + 7200, { 0, 300001 } } },
};

static struct str rig_nets[] = { STR("198.51.100.0/24"), STR("2001:db8::/32") };
static struct str rig_own_domains[] = { STR("corp.example"), STR(RIG_ESC) };

static inline void
rig_reason(struct account_verdict *v, enum account_side side, const char *tag, struct str line)
{
	v->reason[v->n_reasons++] = (struct account_reason){ .side = side, .tag = tag,
	    .number = { 912000, 845000, 2 }, .text = { STR(RIG_ESC "{n0}" RIG_TAG), STR("b.example") },
	    .when = { { RIG_S + 3484, { 0, 120394 } }, { RIG_S + 14101, { 0, 988122 } } }, .line = line };
}

static inline void
rig_verdicts(struct account_result *r)
{
	struct account_verdict *v = &r->verdict[r->n_verdicts++];

	v->cause = ACCOUNT_OPEN_RELAY;
	v->n = rig_clients[0].n[0];
	v->n.octets = 3210000000;
	v->first = (struct account_when){ RIG_S + 3484, { 0, 120394 } };
	v->last = (struct account_when){ RIG_S + 14101, { 0, 988122 } };
	v->refused_first = (struct account_when){ RIG_S + 14140, { 0, 988201 } };
	v->who[v->n_who++] = STR("192.0.2.7");
	v->who[v->n_who++] = STR(RIG_ESC);
	rig_reason(v, ACCOUNT_FOR, "stranger-relayed",
	    STR("Nov 23 15:58:04 mx postfix/smtpd[11]: 4F1: client=" RIG_ESC RIG_TAG "[192.0.2.7]"));
	rig_reason(v, ACCOUNT_AGAINST, "own-nets-not-known", STR(""));
	rig_reason(v, ACCOUNT_MISSING, "give-own-domain", STR(""));
	v = &r->verdict[r->n_verdicts++];
	v->cause = ACCOUNT_STOLEN_ACCOUNT;
	v->n = rig_accounts[0].n[0];
	v->first = rig_accounts[0].first;
	v->last = rig_accounts[0].last;
	v->who[v->n_who++] = STR(RIG_FORMULA);
	rig_reason(v, ACCOUNT_FOR, "account-burst", STR(""));
}

#define RIG_TABLE(t) ((struct account_table){ .row = (t), .n = sizeof(t) / sizeof((t)[0]) })

/* Each text of it is constant; the result needs nothing freed. */
static inline void
rig_result(struct account_result *r)
{
	*r = (struct account_result){ .file = rig_files, .n_files = 2, .lines = 1000012, .lines_mail = 999990,
	    .by_mta = { [MAIL_POSTFIX] = 999980, [MAIL_EXIM] = 10 },
	    .first = { RIG_S - 86400 * 20, { 1, 1 } }, .last = { RIG_S + 9 * RIG_HOUR, { 0, 1000000 } },
	    .hour = rig_hours, .n_hours = sizeof(rig_hours) / sizeof(rig_hours[0]),
	    .listing = rig_listings, .n_listings = 2, .at_least = true, .logins_failed = 13,
	    .zone = STR("Asia/Tokyo" RIG_ESC), .year_inferred = true, .own_net = rig_nets, .n_own_nets = 2,
	    .own_domain = rig_own_domains, .n_own_domains = 2, .own_nets_from = ACCOUNT_OWN_CONFIG,
	    .own_domains_from = ACCOUNT_OWN_LEARNED, .own_config = STR("postfix, /etc/postfix" RIG_ESC) };
	rig_listings[0].ours = addr_v4(203, 0, 113, 25);
	r->n[ACCOUNT_RELAYED] = rig_clients[0].n[0];
	r->n[ACCOUNT_RECEIVED] = (struct account_count){ .messages = 113, .recipients = 113, .delivered = 113 };
	r->class_first[ACCOUNT_RELAYED] = rig_clients[0].first;
	r->class_last[ACCOUNT_RELAYED] = rig_clients[0].last;
	r->line_first[ACCOUNT_RELAYED] = STR("Nov 23 15:58:04 mx " RIG_ESC);
	r->relay_refused = 7000;
	r->relay_refused_first = r->relay_refused_after = (struct account_when){ RIG_S + 14140, { 0, 988201 } };
	r->relay_refused_last = (struct account_when){ RIG_S + 9 * RIG_HOUR, { 0, 999998 } };
	r->line_refused_after = STR("Nov 23 18:55:40 mx postfix/smtpd[12]: NOQUEUE: reject: " RIG_TAG);
	r->total = (struct account_count){ .messages = 912217, .recipients = 916412, .delivered = 849013,
	    .deferred = 12, .bounced = 67287, .queued = 100, .octets = 3400000000, .attempts = 950000, .refused = 7003 };
	r->table[ACCOUNT_BY_CLIENT] = RIG_TABLE(rig_clients);
	r->table[ACCOUNT_BY_HELO] = RIG_TABLE(rig_helos);
	r->table[ACCOUNT_BY_ACCOUNT] = RIG_TABLE(rig_accounts);
	r->table[ACCOUNT_BY_DOMAIN] = RIG_TABLE(rig_domains);
	r->table[ACCOUNT_BY_DOMAIN].beyond = 20;
	r->table[ACCOUNT_BY_DOMAIN].rest[ACCOUNT_RELAYED] = (struct account_count){ .messages = 900000, .recipients = 900000 };
	r->gap_n[ACCOUNT_GAP_RATE_LIMIT] = 1234;
	r->gap[ACCOUNT_GAP_RATE_LIMIT] = (struct account_when){ RIG_S + 7200, { 0, 400000 } };
	r->gap_n[ACCOUNT_GAP_FILE] = 1;
	r->gap_n[ACCOUNT_GAP_TABLE] = 20;
	rig_verdicts(r);
}
