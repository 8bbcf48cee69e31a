#include <stdio.h>
#include <string.h>

#include "web/page.h"
#include "web/text_rows.h"

bool
page_worked(const json_t *answer)
{
	const json_t *exit = json_object_get(answer, "exit");

	return json_is_integer(exit) && json_integer_value(exit) < EXIT_USAGE;
}

const char *
page_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

int64_t
page_number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

bool
page_true(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

const char *
page_word(const json_t *o, const char *key)
{
	const char *s = page_text(o, key);
	size_t n = strlen(s);

	if (n > PAGE_WORD)
		return "";
	for (size_t i = 0; i < n; i++)
		if (!ascii_alnum(s[i]))
			return "";
	return s;
}

const char *
page_tag(char out[64], const char *prefix, const char *name, const char *otherwise)
{
	int n = snprintf(out, 64, "%s%s", prefix, name);

	if (n < 0 || n >= 64 || text_index(str_of(out)) < 0)
		snprintf(out, 64, "%s", otherwise);
	return out;
}

void
page_copy(json_t *view, const json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	if (v != NULL && !json_is_null(v))
		json_object_set(view, key, v);
}

bool
page_inside(const json_t *answer)
{
	static const char *const roles[] = { "owner", "csirt", "operator" };
	const char *role = page_text(answer, "role");

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(role, roles[i]) == 0)
			return true;
	return false;
}
