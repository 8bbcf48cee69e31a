#pragma once
/* tool/gate_words.h -- sentences of a gate that its live lines and its reports
 * share.
 *
 * Members are those of the events in sekimori.control(7); what quotes a server is
 * cleaned here. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { GATE_WORDS = 512 };	/* octets of a sentence with NUL */

/* Where a fact or change was seen: "offer of EHLO, port 25", "reply to P01, port
 * 25". */
void gate_words_place(char out[GATE_WORDS], const json_t *o);

/* A value of that kind: tags become words, what is empty is said to be so. */
void gate_words_value(char *out, size_t cap, const char *what, const char *value);

/* Before and then: of lists what is new and what is gone. */
void gate_words_change(char *out, size_t cap, const json_t *change);

/* How often it looks, and how much of the day's sessions that takes. */
void gate_words_plan(char out[GATE_WORDS], const json_t *plan);

/* Why a gate cannot be, where the answer to the request says it with the numbers of
 * a plan ("gate-every", "gate-day", "gate-day-over"), or as a tag of its own.
 * Returns false: none of these. */
bool gate_words_refused(char out[GATE_WORDS], const json_t *answer);
