#include "tool/json.h"

#include <stdlib.h>

const char *
tool_json_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? "" : s;
}

int64_t
tool_json_int(const json_t *o, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(o, key));
}

bool
tool_json_bool(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return json_is_true(v) || json_integer_value(v) != 0;
}

json_t *
tool_json_list(const char *const *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < n; i++) {
		json_t *one = json_string(v[i]);

		json_array_append_new(list, one != NULL ? one : json_null());
	}
	return list;
}

json_t *
tool_json_read(struct str s)
{
	json_t *o = json_loadb(s.p == NULL ? "" : s.p, s.n,
	    JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(o))
		return o;
	json_decref(o);
	return NULL;
}

void
tool_json_line(FILE *out, const json_t *o)
{
	char *s = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);

	if (s == NULL)
		return;
	for (const char *p = s; *p != '\0'; p++)
		if (*p == 0x7f)		/* jansson leaves DEL; a terminal may not */
			fputs("\\u007f", out);
		else
			fputc(*p, out);
	fputc('\n', out);
	free(s);
}
