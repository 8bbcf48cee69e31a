#pragma once
/* web/problem.h -- what the API answers instead of what was asked for:
 * RFC 9457 problem details, made out of a tag.
 *
 * Tags are stable; a program looks at them alone.  Each stands, with its
 * status, in sekimori.api(7) and openapi.json, with its sentence as
 * "error.TAG" among the texts (web/text.h).  Those of the keeper are errors of
 * sekimori.control(7).  A lint test compares them all. */

#include "web/web.h"

enum problem_by { PROBLEM_WEB, PROBLEM_KEEPER };

struct problem_row {
	const char	*tag;
	unsigned	 status;	/* RFC 9110 15 */
	unsigned	 retry_s;	/* Retry-After where the keeper names none; 0: none */
	enum problem_by	 by;		/* who finds it */
};

extern const struct problem_row problem_rows[];	/* the last one has no tag */

/* The row of a tag; of one that is none, or NULL, that of "internal". */
const struct problem_row *problem_of(const char *tag);

struct problem {
	const char	*tag;
	int64_t		 retry_s;	/* 0: as the row says */
	const json_t	*names;		/* what it is about, a list of texts, hostile; NULL: none */
	const json_t	*plan;		/* of a gate that does not fit; NULL: none */
	const char	*allow;		/* of 405: the methods; else NULL */
};

/* The document: type, title, status, detail (in that language), detail_en,
 * detail_ja, tag, v and, where they are known, retry_after, names and plan.
 * url  what web.url is, with the final slash; "" gives relative references
 * A new object, or NULL: out of memory.  Pure but for memory. */
json_t *problem_json(const struct problem *p, enum lang lang, const char *url);

/* Answers r with it, in the language that it asks for.  Ends r. */
void problem_answer(const struct web *w, struct http_request *r,
    const struct problem *p);

/* The same for the keeper's failure; answer NULL: the keeper is away. */
void problem_keeper(const struct web *w, struct http_request *r,
    const json_t *answer);
