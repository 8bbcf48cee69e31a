#pragma once
/* tool/render.h -- the keeper's events and answers, for a person or as JSON.
 *
 * On a terminal every event is one line: seconds since the start, form, what
 * happened in words, code and cleaned reply.  In a pipe only results are
 * written.  With --json every event and the answer pass through as one JSON
 * object a line, ASCII only, so that no octet of a remote host reaches a
 * terminal raw.  Colour is only ever an addition to the words. */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "wire/addr.h"

enum render_mode { RENDER_RESULTS, RENDER_LIVE, RENDER_JSON };

struct render {
	FILE			*out;
	enum render_mode	 mode;
	bool			 color;
	bool			 local;	/* no daemon: nothing is published, so say nothing of lists */
	bool			 followed;	/* the verdict was waited for: the answer says no more */
	/* kept between events */
	char			 addr[ADDR_TEXT];	/* of the last event that had one; "" unknown */
	json_t			*verdicts;	/* address -> last verdict event; owned */
	json_t			*said;		/* address -> true: that verdict was shown; owned */
	json_t			*found;		/* address -> number of forms that got an answer; owned */
};

/* "auto" (or NULL): as otherwise says; "always", "never". */
bool render_when(const char *word, bool otherwise);

/* The same for colour on out; auto: a terminal that is not dumb, and no
 * NO_COLOR. */
bool render_color(FILE *out, const char *word);

/* mode and color as the options and the terminal say: color "auto", "always"
 * or "never" (NULL: auto); progress the same; json wins over both. */
void render_init(struct render *r, FILE *out, bool json, const char *progress,
    const char *color);
void render_end(struct render *r);

/* One event, at_ms after the start.  ev is any JSON object; one that is not
 * known is left out but for JSON. */
void render_event(struct render *r, const json_t *ev, int64_t at_ms);

/* What is known when no more events come: each address's last verdict, if it
 * was not shown yet. */
void render_known(struct render *r);

/* The same when the work was cut short: also of addresses without a verdict,
 * with how many forms got an answer. */
void render_cut(struct render *r);

/* Was any verdict event seen? */
bool render_judged(const struct render *r);

/* The verdict of an answer ("verdict", "provisional") for a target of which no
 * verdict event was seen. */
void render_unjudged(struct render *r, const char *name, const json_t *done);

/* A verdict as a result: "192.0.2.25: closed: 31 of 31 forms, port 25". */
void render_result(struct render *r, const json_t *verdict);

/* text in a colour of SGR ("31"), where there are colours. */
void render_paint(const struct render *r, const char *color, const char *text);

/* The answer to verb ("show", "status", ...). */
void render_answer(struct render *r, const char *verb, const json_t *done);

/* The answer is a failure: one sentence on err, and in JSON mode its object
 * on out. */
void render_failure(struct render *r, FILE *err, const char *command,
    const json_t *done);
