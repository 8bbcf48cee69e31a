#include "fact/spoken.h"

#include <string.h>

/* The reply to EHLO (RFC 5321 4.1.1.1): a line of greeting, then one line a
 * keyword, whose case does not matter; their order means nothing. */

enum { OFFERS = 48 };	/* keywords of one reply; the busiest servers have 20 */

struct reading {
	struct spoken	*out;
	bool		 tls;
	bool		 ehlo;		/* the reply in hand answers EHLO ... */
	bool		 first;		/* ... and its greeting comes next */
	struct str	 word[OFFERS];
	size_t		 n;
	bool		 more;		/* there were more than fit */
};

static struct str
after(struct str s, size_t n)
{
	return (struct str){ s.p + n, s.n - n };
}

static int
compare(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	for (size_t i = 0; i < n; i++) {
		int d = (uint8_t)ascii_lower(a.p[i]) - (uint8_t)ascii_lower(b.p[i]);

		if (d != 0)
			return d;
	}
	return a.n < b.n ? -1 : a.n > b.n;
}

/* Keeps the words sorted. */
static void
add_word(struct reading *r, struct str word)
{
	size_t at = r->n;

	if (word.n == 0)
		return;
	if (r->n == OFFERS) {
		r->more = true;
		return;
	}
	while (at > 0 && compare(word, r->word[at - 1]) < 0)
		at--;
	memmove(&r->word[at + 1], &r->word[at], (r->n - at) * sizeof(r->word[0]));
	r->word[at] = word;
	r->n++;
}

static void
put_offer(char out[SPOKEN_OFFER], const struct reading *r)
{
	static const char cut[] = "; ...";
	size_t len = 0, room = SPOKEN_OFFER - sizeof(cut);
	bool whole = !r->more;

	for (size_t i = 0; i < r->n && whole; i++) {
		char word[SPOKEN_OFFER];
		size_t n = str_clean(word, sizeof(word), r->word[i]);

		whole = len + n + 2 <= room;
		if (!whole)
			break;
		if (len > 0) {
			memcpy(out + len, "; ", 2);
			len += 2;
		}
		memcpy(out + len, word, n);
		len += n;
	}
	out[len] = '\0';
	if (!whole || r->more)
		memcpy(out + len, cut, sizeof(cut));
}

/* The end of a reply to EHLO. */
static void
greeted(struct reading *r)
{
	struct spoken *s = r->out;
	bool *known = r->tls ? &s->greeted_tls : &s->greeted;

	if (r->ehlo && !r->first && !*known) {
		put_offer(r->tls ? s->offer_tls : s->offer, r);
		*known = true;
	}
	r->ehlo = false;
}

static void
take_reply(struct reading *r, struct str line)
{
	struct str text = after(line, line.n < 4 ? line.n : 4);

	if (r->out->banner[0] == '\0' && !r->ehlo) {
		str_clean(r->out->banner, sizeof(r->out->banner), str_trim(text));
		return;
	}
	if (!r->ehlo)
		return;
	if (line.n < 3 || line.p[0] != '2') {	/* refused: nothing is offered */
		r->ehlo = false;
		return;
	}
	if (!r->first)
		add_word(r, str_trim(text));
	r->first = false;
	if (line.n < 4 || line.p[3] != '-')
		greeted(r);
}

/* "certificate for "mx"" is shown without the quotes, which would be escaped. */
static void
put_tls(char out[SPOKEN_TLS], struct str text)
{
	char bare[2 * SPOKEN_TLS];
	size_t n = 0;

	for (size_t i = 0; i < text.n && n < sizeof(bare); i++)
		if (text.p[i] != '"')
			bare[n++] = text.p[i];
	str_clean(out, SPOKEN_TLS, (struct str){ bare, n });
}

static void
take_remark(struct reading *r, struct str text)
{
	struct spoken *s = r->out;
	ptrdiff_t end;

	if (str_istarts(text, STR("connected to "))) {
		ptrdiff_t at = str_search(text, STR(" port "));
		uint64_t port;

		if (at >= 0 && s->port == 0 &&
		    str_u64(&port, after(text, (size_t)at + 6), UINT16_MAX) == 0)
			s->port = (uint16_t)port;
	} else if (str_istarts(text, STR("TLSv"))) {
		end = str_search(text, STR(", not verified"));
		if (end > 0)
			text.n = (size_t)end;
		if (!r->tls)
			put_tls(s->tls, text);
		r->tls = true;
	}
}

static void
take_line(struct reading *r, struct str line)
{
	if (str_istarts(line, STR("S: "))) {
		take_reply(r, after(line, 3));
		return;
	}
	greeted(r);		/* a reply that ended before its last line */
	if (str_istarts(line, STR("C: EHLO "))) {
		r->ehlo = r->first = true;
		r->n = 0;
		r->more = false;
	} else if (str_istarts(line, STR("* ")))
		take_remark(r, after(line, 2));
}

void
spoken_read(struct spoken *out, struct str transcript)
{
	struct reading r = { .out = out };

	*out = (struct spoken){ 0 };
	while (transcript.n > 0)
		take_line(&r, str_cut(&transcript, '\n'));
	greeted(&r);
}

/* --- without the moment --- */

static bool
is_name(struct str w)
{
	static const char names[] = "mon tue wed thu fri sat sun "
	    "jan feb mar apr may jun jul aug sep oct nov dec "
	    "gmt utc jst cet cest est edt pst pdt bst ";

	for (const char *p = names; *p != '\0'; p += strcspn(p, " ") + 1)
		if (str_ieq(w, (struct str){ p, strcspn(p, " ") }))
			return true;
	return false;
}

/* "28", "2026", "05:12:00", "+0900", "2026-11-28T05:12:00Z", "(JST)". */
static bool
is_moment(struct str w)
{
	bool digits = false;

	while (w.n > 0 && (w.p[0] == '(' || w.p[0] == '+' || w.p[0] == '-'))
		w = after(w, 1);
	while (w.n > 0 && (w.p[w.n - 1] == ',' || w.p[w.n - 1] == ';' ||
	    w.p[w.n - 1] == ')'))
		w.n--;
	if (is_name(w))
		return true;
	for (size_t i = 0; i < w.n; i++) {
		if (!ascii_digit(w.p[i]) && w.p[i] != ':' && w.p[i] != '-' &&
		    w.p[i] != 'T' && w.p[i] != 'Z')
			return false;
		digits = digits || ascii_digit(w.p[i]);
	}
	return digits;
}

void
spoken_timeless(char *out, size_t cap, struct str text)
{
	size_t len = 0;
	bool star = false;

	while (text.n > 0) {
		struct str w = str_cut(&text, ' ');
		bool moment = is_moment(w);

		if (moment && star)
			continue;
		star = moment;
		if (moment)
			w = STR("*");
		if (len + w.n + 2 > cap)
			break;
		if (len > 0)
			out[len++] = ' ';
		if (w.n > 0)
			memcpy(out + len, w.p, w.n);
		len += w.n;
	}
	out[len] = '\0';
}
