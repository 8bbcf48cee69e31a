#include "sys/counters.h"

#define ANSWERS "sekimori_dns_answers_total"
#define COOKIES "sekimori_dns_cookies_total"
#define DNSTAP "sekimori_dns_dnstap_total"

const struct counter_row counter_rows[COUNTERS] = {
	[COUNTER_QUERIES] = { "sekimori_dns_queries_total", NULL, "DNS messages read." },
	[COUNTER_NOERROR] = { ANSWERS, "rcode=\"noerror\"", "DNS answers sent, by response code." },
	[COUNTER_FORMERR] = { ANSWERS, "rcode=\"formerr\"", NULL },
	[COUNTER_SERVFAIL] = { ANSWERS, "rcode=\"servfail\"", NULL },
	[COUNTER_NXDOMAIN] = { ANSWERS, "rcode=\"nxdomain\"", NULL },
	[COUNTER_NOTIMP] = { ANSWERS, "rcode=\"notimp\"", NULL },
	[COUNTER_REFUSED] = { ANSWERS, "rcode=\"refused\"", NULL },
	[COUNTER_BADVERS] = { ANSWERS, "rcode=\"badvers\"", NULL },
	[COUNTER_BADCOOKIE] = { ANSWERS, "rcode=\"badcookie\"", NULL },
	[COUNTER_NOTAUTH] = { ANSWERS, "rcode=\"notauth\"", NULL },
	[COUNTER_LISTED] = { "sekimori_dns_listed_total", NULL, "DNS answers with an entry." },
	[COUNTER_TRUNCATED] = { "sekimori_dns_truncated_total", NULL,
	    "DNS answers that say \"ask by TCP\"." },
	[COUNTER_NO_QUERY] = { "sekimori_dns_no_query_total", NULL,
	    "DNS messages that are no query: never answered." },
	[COUNTER_DENIED] = { "sekimori_dns_denied_total", NULL,
	    "DNS queries refused since dns.allow or dns.out_allow does not have the asker." },
	[COUNTER_SLIPPED] = { "sekimori_dns_slipped_total", NULL,
	    "DNS answers above dns.rate that went out without data." },
	[COUNTER_LIMITED] = { "sekimori_dns_limited_total", NULL,
	    "DNS answers above dns.rate that were not sent." },
	[COUNTER_COOKIE_NEW] = { COOKIES, "is=\"new\"", "DNS queries with a cookie." },
	[COUNTER_COOKIE_BAD] = { COOKIES, "is=\"bad\"", NULL },
	[COUNTER_COOKIE_VALID] = { COOKIES, "is=\"valid\"", NULL },
	[COUNTER_UNSENT] = { "sekimori_dns_unsent_total", NULL,
	    "DNS answers that the kernel did not take." },
	[COUNTER_OVERFLOWN] = { "sekimori_dns_overflown_total", NULL,
	    "DNS queries lost because a socket's buffer was full." },
	[COUNTER_PUBLISHED] = { "sekimori_dns_snapshots_total", NULL,
	    "Snapshots that were taken to answer from." },
	[COUNTER_NOT_PUBLISHED] = { "sekimori_dns_snapshots_refused_total", NULL,
	    "Snapshots that were damaged or out of order." },
	[COUNTER_SIGNED_LOST] = { "sekimori_dns_signed_lost_total", NULL,
	    "Signed DNS queries lost since xfer did not keep up." },
	[COUNTER_TAP_WRITTEN] = { DNSTAP, "is=\"written\"",
	    "Answers chosen for the collector at dns.dnstap, and what became of them." },
	[COUNTER_TAP_DROPPED] = { DNSTAP, "is=\"dropped\"", NULL },
};

static const uint8_t of_rcode[] = {
	[DNS_NOERROR] = COUNTER_NOERROR, [DNS_FORMERR] = COUNTER_FORMERR,
	[DNS_SERVFAIL] = COUNTER_SERVFAIL, [DNS_NXDOMAIN] = COUNTER_NXDOMAIN,
	[DNS_NOTIMP] = COUNTER_NOTIMP, [DNS_REFUSED] = COUNTER_REFUSED,
	[DNS_BADVERS] = COUNTER_BADVERS, [DNS_BADCOOKIE] = COUNTER_BADCOOKIE,
	[DNS_NOTAUTH] = COUNTER_NOTAUTH,
};

static const uint8_t of_cookie[] = {
	[COOKIE_NEW] = COUNTER_COOKIE_NEW, [COOKIE_BAD] = COUNTER_COOKIE_BAD,
	[COOKIE_VALID] = COUNTER_COOKIE_VALID,
};

void
counters_answer(struct counters_slot *s, const struct answer_info *info,
    size_t octets)
{
	counters_add(s, COUNTER_QUERIES, 1);
	if (info->cookie != COOKIE_NONE)
		counters_add(s, (enum counter)of_cookie[info->cookie], 1);
	if (octets == 0) {
		counters_add(s, info->verdict == ANSWER_DROP ?
		    COUNTER_LIMITED : COUNTER_NO_QUERY, 1);
		return;
	}
	counters_add(s, (enum counter)of_rcode[info->rcode], 1);
	if (info->listed)
		counters_add(s, COUNTER_LISTED, 1);
	if (info->truncated)
		counters_add(s, COUNTER_TRUNCATED, 1);
	if (info->denied)
		counters_add(s, COUNTER_DENIED, 1);
	if (info->verdict == ANSWER_SLIP)
		counters_add(s, COUNTER_SLIPPED, 1);
}
