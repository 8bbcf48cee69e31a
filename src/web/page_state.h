#pragma once
/* web/page_state.h -- what pages keep between requests: for page*.c alone. */

#include "base/buf.h"
#include "web/text.h"

struct page_cache;

struct page_state {
	struct page_cache	*cache;
	char			*texts[LANG_N];	/* JSON for script.js */
	struct gbuf		 html;		/* the page in hand: its room is used again */
};
