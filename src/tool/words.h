#pragma once
/* tool/words.h -- tags become words, times become local, text becomes harmless.
 *
 * Tags (verdicts, findings, reasons) are the stable English of JSON and logs;
 * here stand the words for people, marked for translation.  Unknown tags are
 * returned as they came: pass the result through words_safe(). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

const char *words_verdict(const char *tag);	/* the five words, and "no verdict yet" */
const char *words_finding(const char *tag);	/* of a form ("refused") or a session ("no-smtp") */
const char *words_why(const char *tag);		/* why something is so ("no-basis") */
const char *words_depth(const char *tag);
const char *words_state(const char *tag);	/* of a run ("waiting"), of the list ("alive") */

/* What the keeper refused ("bad-target"), as a sentence, or NULL: unknown. */
const char *words_error(const char *tag);

enum { WORDS_TIME = 40, WORDS_TEXT = 1024 };

/* Local time with its zone: "2026-11-23 07:30:16 JST"; 0 gives "-". */
void words_time(char out[WORDS_TIME], int64_t wall_s);

/* As str_clean, but \ and " stay: for text that is shown on a terminal and
 * not put between quotes.  Always with a NUL. */
void words_safe(char *out, size_t cap, struct str s);

/* Columns that UTF-8 text takes on a terminal (CJK counts 2). */
size_t words_width(const char *s);

/* Writes s and spaces up to cols columns. */
void words_pad(FILE *out, const char *s, size_t cols);
