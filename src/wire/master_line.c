/* Rules:
 *  1. Words stand between blanks; ; begins a comment; "..." is a word with
 *     blanks, \ takes the meaning off the octet after it.
 *  2. Inside ( ) a line feed is a blank.
 *  3. An entry that begins with a blank has the owner of the record before.
 *  4. TTL and class may stand in either order, or be left out. */

#include "wire/master_body.h"

#include "base/i18n.h"

static int
refuse(struct master_entry *e, const char *why)
{
	e->why = e->s.bad ? N_("a quoted text, an escape or a parenthesis that "
	    "does not fit") : why;
	return SEK_EPARSE;
}

static bool
at_end(struct master_entry *e)
{
	struct master_word w;

	return !master_word_next(&e->s, &w) && !e->s.bad;
}

static bool
is_type(struct str s)
{
	if (s.n == 0 || ascii_digit(s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && s.p[i] != '-')
			return false;
	return true;
}

static bool
is_other_class(struct str s)
{
	return str_ieq(s, STR("CH")) || str_ieq(s, STR("HS")) ||
	    str_istarts(s, STR("CLASS"));
}

/* TTL and class; *w is then the type. */
static int
read_middle(struct master_entry *e, struct master_word *w, bool *ttl)
{
	bool class = false;

	*ttl = false;
	for (;;) {
		if (!master_word_next(&e->s, w) || w->quoted)
			return refuse(e, N_("a record without a type"));
		if (!*ttl && w->is.n > 0 && ascii_digit(w->is.p[0])) {
			*ttl = true;
			if (!master_word_ttl(&e->out->r.ttl_s, w->is))
				return refuse(e, N_("no TTL"));
		} else if (!class && (str_ieq(w->is, STR("IN")) ||
		    str_ieq(w->is, STR("CLASS1")))) {
			class = true;
		} else if (!is_type(w->is) || is_other_class(w->is)) {
			return refuse(e, N_("neither a TTL, nor the class IN, nor a type"));
		} else {
			return 0;
		}
	}
}

static int
find_ttl(struct master_entry *e, bool said)
{
	const struct master_state *s = e->state;
	struct dns_record *r = &e->out->r;

	if (said)
		return 0;
	if (!s->has_ttl && !s->has_last && r->type != DNS_SOA)
		return refuse(e, N_("no TTL: neither here nor in a $TTL or a record before"));
	r->ttl_s = s->has_ttl ? s->ttl_s : s->has_last ? s->last_s : r->soa[4];
	return 0;
}

static int
read_record(struct master_entry *e)
{
	struct master_word type;
	bool ttl;
	int err = read_middle(e, &type, &ttl);

	if (err == 0 && !master_data_read(e, type.is))
		err = refuse(e, N_("the data is not what the type of the record takes"));
	return err == 0 ? find_ttl(e, ttl) : err;
}

static int
read_origin(struct master_entry *e)
{
	struct master_word w;
	struct dns_name to;

	if (!master_word_next(&e->s, &w) || w.quoted ||
	    !master_word_name(&to, e, w.is) || !at_end(e)) {
		e->state->origin.len = 0;	/* what is relative is not known now */
		return refuse(e, N_("no name for $ORIGIN"));
	}
	e->state->origin = to;
	return 0;
}

static int
read_default_ttl(struct master_entry *e)
{
	struct master_word w;

	e->state->has_ttl = master_word_next(&e->s, &w) &&
	    master_word_ttl(&e->state->ttl_s, w.is) && at_end(e);
	return e->state->has_ttl ? 0 : refuse(e, N_("no TTL"));
}

static int
refuse_include(struct master_entry *e)
{
	return refuse(e, N_("$INCLUDE is not followed: have the server write the "
	    "zone out"));
}

static int
refuse_generate(struct master_entry *e)
{
	return refuse(e, N_("$GENERATE is not carried out: have the server write "
	    "the zone out"));
}

static const struct {
	struct str	name;
	int		(*read)(struct master_entry *e);
} dollars[] = {
	{ STR("$ORIGIN"), read_origin }, { STR("$TTL"), read_default_ttl },
	{ STR("$INCLUDE"), refuse_include }, { STR("$GENERATE"), refuse_generate },
};

static int
read_dollar(struct master_entry *e, struct str name)
{
	for (size_t i = 0; i < sizeof(dollars) / sizeof(dollars[0]); i++)
		if (str_ieq(dollars[i].name, name))
			return dollars[i].read(e);
	return refuse(e, N_("no such $-line"));
}

/* Returns 0 or SEK_EPARSE. */
static int
read_entry(struct master_entry *e)
{
	bool blank = e->s.n > 0 && (e->s.p[0] == ' ' || e->s.p[0] == '\t');
	struct dns_record *r = &e->out->r;
	struct master_word w;
	int err;

	e->out->kind = MASTER_EMPTY;
	if (!master_word_skip(&e->s))
		return e->s.bad ? refuse(e, NULL) : 0;
	if (blank) {
		r->owner = e->state->owner;
		return r->owner.len > 0 ? read_record(e) :
		    refuse(e, N_("a record without an owner, and none before it"));
	}
	if (!master_word_next(&e->s, &w))
		return refuse(e, NULL);
	if (!w.quoted && w.is.p[0] == '$')
		return read_dollar(e, w.is);
	e->state->owner.len = 0;
	if (w.quoted || !master_word_name(&r->owner, e, w.is))
		return refuse(e, N_("no name for the owner of a record"));
	err = read_record(e);
	if (err == 0)
		e->state->owner = r->owner;
	return err;
}

int
master_line_read(struct master_line *out, struct master_state *s,
    struct str line, const char **why)
{
	struct master_entry e = { { line.p, line.n, 0, 0, false }, out, s, NULL };
	int err;

	if (str_find(line, '(') >= 0 && master_word_open(e.s))
		return MASTER_MORE;
	err = read_entry(&e);
	if (err != 0) {
		*why = e.why;
		return err;
	}
	if (out->kind != MASTER_EMPTY) {
		s->has_last = true;
		s->last_s = out->r.ttl_s;
	}
	return 0;
}
