#pragma once
/* tool/account_words.h -- what an account of mail logs is made of, in stable
 * tags and in words.
 *
 * Tags are the English of JSON, CSV, metrics and the environment of a program;
 * words are translated.  Both are ours: nothing hostile comes out of here. */

#include <stdbool.h>
#include <stddef.h>

#include "account/result.h"

enum account_words {
	ACCOUNT_WORDS_CAUSE,	/* of enum account_cause; long: the answer as a sentence */
	ACCOUNT_WORDS_CLASS,	/* of enum account_class; long: what is counted as that */
	ACCOUNT_WORDS_AXIS,	/* of enum account_axis: heading of a table; long: what "" means there */
	ACCOUNT_WORDS_GAP,	/* of enum account_gap: what is missing */
	ACCOUNT_WORDS_SIDE,	/* of enum account_side */
	ACCOUNT_WORDS_MTA,	/* of enum mail_mta: a name, the same in all languages */
	ACCOUNT_WORDS_OWN,	/* where what is ours was taken from: own_nets_from */
	ACCOUNT_WORDS_N
};

/* Of value i of that enumeration; one that is none gives "unknown" and "?". */
const char *account_words_tag(enum account_words of, size_t i);
const char *account_words_name(enum account_words of, size_t i);
const char *account_words_long(enum account_words of, size_t i);

/* A trouble of a file (account_file.trouble); an unknown tag comes back. */
const char *account_words_trouble(const char *tag);
const char *account_words_trouble_tag(size_t i);	/* NULL: there are no more */

/* The numbers of an account_count, in the order of its tables. */
struct account_words_count {
	const char	*tag, *words;
	size_t		 offset;
};

enum {
	ACCOUNT_WORDS_COUNTS = 10,
	ACCOUNT_WORDS_MESSAGES = 0, ACCOUNT_WORDS_RECIPIENTS, ACCOUNT_WORDS_OCTETS = 7	/* places in it */
};
extern const struct account_words_count account_words_count[ACCOUNT_WORDS_COUNTS];
uint64_t account_words_count_of(const struct account_count *n, size_t i);

/* Is that cause abuse, so that the exit code is 1? */
bool account_words_is_abuse(enum account_cause c);

/* 1 when any verdict is abuse, else 2 when one is undecided or there is none, else 0. */
int account_words_exit(const struct account_result *r);

/* What the names of a verdict are: "accounts". */
const char *account_words_who(enum account_cause c);

/* The class that a cause is about, or ACCOUNT_CLASS_N. */
enum account_class account_words_class_of(enum account_cause c);

/* All classes of a name together. */
struct account_count account_words_sum(const struct account_count n[ACCOUNT_CLASS_N]);
