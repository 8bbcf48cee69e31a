#include "web/body.h"

#include "sys/json_put.h"
#include "wire/addr.h"

bool
body_is_json(struct str value)
{
	return str_ieq(str_trim(str_cut(&value, ';')), STR("application/json"));
}

static struct str
text_of_json(const json_t *v)
{
	return (struct str){ json_string_value(v), json_string_length(v) };
}

static bool
is_word(const char *words, struct str s)
{
	struct str left = str_of(words);

	while (left.n > 0)
		if (str_eq(str_cut(&left, ' '), s))
			return true;
	return false;
}

static bool
fits(const struct body_row *row, const json_t *v, struct addr *a)
{
	switch (row->as) {
	case BODY_INT:
		return json_is_integer(v) && json_integer_value(v) >= 1 &&
		    json_integer_value(v) <= row->max;
	case BODY_WORD:
		return json_is_string(v) && is_word(row->words, text_of_json(v));
	case BODY_TEXT:
		return json_is_string(v) && (int64_t)json_string_length(v) <= row->max;
	case BODY_ADDR:
		return json_is_string(v) && addr_parse(a, text_of_json(v)) == 0;
	}
	return false;
}

/* The member as it goes on.  NULL: it is not what the row says; or err is set. */
static json_t *
member(const struct body_row *row, const json_t *v, int *err)
{
	char text[ADDR_TEXT];
	struct addr a;
	json_t *out;

	if (!fits(row, v, &a))
		return NULL;
	if (row->as == BODY_ADDR)
		addr_text(text, &a);
	out = row->as == BODY_ADDR ? json_string(text) : json_deep_copy(v);
	if (out == NULL)
		*err = SEK_ENOMEM;
	return out;
}

static const struct body_row *
row_of(const struct body_row *rows, const char *name)
{
	while (rows->name != NULL && !str_eq(str_of(rows->name), str_of(name)))
		rows++;
	return rows->name == NULL ? NULL : rows;
}

/* Notes what is wrong with a member; the first kind of mistake is the one that
 * is told, with all names of that kind. */
static void
blame(struct body_why *why, const char *tag, const char *name, int *err)
{
	if (why->tag == NULL) {
		why->tag = tag;
		why->names = json_array();
	}
	if (str_eq(str_of(why->tag), str_of(tag)))
		json_put_item(why->names, json_string(name), err);
}

static void
judge_member(json_t *out, const struct body_row *row, const json_t *v,
    struct body_why *why, int *err)
{
	json_t *good = v == NULL ? NULL : member(row, v, err);

	if (good != NULL)
		json_put(out, row->name, good, err);
	else if (v != NULL)
		blame(why, "bad-member", row->name, err);
	else if (row->required)
		blame(why, "missing-member", row->name, err);
}

static void
judge(json_t *out, const struct body_row *rows, json_t *in, struct body_why *why,
    int *err)
{
	const char *name;
	json_t *v;

	json_object_foreach(in, name, v)
		if (row_of(rows, name) == NULL)
			blame(why, "unknown-member", name, err);
	for (; rows->name != NULL; rows++)
		judge_member(out, rows, json_object_get(in, rows->name), why, err);
}

static json_t *
parse(struct str body, int *err)
{
	json_error_t why;
	json_t *in = json_loadb(body.p == NULL ? "" : body.p, body.n,
	    JSON_REJECT_DUPLICATES, &why);

	/* for want of memory it fails without a word, or, in the middle of a
	 * text, as if that were no JSON: no caller can tell */
	if (in == NULL && (json_error_code(&why) == json_error_out_of_memory ||
	    why.text[0] == '\0'))
		*err = SEK_ENOMEM;
	return in;
}

int
body_read(json_t **out, const struct body_row *rows, struct str body,
    struct body_why *why)
{
	int err = 0;
	json_t *in = parse(body, &err);

	*why = (struct body_why){ 0 };
	*out = json_object();
	if (*out == NULL)
		err = SEK_ENOMEM;
	else if (json_is_object(in))
		judge(*out, rows, in, why, &err);
	else
		why->tag = "bad-json";
	json_decref(in);
	if (err == 0 && why->tag == NULL)
		return 0;
	json_decref(*out);
	if (err == 0)
		return SEK_EPARSE;
	json_decref(why->names);
	*why = (struct body_why){ 0 };
	return err;
}
