#pragma once
/* fact/answer_body.h -- between the files of fact/answer.h: which place a name
 * is (answer_find.c), the records there (answer_put.c), the message around them
 * (answer.c), all of a zone (answer_cursor.c). */

#include "fact/answer.h"
#include "fact/returncode.h"

enum { ANSWER_POINTER = 0xc000 };	/* RFC 1035 4.1.4 */

enum node {
	NODE_NONE,		/* NXDOMAIN */
	NODE_EMPTY,		/* something below: NODATA */
	NODE_APEX, NODE_STATUS, NODE_HOST, NODE_ENTRY, NODE_TEST,
	NODE_EXCEPT,		/* an exception of a range: TXT alone */
	NODE_RANGE,		/* its wildcard, asked for itself or matching */
};

struct place {			/* a name, found in the tree */
	enum node	node;
	unsigned	code;	/* which of the lists */
	size_t		apex;	/* where its zone begins in the question's name */
	size_t		ns;	/* of a host */
	struct addr	addr;	/* of an entry; RANGE: its first */
};

struct reply {			/* being written */
	const struct snapshot	*s;
	const struct dns_query	*q;
	struct wbuf		w;
	struct wall		now;
	const struct answer_asker *who;
	enum cookie		cookie;		/* what the query brought */
	enum answer_verdict	verdict;
	struct place		at;
	unsigned		rcode;
	uint16_t		an, ns;
	int			ede;	/* RFC 8914 5.2, or EDE_NONE */
	bool			aa, denied;
};

/* Parts of answer_make() for answer_quick.c ------------------------------- */

/* Who may not be there, and asks too much; asks the policy's limit. */
enum answer_verdict answer_judge(const struct answer_asker *who,
    enum cookie cookie);

/* answer_make() with the verdict given. */
size_t answer_judged(const struct snapshot *s, const uint8_t *q, size_t n,
    const struct answer_asker *who, enum answer_verdict verdict, uint8_t *out,
    size_t cap, struct answer_info *info);

/* The cookie that goes back to who brought octets, which were judged is. */
void answer_cookie(uint8_t out[COOKIE_LEN], const uint8_t *octets,
    enum cookie is, const struct answer_asker *who);

/* May the asker ask in the zone with that code? */
bool answer_may_ask(const struct answer_asker *who, unsigned code);

/* Sets *p for a name at or below ZONE, above octets of it in front. */
void answer_find(struct place *p, const struct snapshot *s,
    const struct dns_name *name, size_t above);

/* The text of a TEST, ENTRY, RANGE or EXCEPT. */
size_t answer_text(char out[RETURNCODE_TEXT], const struct snapshot *s,
    const struct place *p);

/* The text of _status with what h says, and its TTL: a cached "alive" must not
 * outlive the expiry that it states.  now 0: the zone's, as in transfers. */
size_t answer_status_text(char out[ANSWER_STATUS_TEXT],
    const struct snapshot_head *h);
uint32_t answer_status_ttl_s(const struct snapshot *s, struct wall now);

/* The records of r->at for the question's type; of ANY one set (RFC 8482
 * 4.1).  None: nothing is written.  What does not fit is in r->w.err. */
void answer_put_data(struct reply *r);

/* The SOA of r->at's zone, counted in *count. */
void answer_put_soa(struct reply *r, uint32_t ttl_s, uint16_t *count);
