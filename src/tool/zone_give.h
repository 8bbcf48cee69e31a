#pragma once
/* tool/zone_give.h -- forms of an export: a row each, and what all share.
 *
 * What has no effect in DNS (addresses inside a listed range, exceptions of
 * nothing, codes that no zone shows) is in no export. */

#include <stdio.h>

#include "fact/answer.h"
#include "wire/rpz.h"

struct zone_give {
	struct snapshot		 s;
	enum answer_zone	 which;
	struct wall		 now;	/* for the TTL of _status */
	enum rpz_trigger	 trigger;	/* of a policy zone */
	const char		*target;	/* of a policy zone: the CNAME of what is listed */
	FILE			*out;
	uint64_t		 records;	/* given: records, or entries */
};

struct zone_form {
	const char	*name;		/* of --format */
	bool		 both;		/* has the exits too: --zone has no meaning */
	/* Returns 0; SEK_ESYS when writing failed (errno); what a cursor
	 * returned; SEK_ENOMEM. */
	int		(*write)(struct zone_give *g);
};

/* The form of that name, NULL: the first one.  NULL where there is none. */
const struct zone_form *zone_form_of(const char *name);

int zone_give_rbldnsd(struct zone_give *g) MUST_CHECK;
int zone_give_rpz(struct zone_give *g) MUST_CHECK;
int zone_give_csv(struct zone_give *g) MUST_CHECK;
int zone_give_jsonl(struct zone_give *g) MUST_CHECK;

/* The TXT text of an entry, as DNS has it.  Returns octets, no NUL. */
size_t zone_give_text(char out[], const struct zone_give *g,
    const struct snapshot_entry *e);	/* RETURNCODE_TEXT octets */

/* Before the first entry of a code that DNS has: of an emptied list none. */
void zone_give_start(struct snapshot_cursor *c, const struct zone_give *g,
    unsigned code);

unsigned zone_give_code(enum answer_zone which);	/* that the zone shows */
