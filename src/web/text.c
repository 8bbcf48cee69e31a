#include "web/text.h"

#include <string.h>

#include "web/text_rows.h"

const char *const lang_names[LANG_N] = { "en", "ja" };

static int
compare(struct str a, const char *b)
{
	size_t n = strlen(b);
	int order = memcmp(a.p, b, a.n < n ? a.n : n);

	return order != 0 ? order : (a.n > n) - (a.n < n);
}

ptrdiff_t
text_index(struct str tag)
{
	size_t low = 0, high = text_n_rows, mid;
	int order;

	while (tag.n > 0 && low < high) {
		mid = low + (high - low) / 2;
		order = compare(tag, text_rows[mid].tag);
		if (order == 0)
			return (ptrdiff_t)mid;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -1;
}

const char *
text_of(const char *tag, enum lang lang)
{
	ptrdiff_t i = text_index(str_of(tag));

	return i < 0 ? NULL : text_rows[i].text[lang];
}

/* "q=0.8" in thousandths; 1000 without one, 0 for one that is none. */
static unsigned
quality(struct str parameters)
{
	struct str p, digits;
	uint64_t q;

	while (parameters.n > 0) {
		p = str_trim(str_cut(&parameters, ';'));
		if (!str_istarts(p, STR("q=")))
			continue;
		p = (struct str){ p.p + 2, p.n - 2 };
		digits = str_cut(&p, '.');
		if (str_u64(&q, digits, 1) != 0 || p.n > 3)
			return 0;
		for (size_t i = 0; i < 3; i++) {
			if (i < p.n && !ascii_digit(p.p[i]))
				return 0;
			q = q * 10 + (i < p.n ? (uint64_t)(p.p[i] - '0') : 0);
		}
		return q > 1000 ? 1000 : (unsigned)q;
	}
	return 1000;
}

/* Does a language range ("ja", "ja-JP", "*") take in the language? */
static bool
range_has(struct str range, enum lang lang)
{
	struct str first = str_cut(&range, '-');

	return str_ieq(first, str_of(lang_names[lang])) ||
	    (lang == LANG_EN && str_eq(first, STR("*")));
}

enum lang
lang_of_accept(struct str value)
{
	unsigned best = 0, q;
	enum lang found = LANG_EN;
	struct str item, range;

	while (value.n > 0) {
		item = str_cut(&value, ',');
		range = str_trim(str_cut(&item, ';'));
		q = quality(item);
		for (int l = 0; l < LANG_N; l++) {
			if (q > best && range_has(range, (enum lang)l)) {
				best = q;
				found = (enum lang)l;
			}
		}
	}
	return found;
}
