#pragma once
/* fact/message.h -- what the roles say to each other: one table of types.
 *
 * A message is a type, a correlation id and the encoding of one shape
 * (fact/shape.h).  keeper is the centre; serve and xfer hear only the parent,
 * and xfer what serve cannot answer.
 * Text in a decoded message borrows from the frame and is hostile where the
 * record says so. */

#include "fact/message_ask.h"
#include "fact/message_probe.h"

enum message_type {
	/* parent -> role */
	MSG_CONF = 1,		/* struct msg_text: the parsed table as text */
	MSG_SOCKET,		/* struct msg_socket + descriptor: a listening socket */
	MSG_KEEPER,		/* struct msg_empty + descriptor: a channel to keeper */
	MSG_PEER,		/* struct msg_peer + descriptor: a channel to another role, to keeper */
	MSG_PUBLISH,		/* struct msg_publish + descriptor; keeper -> parent -> roles */
	MSG_STOP,		/* struct msg_empty */
	/* role -> parent */
	MSG_READY,		/* struct msg_text: what the sandbox reached */
	/* keeper -> probe */
	MSG_ORDER,		/* struct msg_order: one session with one target */
	MSG_FORM,		/* struct msg_form: one form of that order */
	MSG_GO,			/* struct msg_id: the order is complete; connect when permitted */
	MSG_GRANT,		/* struct msg_grant: answer to MSG_ASK */
	MSG_RESOLVE,		/* struct msg_resolve */
	/* probe -> keeper */
	MSG_ASK,		/* struct msg_id: may I connect now? */
	MSG_FOUND,		/* struct msg_found: what became of one form */
	MSG_SAID,		/* struct msg_said: transcript */
	MSG_ENDED,		/* struct msg_ended: the session is over */
	MSG_RESOLVED,		/* struct msg_resolved */
	/* receive -> keeper */
	MSG_RCPT,		/* struct msg_rcpt: is this recipient ours? */
	MSG_MAIL,		/* struct msg_mail: a mail begins */
	MSG_MAIL_PART,		/* struct msg_part */
	MSG_MAIL_END,		/* struct msg_id: commit it */
	/* keeper -> receive */
	MSG_RCPT_IS,		/* struct msg_grant */
	MSG_STORED,		/* struct msg_grant: answer to MSG_MAIL_END */
	/* control socket */
	MSG_CTL,		/* struct msg_part: a request, JSON */
	MSG_CTL_PART,		/* struct msg_part: octets that go with it (a mail) */
	MSG_CTL_GO,		/* struct msg_id: the request is complete */
	MSG_CTL_EVENT,		/* struct msg_part: a live line, JSON */
	MSG_CTL_DONE,		/* struct msg_part: the end, JSON with "exit" */
	/* receive -> keeper */
	MSG_MAIL_DROP,		/* struct msg_id: the mail begun will not end; forget it */
	/* control socket, web -> keeper */
	MSG_CTL_DROP,		/* struct msg_id: nobody waits for this request */
	/* keeper -> probe */
	MSG_HALT,		/* struct msg_id: this order is to end, no further form */
	MSG_LETTER,		/* struct msg_letter: for the operator's own mail server */
	/* probe -> keeper */
	MSG_LETTER_DONE,	/* struct msg_letter_done */
	/* parent -> role */
	MSG_SHARED,		/* struct msg_shared + descriptor: memory shared with others */
	/* serve -> xfer */
	MSG_SIGNED,		/* struct msg_signed + descriptor: the socket that it came by */
	/* probe -> keeper */
	MSG_NAME,		/* struct msg_name: a name of the target */
	MSG_NAMED,		/* struct msg_id: DNS was asked for this order's target */
	/* within a channel alone, whoever is at its ends */
	MSG_MANY,		/* struct msg_many: several messages in one frame */
	/* probe -> keeper */
	MSG_LOAD,		/* struct msg_load: while it has sessions, and once after */
	MSG_N
};

enum { MESSAGE_TEXT = 32768, MESSAGE_PART = 16384, MESSAGE_QUERY = 1280,
	MESSAGE_MANY = 32768 };

struct msg_empty { uint8_t none; };
struct msg_id { uint64_t id; };
struct msg_text { struct str text; };
struct msg_part { uint64_t id; struct str octets; };

struct msg_many { struct str frames; };	/* behind each other; sys/frame.h */

struct msg_socket {
	struct str	name;		/* "dns-udp", "dns-tcp", "smtp", "control" */
};

struct msg_peer {
	struct str	name;		/* of the role: "probe", "receive", "web" */
	uint16_t	nth;		/* process of that role, 0 first */
};

struct msg_shared {
	struct str	name;		/* "dns-counters", "dns-limit", "dns-tap" */
	uint32_t	index;		/* which part of it is the receiver's */
	uint64_t	octets;		/* size of the memory file */
};

/* A query by UDP with a TSIG, which serve has no keys for. */
struct msg_signed {
	struct addr	peer;
	uint16_t	port;
	struct addr	local;		/* that was asked; :: where the socket knows it */
	struct str	query;		/* hostile */
};

enum publish_kind { PUBLISH_BASE = 1, PUBLISH_OVERLAY = 2, PUBLISH_TAIL = 3 };

struct msg_publish {
	uint8_t		kind;
	uint32_t	serial;		/* after it */
	uint64_t	octets;		/* size of the sealed memfd */
};

struct msg_grant {
	uint64_t	id;
	uint8_t		ok;
	uint16_t	code;		/* SMTP reply to give, for receive */
	struct str	why;		/* tag */
};

struct msg_rcpt {
	uint64_t	id;		/* of the question */
	struct addr	peer;
	struct str	rcpt;		/* hostile: address without <> */
	struct str	mail_from;	/* hostile */
};

struct msg_mail {
	uint64_t	id;		/* of the mail */
	struct addr	peer;
	struct str	helo;		/* hostile */
	struct str	mail_from;	/* hostile */
	struct str	rcpts;		/* hostile; those that were accepted, LF between */
};

/* The shape of a type, or NULL. */
const struct shape *message_shape(unsigned type);
