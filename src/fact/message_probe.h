#pragma once
/* fact/message_probe.h -- what keeper and the probe role say about a session.
 *
 * Included by fact/message.h, which says what a message is. */

#include "fact/record.h"

enum { MESSAGE_NAMES = 8192 };

struct msg_order {
	uint64_t	order;		/* id of this session */
	uint64_t	run;
	struct addr	addr;
	uint16_t	port;
	uint8_t		pace;		/* enum pace: bounds of the session */
	uint8_t		purpose;	/* enum run_kind */
	uint8_t		name;		/* 1: ask DNS for the target's names first */
	uint8_t		words;		/* 1: tell what it calls itself */
	struct str	host;		/* known name of the target, or empty */
	struct str	hosts, domains;	/* to be confirmed, a space between */
	struct str	known;		/* looked at in this run already, a space between */
};

struct msg_form {
	uint64_t	order, attempt;
	uint8_t		form, variant;	/* index into relaytest_forms; see keep/sheet.h */
	struct str	host, dom;	/* what {host} and {dom} stand for */
	struct str	recipient;	/* token {T} */
	struct str	sender;		/* token {S} */
	struct wall	minted;		/* with mac: of the block in the letter's body (fact/letter) */
	struct str	mac;
	struct str	pair;		/* of the run, random: user and password of U01 */
	struct str	mail_from, rcpt_to;	/* of a retry: exactly these; else empty */
};

struct msg_name {	/* as struct candidate of fact/record_aside.h */
	uint64_t	order;
	uint8_t		source, used, depth;
	struct str	host, dom;	/* lower case, of letters, digits, - _ . */
};

struct msg_found {
	uint64_t	order, attempt;
	uint8_t		finding;
	uint16_t	code;
	struct wall	at;
	struct str	mail_from, rcpt_to;
	struct str	said;		/* hostile */
};

struct msg_said {
	uint64_t	order;
	uint32_t	part;
	struct str	octets;		/* hostile */
};

struct msg_load {
	uint32_t	sessions;
	uint32_t	delay_p99_ms, delay_max_ms;	/* of its loop, lately: sys/loop_delay */
};

struct msg_ended {
	uint64_t	order;
	uint8_t		finding;	/* of the session */
	uint16_t	refusals;
	uint32_t	took_ms;
	struct str	banner;		/* hostile: first line after the code */
	struct str	ehlo;		/* hostile: name in the EHLO reply */
	struct str	ptr;		/* forward-confirmed PTR name, or empty */
};
