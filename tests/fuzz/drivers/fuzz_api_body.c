/* A body of the API: what is taken has only members of the table, each as its
 * row says, and reads the same again; what is not says why. */
#include <stdlib.h>
#include <string.h>

#include "web/body.h"
#include "wire/addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { NOTE = 500 };

static const struct body_row rows[] = {
	{ "addr", BODY_ADDR, true, 0, NULL },
	{ "kind", BODY_WORD, false, 0, "retest probe" },
	{ "port", BODY_INT, false, 65535, NULL },
	{ "note", BODY_TEXT, false, NOTE, NULL },
	{ 0 },
};

static void
demand(bool holds)
{
	if (!holds)
		abort();
}

static void
check_taken(const json_t *out)
{
	const json_t *kind = json_object_get(out, "kind"), *port = json_object_get(out, "port");
	const char *addr = json_string_value(json_object_get(out, "addr"));
	char text[ADDR_TEXT];
	struct addr a;

	demand(addr != NULL && addr_parse(&a, str_of(addr)) == 0);
	addr_text(text, &a);
	demand(strcmp(text, addr) == 0);
	demand(kind == NULL || strcmp(json_string_value(kind), "retest") == 0 ||
	    strcmp(json_string_value(kind), "probe") == 0);
	demand(port == NULL || (json_integer_value(port) >= 1 && json_integer_value(port) <= 65535));
	demand(json_string_length(json_object_get(out, "note")) <= NOTE);
	demand(json_object_size(out) == 1 + (size_t)(kind != NULL) + (port != NULL) +
	    (json_object_get(out, "note") != NULL));
}

static void
check_again(const json_t *out)
{
	char *text = json_dumps(out, JSON_COMPACT);
	struct body_why why;
	json_t *again = NULL;

	demand(text != NULL && body_read(&again, rows, str_of(text), &why) == 0);
	demand(json_equal(out, again));
	json_decref(again);
	free(text);
}

static void
check_why(const struct body_why *why)
{
	static const char *const tags[] = { "bad-json", "unknown-member", "missing-member", "bad-member" };
	size_t i = 0;

	while (i < 4 && strcmp(tags[i], why->tag) != 0)
		i++;
	demand(i < 4 && (json_array_size(why->names) > 0) == (i > 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct body_why why;
	json_t *out;

	if (body_read(&out, rows, (struct str){ (const char *)p, n }, &why) == 0) {
		check_taken(out);
		check_again(out);
		json_decref(out);
		demand(why.tag == NULL && why.names == NULL);
	} else {
		check_why(&why);
		json_decref(why.names);
	}
	(void)body_is_json((struct str){ (const char *)p, n });
	return 0;
}
