/* The input is a query of who may transfer, by TCP and UDP, as it is and well signed:
 * the inside of a message must be no better than its signature's owner. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../unit/xfer/rig.h"

enum { ROOM = 65535, MESSAGES = 64 };

static struct rig rig;

/* A whole message with the right counts, to that query. */
static void
check(const uint8_t *q, const uint8_t *a, size_t n)
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

static void
transfer(const uint8_t *q, struct transfer *t, uint8_t *out)
{
	unsigned messages = 0;
	size_t n;
	int err;

	while ((err = transfer_next(t, out, TRANSFER_ROOM, &n)) == 0) {
		check(q, out, n);
		if (++messages > MESSAGES)
			abort();	/* so small a zone */
	}
	if (err != TRANSFER_END || messages == 0)
		abort();
	transfer_free(t, NULL);
}

/* Unsigned queries by UDP are serve's. */
static bool
is_ours(const uint8_t *q, size_t n, bool udp)
{
	struct dns_query d;

	return !udp || (dns_query_read(&d, q, n) == 0 && d.tsig);
}

static void
ask(const uint8_t *q, size_t n, bool udp)
{
	const struct server_client client = { .addr = addr_v4(192, 0, 2, 53), .udp = udp };
	static uint8_t out[TRANSFER_ROOM];
	struct transfer *t;
	size_t len;
	int err = server_query(&rig.server, &client, q, n, out, SERVER_ANSWER, &len, &t);

	if (udp && (t != NULL || len > DNS_EDNS))
		abort();	/* one datagram, and not a long one */
	if (err == 0 && t != NULL)
		transfer(q, t, out);
	else if (err == 0)
		check(q, out, len);
	else if (n >= DNS_HEAD && (q[2] & 0x80) == 0 && is_ours(q, n, udp))
		abort();	/* RFC 8906: no silence */
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t q[ROOM];
	struct tsig *t;
	size_t len = n;

	if (rig.base == NULL) {
		log_setup("fuzz", LOG_LV_ERR, 0);
		rig_open(&rig, KEY_A);
		rig.server.access = (struct access_rules){ .n_from = 1, .nokey = true,
			.from = { { .len = 0 } } };
	}
	ask(p, n, false);
	ask(p, n, true);
	if (n < DNS_HEAD || n > ROOM - TSIG_ROOM)
		return 0;
	memcpy(q, p, n);
	if (tsig_ask(&t, rig.server.ring, keys_first(rig.server.ring), q, &len, ROOM) != 0)
		return 0;
	ask(q, len, false);
	ask(q, len, true);
	memcpy(q, p, n);
	if (tsig_answered(t, q, n))	/* nor may it be an answer to that */
		abort();
	tsig_free(t);
	return 0;
}
