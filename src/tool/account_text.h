#pragma once
/* tool/account_text.h -- numbers, moments and places of an account as a person
 * reads them.
 *
 * Every function writes harmless UTF-8 of one line, with a NUL: names of files
 * and all that lines hold are cleaned here (words_safe), but not escaped for
 * HTML. */

#include "account/result.h"
#include "tool/words.h"

enum { ACCOUNT_TEXT = 640 };

/* How a terminal or a page shows things. */
struct account_look {
	bool	color;
	bool	ascii;		/* no character outside ASCII for bars */
};

void account_text_number(char out[32], uint64_t n);	/* "912,299" */
void account_text_octets(char out[32], uint64_t n);	/* "1.2 GB", powers of ten */
void account_text_least(char out[64], uint64_t n, bool at_least);	/* "at least 912,299" */
void account_text_span(char out[64], int64_t s);	/* "2 h 57 min" */

/* A name of a table: "mx.example", "(none given)" for "". */
void account_text_name(char out[ACCOUNT_TEXT], enum account_axis a, struct str name);

/* "mail.log.1:4711" without the directory that all files have in common; "-" for
 * never. */
void account_text_place(char out[ACCOUNT_TEXT], const struct account_result *r,
    struct account_where w);

/* "2026-11-23 15:58:04 JST (mail.log.1:4711)"; "-" for never. */
void account_text_when(char out[ACCOUNT_TEXT], const struct account_result *r,
    struct account_when w);

/* Whom a verdict is about: "192.0.2.7, 198.51.100.9"; "" : nobody was named. */
void account_text_who(char out[ACCOUNT_TEXT], const struct account_verdict *v);

/* Number i of a count (account_words_count) for a list of them.  Returns false when
 * it is 0 and would say nothing. */
bool account_text_count(char out[ACCOUNT_TEXT], const struct account_count *n, size_t i,
    bool at_least);

/* Of a count: "delivered 12, deferred 3"; numbers that are 0 are left out. */
void account_text_ends(char out[ACCOUNT_TEXT], const struct account_count *n);

/* A reason as a sentence, its values filled in. */
void account_text_reason(char out[ACCOUNT_TEXT * 2], const struct account_result *r,
    const struct account_reason *reason);
