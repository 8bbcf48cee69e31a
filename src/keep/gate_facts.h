#pragma once
/* keep/gate_facts.h -- what one round saw of a server, to be compared with the
 * baseline.
 *
 * Pure, without allocation: plain data of fixed size.  Texts were cleaned by
 * who puts them in (fact/spoken); they quote the server all the same. */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum gate_fact_kind {
	GATE_VERDICT = 0,	/* "closed" */
	GATE_PORT,		/* "answers", "no-answer" */
	GATE_BANNER,		/* without the moment */
	GATE_OFFER,		/* keywords of EHLO; ... */
	GATE_OFFER_TLS,		/* ... within TLS */
	GATE_TLS,		/* version, cipher, certificate */
	GATE_REPLY,		/* to a form: "refused 554 5.7.1" */
	GATE_FACT_N
};

/* "verdict", "port", "banner" ...: the words of the protocol. */
const char *gate_fact_name(enum gate_fact_kind kind);

enum {
	GATE_FACTS = 384,	/* all slots of a sheet, and the rest for some ports */
	GATE_POOL = 48 * 1024,	/* octets of their texts */
	GATE_TEXT = 512,	/* of one with NUL: fact/spoken's longest */
};

struct gate_fact {
	uint8_t		kind;		/* enum gate_fact_kind */
	uint8_t		form, variant;	/* of GATE_REPLY; else 0 */
	uint16_t	port;		/* 0: of the whole server */
	uint16_t	at, n;		/* of its text in the pool */
};

struct gate_facts {
	struct gate_fact row[GATE_FACTS];
	size_t		 n;
	char		 pool[GATE_POOL];
	size_t		 used;
};

/* Adds one.  Where there is one of that kind, port and form already it stays,
 * but words of a banner that differ become "*": what changes from session to
 * session is no change of the server.  Returns 0, or SEK_ELIMIT: there is no
 * room, it is left out. */
int gate_facts_put(struct gate_facts *f, const struct gate_fact *key, const char *text);

/* The text of a fact of f, borrowed; NULL: there is none. */
const char *gate_facts_find(const struct gate_facts *f, const struct gate_fact *key);
const char *gate_facts_text(const struct gate_facts *f, const struct gate_fact *row);

/* Is the one what the other says?  Word by word; "*" stands for any words up to
 * the next that is the same. */
bool gate_facts_like(const char *pattern, const char *text);
