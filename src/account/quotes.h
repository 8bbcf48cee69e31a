#pragma once
/* account/quotes.h -- the few lines that are kept as they were written, since
 * an answer quotes them. */

#include <string.h>

#include "account/at.h"
#include "account/result.h"

enum {
	QUOTES_ENDS = 128,	/* of the mail whose side is not known: the first and the last */
};

struct quote {
	struct account_at	at;	/* never: none */
	uint16_t		len;
	char			text[ACCOUNT_QUOTE];
};

static inline void
quote_set(struct quote *q, struct account_at at, struct str line)
{
	q->at = at;
	q->len = (uint16_t)(line.n < ACCOUNT_QUOTE ? line.n : ACCOUNT_QUOTE);
	if (q->len > 0)
		memcpy(q->text, line.p, q->len);
}

static inline struct str
quote_text(const struct quote *q)
{
	return (struct str){ q->text, q->len };
}

struct quotes_end {
	struct quote	*slot;			/* QUOTES_ENDS; owned, made with the first line */
	uint8_t		 order[QUOTES_ENDS];	/* slots by time, ascending */
	size_t		 n;
};

/* The first and the last QUOTES_ENDS lines by time, each moment once. */
struct account_quotes {
	struct quotes_end	first, last;
};

void quotes_free(struct account_quotes *q);
int quotes_copy(struct account_quotes *to, const struct account_quotes *from) MUST_CHECK;
int quotes_add(struct account_quotes *q, struct account_at at,
    struct str line) MUST_CHECK;
int quotes_join(struct account_quotes *a, const struct account_quotes *b,
    const struct account_shift *by) MUST_CHECK;

/* The line of that moment; "" when it is not kept.  Borrowed until the next is added. */
struct str quotes_line(const struct account_quotes *q, struct account_at at);
