#pragma once
/* tool/paper.h -- a report as plain text or as one HTML file: the same
 * calls, two ways to write.
 *
 * Texts given are UTF-8 without control characters; the HTML way escapes them.
 * The HTML file needs nothing else: no script, no font, no picture, nothing from
 * the network; it prints in black and white. */

#include <stdbool.h>
#include <stdio.h>

enum paper_tone { PAPER_PLAIN, PAPER_GOOD, PAPER_BAD, PAPER_DOUBT };

struct paper {
	FILE	*out;
	bool	 html;
	bool	 in_list, in_table;	/* what is open: private */
};

void paper_begin(struct paper *p, const char *title);
void paper_end(struct paper *p);

/* The answer, in one line; the words carry it, a tone is an addition. */
void paper_answer(struct paper *p, enum paper_tone tone, const char *text);

void paper_heading(struct paper *p, const char *text);		/* of an address */
void paper_section(struct paper *p, const char *text);
void paper_pair(struct paper *p, const char *label, const char *text);

/* A table: its columns, then its rows; another call ends it. */
enum { PAPER_CELLS = 6 };
void paper_columns(struct paper *p, const char *const *cells, size_t n);
void paper_row(struct paper *p, enum paper_tone tone, const char *const *cells, size_t n);

void paper_line(struct paper *p, const char *text);
