#pragma once
/* tool/gate_say.h -- a gate as it goes on, a line each. */

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct gate_say {
	FILE	*out;
	bool	 json, rounds, color;	/* rounds: each one has its line, not only news */
	json_t	*verdicts;		/* address -> of its last round; owned */
};

/* One event of the request for host. */
void gate_say_event(struct gate_say *s, const char *host, const json_t *ev);

/* A line of ours, with the time: "--on-open ...". */
void gate_say_line(struct gate_say *s, const char *addr, const char *text);
