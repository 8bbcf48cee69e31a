#pragma once
/* web/text_rows.h -- the table behind web/text.h, made at build by make_texts. */

#include "web/text.h"

struct text_row {
	const char	*tag;
	const char	*text[LANG_N];
};

extern const struct text_row text_rows[];	/* sorted by tag */
extern const size_t text_n_rows;

/* Index of a tag, or -1. */
ptrdiff_t text_index(struct str tag);
