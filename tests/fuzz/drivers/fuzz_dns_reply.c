/* Two octets choose the type, the rest is a reply to a question that is made
 * to fit: its own question is read out of it first. */
#include <stdlib.h>

#include "wire/dns.h"

static const uint16_t types[] = { DNS_A, DNS_AAAA, DNS_MX, DNS_PTR, DNS_CNAME,
	DNS_SOA, DNS_NS, DNS_TXT, DNS_TLSA, DNS_ANY };

static void
check_name(const struct dns_name *n)
{
	char text[DNS_NAME_TEXT];
	struct rbuf r = rbuf_of(n->o, n->len);
	struct dns_name back;

	if (n->len == 0)
		return;
	dns_name_read_plain(&back, &r);
	if (r.err != 0 || rbuf_left(&r) != 0 || !dns_name_eq(&back, n) ||
	    dns_name_text(text, n) >= sizeof(text))
		abort();
}

static void
read_all(struct dns_reply *r, const uint8_t *p, size_t n)
{
	struct dns_record rec;
	unsigned records = 0;
	char text[4096];
	size_t len;

	check_name(&r->owner);
	while (dns_reply_next(&rec, r) == 0) {
		if (++records > DNS_RECORDS_MAX || rec.ttl_s > 0x7fffffff)
			abort();
		check_name(&rec.owner);
		check_name(&rec.name);
		check_name(&rec.mbox);
		if (rec.data != NULL && (rec.data < p || rec.data + rec.len > p + n))
			abort();
		if (rec.type == DNS_TXT &&
		    dns_txt_join(text, sizeof(text), &len, &rec) == 0 &&
		    len >= rec.len)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct dns_reply r;
	struct dns_name name;
	struct rbuf q;
	uint16_t type;

	if (n < 1)
		return 0;
	type = types[p[0] % (sizeof(types) / sizeof(types[0]))];
	q = rbuf_of(p + 1, n - 1);
	(void)rbuf_bytes(&q, DNS_HEAD);
	dns_name_read_plain(&name, &q);
	if (q.err != 0)
		return 0;
	if (dns_reply_open(&r, p + 1, n - 1, -1, &name, type) == 0)
		read_all(&r, p + 1, n - 1);
	return 0;
}
