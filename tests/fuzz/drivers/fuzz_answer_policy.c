/* The first octet says how the query comes (bits: cookies on, lists of askers,
 * TCP, two for the verdict), the rest is the query.  The long and the short way
 * must give the same octets; what went out must be a whole message, and short
 * for who may not be there. */
#include <stdlib.h>
#include <string.h>

#include "../../unit/snapshot_make.h"
#include "fact/answer_quick.h"

enum { COOKIES = 1, LISTS = 2, TCP = 4, VERDICT = 3 };

static struct snapshot_view base;
static struct snapshot s;
static struct answer_quick quick;

static void
make(void)
{
	struct snapshot_entry e[] = {
		{ .addr = addr_v4(192, 0, 2, 25), .code = 2 },
		{ .addr = addr_v4(192, 0, 2, 26), .code = 3 },
		{ .addr = { { 0x20, 1, 0xd, 0xb8, [15] = 9 } }, .code = 2 },
	};
	const char *part;
	uint8_t *b;
	int64_t n = make_base(&b, 3, SNAPSHOT_OUT, e, make_sort(e, 3));

	if (n < 0 || snapshot_open(&base, b, (size_t)n, &part) != 0)
		abort();
	s.base = &base;
	answer_quick_set(&quick, &s);
	if (!quick.usable)
		abort();
}

static enum answer_verdict
limit(void *ctx, const struct addr *peer)
{
	(void)peer;
	return (enum answer_verdict)(*(unsigned *)ctx % VERDICT);
}

static void
check_whole(const uint8_t *q, const uint8_t *a, size_t n)
{
	struct rbuf m = rbuf_of(a, n);
	struct dns_head h;
	struct dns_name name;
	struct dns_rr rr;

	dns_head_read(&h, &m);
	if (memcmp(q, a, 2) != 0 || (h.flags & DNS_QR) == 0 || h.qd > 1)
		abort();
	for (unsigned i = 0; i < h.qd; i++) {
		dns_name_read_plain(&name, &m);
		(void)rbuf_bytes(&m, 4);
	}
	for (unsigned i = 0; i < (unsigned)h.an + h.ns + h.ar; i++)
		dns_rr_read(&rr, &m);
	if (m.err != 0 || rbuf_left(&m) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct answer_policy policy = { .secret = "fifteen octets.", .limit = limit };
	struct answer_asker who = { .now = { 1700000000 }, .policy = &policy,
		.peer = addr_v4(198, 51, 100, 7) };
	uint8_t a[4096], b[4096];
	struct answer_info info, other;
	unsigned verdict;
	size_t len, cap;

	if (s.base == NULL)
		make();
	if (n == 0)
		return 0;
	policy.cookies = (p[0] & COOKIES) != 0;
	policy.n_allow = policy.n_out_allow = (p[0] & LISTS) != 0;
	policy.out_allow[0] = (struct net){ addr_v4(198, 51, 100, 0), 120 };
	who.tcp = (p[0] & TCP) != 0;
	verdict = p[0] >> 3;
	policy.limit_ctx = &verdict;
	cap = who.tcp ? sizeof(a) : DNS_EDNS;
	len = answer_make(&s, p + 1, n - 1, &who, a, cap, &info);
	if (answer_quick_make(&quick, p + 1, n - 1, &who, b, cap, &other) != len ||
	    memcmp(a, b, len) != 0 || info.rcode != other.rcode ||
	    info.listed != other.listed || info.verdict != other.verdict ||
	    info.truncated != other.truncated || info.cookie != other.cookie)
		abort();
	if (len > 0)
		check_whole(p + 1, a, len);
	else if (n > DNS_HEAD && (p[3] & 0x80) == 0 && info.verdict != ANSWER_DROP)
		abort();	/* RFC 8906: no silence */
	if (!who.tcp && info.cookie != COOKIE_VALID && len > ANSWER_TIMES * (n - 1))
		abort();
	return 0;
}
