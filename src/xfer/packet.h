#pragma once
/* xfer/packet.h -- fills one DNS message with records.
 *
 * Pure.  Owner names are compressed against the one before (RFC 1035 4.1.4): in
 * a zone of reversed addresses that leaves a label or two of each; rdata is
 * not.  A message of a transfer stays below 16 KiB, where every name can still
 * be pointed to (RFC 5936 3.4). */

#include "fact/answer_cursor.h"

enum {
	PACKET_MAX = 16383,	/* octets; the last offset that a pointer reaches */
	PACKET_OPT = 11,
	PACKET_LABELS = 127,
};

struct packet {
	struct wbuf	w;
	size_t		cap;		/* for records */
	uint16_t	id, flags, qd, an, ns, ar;
	/* the owner before: octets, its labels, where each suffix stands */
	struct dns_name	last;
	uint8_t		n_labels;
	uint8_t		label[PACKET_LABELS];	/* offsets in last */
	uint16_t	where[PACKET_LABELS + 1];	/* by labels from the root; 0: out of reach */
};

/* Begins the answer to q in out[0..cap), with its ID, opcode and RD, and rcode
 * (< 16).  question: is it repeated?  keep: octets at the end that no record
 * may take (OPT, TSIG). */
void packet_begin(struct packet *p, const struct dns_query *q, bool question,
    unsigned rcode, uint8_t *out, size_t cap, size_t keep);

/* Adds a record to the answer section, or to the authority section, after which
 * no answer may come.  False: it did not fit and is not there. */
bool packet_put(struct packet *p, const struct answer_record *r);
bool packet_put_ns(struct packet *p, const struct answer_record *r);

/* Adds an OPT record (RFC 6891 6.1.1) and writes the head; the room must have
 * been kept.  Returns the octets of the message. */
size_t packet_end(struct packet *p, bool opt);
