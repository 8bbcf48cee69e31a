#pragma once
/* tests/scenario/script.h -- what scenario.c and expect.c share. */

#include "world.h"

enum { WORDS = 24 };

struct script {
	struct world	 world;
	const char	*name;
	unsigned	 line;
	bool		 started;
	unsigned	 failed;
	char		*w[WORDS];
	size_t		 n;
};

/* Ends the process: the file is wrong. */
void script_bad(struct script *s, const char *why);

/* Something was not as the file wants it. */
void script_wrong(struct script *s, const char *want, const char *got);

/* Words of the line in hand. */
const char *script_word(struct script *s, size_t i);
struct addr script_addr(struct script *s, size_t i);
int64_t script_time(struct script *s, size_t i);

void step_expect(struct script *s);	/* expect.c */
