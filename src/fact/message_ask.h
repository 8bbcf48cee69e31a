#pragma once
/* fact/message_ask.h -- what keeper asks of the probe role beside sessions:
 * names, and letters to be handed in.  Part of fact/message.h. */

#include "base/str.h"

enum { MESSAGE_ADDRS = 16 };

enum resolve_kind {
	RESOLVE_ADDR = 1, RESOLVE_MX = 2, RESOLVE_PTR = 3, RESOLVE_TXT = 4,
	RESOLVE_A = 5,		/* A alone: what a DNSBL answers */
	RESOLVE_NS = 6, RESOLVE_CNAME = 7,
};

struct msg_resolve {
	uint64_t	id;
	uint8_t		kind;
	struct str	name;		/* or the address as text, for PTR */
};

struct msg_resolved {
	uint64_t	id;
	uint8_t		ok;		/* 0: temporary failure or none; why says which */
	struct str	why;		/* tag: "no-such-name", "no-address", "null-mx", "temporary" */
	struct str	names;		/* hostile; in order of preference, space between; of a
					 * RESOLVE_TXT question: the texts, LF between, other
					 * octets below 0x20 are ? */
	struct str	addrs;		/* 16 octets each, at most MESSAGE_ADDRS */
	uint8_t		alias;		/* 1: the name is a CNAME, which was followed */
};

struct msg_letter {
	uint64_t	id;
	struct str	mail_from, rcpt;	/* without <> */
	struct str	octets;		/* the whole mail */
};

struct msg_letter_done {
	uint64_t	id;
	uint8_t		ok;		/* 1: the server took it */
	uint16_t	code;		/* its reply; 0: none */
	struct str	said;		/* hostile: of that reply, or what went wrong */
};
