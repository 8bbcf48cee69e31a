#pragma once
/* xfer/dnstap_encode.h -- an answer and its query as messages of dnstap.
 *
 * Pure, no allocation.  The octets of query and answer go out as they are,
 * hostile: whoever reads them must parse them.
 * Source: the public format of dnstap (dnstap.proto), by its field numbers;
 * content type protobuf:dnstap.Dnstap. */

#include "base/str.h"
#include "sys/tap.h"

#define DNSTAP_CONTENT "protobuf:dnstap.Dnstap"

enum {
	DNSTAP_WORDS = 255,	/* octets of identity and of version, at most */
	DNSTAP_FRAME_MAX = TAP_ANSWER + 2 * DNSTAP_WORDS + 128,
};

enum dnstap_side { DNSTAP_QUERY, DNSTAP_ANSWER };

struct dnstap_about {
	struct str	identity, version;	/* borrowed; empty: left out */
	bool		clients;	/* with address and port of who asked */
};

/* Encodes one side of a: AUTH_QUERY with the query, at most TAP_QUERY octets,
 * or AUTH_RESPONSE with the answer, at most TAP_ANSWER.
 * Returns the octets in out. */
size_t dnstap_encode(uint8_t out[DNSTAP_FRAME_MAX], const struct tap_answer *a,
    enum dnstap_side side, const struct dnstap_about *about);
