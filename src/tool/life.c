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

/* The first one of its name counts. */
static void
read_time(struct wall *out, struct str value)
{
	if (out->s == 0 && wall_parse(out, value) != 0)
		out->s = 0;
}

void
life_read(struct life *out, struct str text)
{
	*out = (struct life){ .is = life_of(str_cut(&text, ' ')) };
	while (text.n > 0) {
		struct str value = str_cut(&text, ' ');
		struct str word = str_cut(&value, '=');

		if (str_eq(word, STR("LAB")) && value.n == 0)
			out->lab = true;
		else if (str_ieq(word, STR("expires")))
			read_time(&out->expires, value);
		else if (str_ieq(word, STR("empties")))
			read_time(&out->empties, value);
	}
}

bool
life_said(const struct life *l)
{
	return l->is != 0 && l->expires.s != 0;
}
