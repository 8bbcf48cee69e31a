#include "tool/life.h"

#include "wire/snapshot.h"

static const char *const words[] = {
	[SNAPSHOT_ALIVE] = "alive", [SNAPSHOT_FROZEN] = "frozen",
	[SNAPSHOT_CLOSING] = "closing", [SNAPSHOT_EMPTY] = "empty",
};
enum { WORDS = sizeof(words) / sizeof(words[0]) };

const char *
life_word(unsigned is)
{
	return is < WORDS && words[is] != NULL ? words[is] : "";
}

static uint8_t
life_of(struct str word)
{
	for (uint8_t is = SNAPSHOT_ALIVE; is < WORDS; is++)
		if (str_eq(word, str_of(words[is])))
			return is;
	return 0;
}

void
life_read(struct life *out, struct str text)
{
	*out = (struct life){ .is = life_of(str_cut(&text, ' ')) };
	while (text.n > 0) {
		struct str word = str_cut(&text, ' ');

		if (str_eq(word, STR("LAB")))
			out->lab = true;
		if (!str_istarts(word, STR("expires=")) || out->expires.s != 0)
			continue;
		str_cut(&word, '=');
		if (wall_parse(&out->expires, word) != 0)
			out->expires.s = 0;
	}
}

bool
life_said(const struct life *l)
{
	return l->is != 0 && l->expires.s != 0;
}
