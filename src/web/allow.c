#include "web/allow.h"

#include <string.h>

#include "base/clock.h"

json_t *
allow_time(int64_t wall_s)
{
	char text[WALL_TEXT];

	if (wall_s == 0)
		return json_null();
	wall_text(text, (struct wall){ wall_s });
	return json_string(text);
}

/* Objects by the table inside; without one texts. */
static json_t *
copy_list(const struct allow_row *inside, const json_t *in, bool may)
{
	json_t *out = json_array(), *copy;

	for (size_t i = 0; out != NULL && i < json_array_size(in); i++) {
		const json_t *item = json_array_get(in, i);

		if (inside == NULL ? !json_is_string(item) : !json_is_object(item))
			continue;
		copy = inside == NULL ? json_deep_copy(item) :
		    allow_copy(inside, item, may);
		if (json_array_append_new(out, copy) != 0) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

static bool
fits(const struct allow_row *row, const json_t *v)
{
	switch (row->as) {
	case ALLOW_TEXT:
		return json_is_string(v);
	case ALLOW_INT:
	case ALLOW_TIME:
		return json_is_integer(v);
	case ALLOW_BOOL:
		return json_is_boolean(v);
	case ALLOW_OBJECT:
		return json_is_object(v);
	case ALLOW_LIST:
	case ALLOW_TEXTS:
		return json_is_array(v);
	}
	return false;
}

/* A new value, or NULL: out of memory. */
static json_t *
copy_value(const struct allow_row *row, const json_t *v, bool may)
{
	switch (row->as) {
	case ALLOW_TIME:
		return allow_time(json_integer_value(v));
	case ALLOW_OBJECT:
		return allow_copy(row->inside, v, may);
	case ALLOW_LIST:
		return copy_list(row->inside, v, may);
	case ALLOW_TEXTS:
		return copy_list(NULL, v, may);
	default:
		return json_deep_copy(v);
	}
}

json_t *
allow_copy(const struct allow_row *table, const json_t *in, bool may)
{
	json_t *out = json_is_object(in) ? json_object() : NULL;

	for (const struct allow_row *row = table; out != NULL && row->name != NULL; row++) {
		const json_t *v = json_object_get(in, row->name);
		json_t *copy;

		if (v == NULL || (row->priv && !may))
			continue;
		if (json_is_null(v))
			copy = json_null();
		else if (fits(row, v))
			copy = copy_value(row, v, may);
		else
			continue;
		if (json_object_set_new(out, row->name, copy) != 0) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

bool
allow_role(const json_t *answer)
{
	static const char *const roles[] = { "owner", "csirt", "operator" };
	const char *role = json_string_value(json_object_get(answer, "role"));

	for (size_t i = 0; role != NULL && i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(role, roles[i]) == 0)
			return true;
	return false;
}
