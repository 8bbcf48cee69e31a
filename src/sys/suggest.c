#include "sys/suggest.h"

enum { LONGEST = 63 };

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance: Levenshtein and swaps of neighbours. */
static size_t
distance(struct str a, struct str b)
{
	size_t row[3][LONGEST + 1];
	size_t *old = row[0], *last = row[1], *now = row[2], *spare;

	for (size_t j = 0; j <= b.n; j++)
		last[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		now[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			bool same = ascii_lower(a.p[i - 1]) ==
			    ascii_lower(b.p[j - 1]);

			now[j] = least(last[j - 1] + (same ? 0 : 1),
			    least(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] &&
			    a.p[i - 2] == b.p[j - 1])
				now[j] = least(now[j], old[j - 2] + 1);
		}
		spare = old;
		old = last;
		last = now;
		now = spare;
	}
	return last[b.n];
}

const char *
suggest(struct str word, const char *const *names, size_t n)
{
	size_t best = word.n / 3 > 0 ? word.n / 3 + 1 : 2;
	const char *found = NULL;

	if (word.n == 0 || word.n > LONGEST)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		struct str name = str_of(names[i]);
		size_t d = name.n > LONGEST ? best : distance(word, name);

		if (d < best) {
			best = d;
			found = names[i];
		}
	}
	return found;
}
