#include "xfer/ask.h"

/* The serial of an SOA record, which follows two names. */
static bool
read_serial(uint32_t *serial, const struct rbuf *m, const struct dns_rr *rr)
{
	struct rbuf d = rbuf_of(m->p, rr->at + rr->len);
	struct dns_name name;

	d.at = rr->at;
	dns_name_read(&name, &d);
	dns_name_read(&name, &d);
	*serial = rbuf_u32(&d);
	return d.err == 0;
}

/* The records behind the question.  dns_query_read() has found them whole. */
static bool
read_rest(struct ask *a, struct rbuf *m)
{
	unsigned rest = (unsigned)a->q.head.ns + a->q.head.ar, soas = 0;
	struct dns_rr rr;

	for (unsigned i = 0; i < rest; i++) {
		dns_rr_read(&rr, m);
		if (m->err != 0)
			return false;
		if (rr.type == DNS_TSIG && (i < a->q.head.ns || i + 1 < rest))
			return false;
		if (i >= a->q.head.ns || rr.type != DNS_SOA)
			continue;
		soas++;
		if (a->kind == ASK_IXFR && (!read_serial(&a->serial, m, &rr) ||
		    !dns_name_eq(&rr.owner, &a->q.name)))
			return false;
	}
	return a->kind != ASK_IXFR || soas == 1;
}

int
ask_read(struct ask *a, const uint8_t *msg, size_t n)
{
	struct rbuf m = rbuf_of(msg, n);
	int is = dns_query_read(&a->q, msg, n);

	a->kind = ASK_OTHER;
	a->serial = 0;
	if (is != 0)
		return is;
	if (a->q.type == DNS_AXFR)
		a->kind = ASK_AXFR;
	else if (a->q.type == DNS_IXFR)
		a->kind = ASK_IXFR;
	m.at = DNS_HEAD + a->q.question;
	return read_rest(a, &m) ? 0 : DNS_QUERY_FORMERR;
}
