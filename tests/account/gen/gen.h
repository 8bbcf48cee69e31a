#pragma once
/* account/gen/gen.h -- parts of gen, which makes a mail log of any size.
 *
 * A small world: people of twelve towns, a few thousand clients, tens of
 * thousands of domains. Messages live in it and say at each step of their life
 * what a mail server would have logged; whose step is next writes the next
 * line, so that thousands of them are interleaved. The shapes of the lines are
 * those of the logs beside (logs/postfix, logs/exim). */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/rand.h"

enum {
	GEN_DOMAINS = 40000,
	GEN_CLIENTS = 6000,
	GEN_STRANGERS = 60,	/* of these the first relay */
	GEN_TOWNS = 12,		/* our own domains: townNN.example */
	GEN_USERS = 400,
	GEN_NAME = 48,
	GEN_RCPTS = 50,
};

enum gen_kind {
	GEN_INBOUND,	/* an outside client writes to our people */
	GEN_OFFICE,	/* a client of our network writes out */
	GEN_LOGIN,	/* one of our people, logged in, writes out */
	GEN_LOCAL,	/* a program of the host, such as cron, to our people */
	GEN_NOTICE,	/* a bounce */
	GEN_RELAY,	/* a stranger writes out: the abuse */
	GEN_THEFT,	/* a thief who is logged in: the other one */
	GEN_KINDS
};

enum gen_fate { GEN_SENT, GEN_LATER, GEN_UNKNOWN, GEN_NEVER };
enum gen_state { GEN_WAITS, GEN_DELIVERED, GEN_BOUNCED, GEN_DEFERRED,
	GEN_EXPIRED };

struct gen_rcpt {
	uint32_t	local;
	uint32_t	domain;	/* of ours when the message is inbound */
	uint8_t		fate;
	uint8_t		state;
	uint8_t		waits;	/* attempts that will still be put off */
};

struct gen_message {
	enum gen_kind	 kind;
	unsigned	 step;
	uint64_t	 number;	/* all of them ever */
	char		 id[24];
	uint32_t	 inode;
	uint32_t	 client;
	uint32_t	 user;
	uint32_t	 local, domain;	/* of the sender */
	uint32_t	 size;
	uint32_t	 pid;		/* of the process that talks to the client */
	uint32_t	 attempts;
	int64_t		 born_us;
	uint32_t	 n_rcpts, at;	/* at: whose turn it is */
	struct gen_rcpt	 rcpts[];
};

struct gen_count {
	uint64_t messages, recipients, delivered, bounced, expired;
	int64_t first_s, last_s;
};

struct gen {
	struct rand	 rand;
	FILE		*out;
	const struct gen_dialect *says;
	int64_t		 now_us, begun_us;
	int64_t		 stamped_s;	/* which second stamp[] is of */
	char		 stamp[40];
	uint64_t	 octets, size, lines, number;
	uint64_t	 rejected, relay_denied, logins_failed, deferrals;
	int64_t		 denied_after_s;
	struct gen_count count[GEN_KINDS];
	bool		 iso;
	bool		 relays, steals;	/* the stories asked for */
	bool		 relayed;		/* strangers have been let in */
	char		(*domains)[GEN_NAME];
	char		(*clients)[2][GEN_NAME];	/* name or "", address */
	uint32_t	*inodes;		/* free ones */
	uint32_t	 n_inodes;
};

/* What a kind of server says of a step; each writes no line, one or some. */
struct gen_dialect {
	const char *name;
	void (*connect)(struct gen *g, struct gen_message *m);
	void (*accept)(struct gen *g, struct gen_message *m);
	void (*queued)(struct gen *g, struct gen_message *m);
	void (*disconnect)(struct gen *g, struct gen_message *m);
	void (*deliver)(struct gen *g, struct gen_message *m,
	    const struct gen_rcpt *r);
	void (*end)(struct gen *g, struct gen_message *m);
	void (*notice)(struct gen *g, struct gen_message *m,
	    struct gen_message *child);
	void (*refuse)(struct gen *g, uint32_t client, bool relay);
	void (*refuse_login)(struct gen *g, uint32_t client, uint32_t user);
	void (*noise)(struct gen *g);	/* what is no mail: dovecot, anvil */
	void (*identify)(struct gen *g, struct gen_message *m);
};
extern const struct gen_dialect gen_postfix, gen_exim;

/* A random number below n (n > 0). */
uint32_t gen_below(struct gen *g, uint32_t n);

/* Like it, but small ones come much oftener. */
uint32_t gen_skewed(struct gen *g, uint32_t n);

/* Writes one line with the stamp of now: tag[pid]: text; for a dialect that
 * has no tag, the text alone. */
__attribute__((format(printf, 4, 5)))
void gen_line(struct gen *g, const char *tag, uint32_t pid,
    const char *format, ...);

/* truth.c. */
void gen_truth(const struct gen *g, FILE *f);

/* names.c. An address written into out, of at least 2 * GEN_NAME. */
void gen_names(struct gen *g);
const char *gen_person(char *out, uint32_t local, const char *domain);
const char *gen_town(char *out, uint32_t town);
const char *gen_sender(const struct gen *g, char *out,
    const struct gen_message *m);
const char *gen_recipient(const struct gen *g, char *out,
    const struct gen_message *m, const struct gen_rcpt *r);

/* Whether a message leaves (its recipients' domains are outside). */
bool gen_leaves(enum gen_kind kind);

/* Host and address that a domain's mail goes to. */
const char *gen_mx(char *out, const struct gen *g, uint32_t domain);
const char *gen_mx_address(char *out, uint32_t domain);
