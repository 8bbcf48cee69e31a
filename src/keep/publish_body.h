#pragma once
/* keep/publish_body.h -- the state of keep/publish, and what it sends; for
 * keep/publish.c and keep/publish_send.c alone. */

#include "keep/publish.h"
#include "keep/publish_build.h"
#include "keep/publish_mark.h"
#include "keep/publish_out.h"
#include "keep/publish_steps.h"

struct room {		/* kept between publications */
	struct snapshot_change	*changes;
	size_t			 cap_changes;
	struct snapshot_step	*steps;
	size_t			 cap_steps;
	struct snapshot_memory	 m;
};

struct keep_publish {
	struct publish_steps	 steps;
	struct publish_map	 base;		/* fd -1: none yet */
	struct publish_entries	 entries;	/* of the first one, being read */
	struct snapshot_zone	 zone;
	char			 url[SNAPSHOT_URL + 2];
	void			*writer;	/* of bases */
	struct room		 room;
	struct publish_mark	 mark;
	struct loop_timer	*overlay, *status, *quiet, *page, *beat;
	struct build		*build;
	struct mono		 last;		/* publication */
	int64_t			 cost;		/* of one, ms times COST_UNIT */
	int64_t			 quiet_ms;	/* a slow base comes less often */
	uint32_t		 building;	/* serial of what the child writes */
	size_t			 overlay_max;
	int			 no_file;	/* errno of base.snap; 0: it is there */
	struct publish_wait	*waits;
};

uint32_t publish_flags(const struct conf *c);	/* of a head */

/* The head of a file that is made now. */
struct snapshot_head publish_head(const struct keep *k, uint32_t serial,
    uint32_t base_serial);

/* Each returns 0 or a negative error: nothing was sent. */
int publish_hand_over(struct keep *k, enum publish_kind kind, uint32_t serial,
    int fd) MUST_CHECK;
int publish_overlay(struct keep *k) MUST_CHECK;
int publish_tail(struct keep *k) MUST_CHECK;
void publish_room_free(struct room *r);
