/* The input is a query; the snapshot is a small one made at the start.  Both
 * ways to an answer must give the same octets. */
#include <stdlib.h>
#include <string.h>

#include "../../unit/snapshot_make.h"
#include "fact/answer_quick.h"

static struct snapshot_view base, over;
static struct snapshot s;
static struct answer_quick quick;

static void
make(void)
{
	struct snapshot_entry e[] = {
		{ addr_v4(1, 2, 3, 4), 2, 0 }, { addr_v4(192, 0, 2, 25), 2, 0 },
		{ addr_v4(192, 0, 2, 26), 3, 0 },
		{ { { 0x20, 1, 0xd, 0xb8, [15] = 9 } }, 2, 0 },
		{ addr_v4(203, 0, 113, 0), 2, SNAPSHOT_RANGE },
		{ addr_v4(203, 0, 113, 9), 2, SNAPSHOT_EXCEPT },
		{ { { 0x20, 1, 0xd, 0xb8, [7] = 1 } }, 2, SNAPSHOT_RANGE },
		{ { { 0x20, 1, 0xd, 0xb8, [7] = 1, [15] = 9 } }, 2, SNAPSHOT_EXCEPT },
	};
	struct snapshot_change c[] = { { { addr_v4(1, 2, 3, 4), 2, 0 }, false },
		{ { addr_v4(4, 3, 2, 1), 2, 0 }, true } };
	size_t k = make_sort(e, sizeof(e) / sizeof(e[0]));
	const char *part;
	uint8_t *b, *o;
	int64_t n = make_base(&b, 3, SNAPSHOT_OUT, e, k);

	if (n < 0 || snapshot_open(&base, b, (size_t)n, &part) != 0)
		abort();
	n = make_overlay(&o, 4, SNAPSHOT_OUT, &base, c, 2);
	if (n < 0 || snapshot_open(&over, o, (size_t)n, &part) != 0)
		abort();
	s = (struct snapshot){ &base, &over };
	answer_quick_set(&quick, &s);
}

/* What went out must be a whole message with the right counts. */
static void
check(const uint8_t *q, const uint8_t *a, size_t n, size_t most)
{
	struct rbuf m = rbuf_of(a, n);
	struct dns_head h;
	struct dns_name name;
	struct dns_rr rr;

	dns_head_read(&h, &m);
	if (n > most || memcmp(q, a, 2) != 0 || (h.flags & DNS_QR) == 0 || h.qd > 1)
		abort();
	for (unsigned i = 0; i < h.qd; i++) {
		dns_name_read_plain(&name, &m);
		(void)rbuf_bytes(&m, 4);
	}
	for (unsigned i = 0; i < (unsigned)h.an + h.ns + h.ar; i++)
		dns_rr_read(&rr, &m);
	if (m.err != 0 || rbuf_left(&m) != 0)
		abort();
	if (h.an == 0 && (h.flags & (DNS_AA | DNS_TC)) == DNS_AA && h.ns != 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct answer_asker udp = { .now = { 1700000000 } };
	const struct answer_asker tcp = { .tcp = true, .now = udp.now };
	uint8_t a[4096], b[DNS_EDNS];
	struct answer_info info;
	size_t len;

	if (s.base == NULL)
		make();
	len = answer_make(&s, p, n, &udp, a, DNS_EDNS, &info);
	if (len > 0)
		check(p, a, len, DNS_EDNS);
	else if (n >= DNS_HEAD && (p[2] & 0x80) == 0)
		abort();	/* RFC 8906: no silence */
	if (answer_quick_make(&quick, p, n, &udp, b, sizeof(b), NULL) != len ||
	    memcmp(a, b, len) != 0)
		abort();
	len = answer_make(&s, p, n, &tcp, a, sizeof(a), &info);
	if (len > 0)
		check(p, a, len, sizeof(a));
	return 0;
}
