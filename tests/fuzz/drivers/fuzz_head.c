/* A request as lines: "METHOD TARGET", then "name: value" each.  The heads that
 * web/head.h lets pass are such that nobody else reads them otherwise. */
#include <stdlib.h>
#include <string.h>

#include "web/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define MUST(x) do { if (!(x)) abort(); } while (0)

static void
check_path(struct str path, struct str query)
{
	struct str rest = path;

	MUST(path.n > 0 && path.p[0] == '/' && path.p[path.n] == '\0');
	MUST(percent_utf8(path) && str_find(path, '\0') < 0);
	for (size_t i = 0; i < path.n; i++)
		MUST((uint8_t)path.p[i] >= 0x20 && path.p[i] != 0x7f);
	for (size_t i = 0; i < query.n; i++)
		MUST((uint8_t)query.p[i] > 0x20 && (uint8_t)query.p[i] < 0x7f);
	(void)str_cut(&rest, '/');
	while (rest.n > 0) {
		struct str segment = str_cut(&rest, '/');

		MUST(segment.n > 0 && !str_eq(segment, STR(".")) &&
		    !str_eq(segment, STR("..")));
	}
}

static void
check_judged(const struct head *h, size_t len)
{
	size_t lengths = 0;

	for (size_t i = 0; i < h->n_fields; i++) {
		MUST(h->fields[i].name.n > 0);
		MUST(str_find(h->fields[i].name, ' ') < 0);
		MUST(str_find(h->fields[i].value, '\0') < 0);
		MUST(str_find(h->fields[i].value, '\r') < 0);
		MUST(!str_ieq(h->fields[i].name, STR("Transfer-Encoding")));
		lengths += str_ieq(h->fields[i].name, STR("Content-Length"));
	}
	MUST(lengths <= 1 && len <= 100 && (len == 0 || lengths == 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct net proxies[] = { { addr_v4(10, 0, 0, 0), 104 } };
	const struct addr peer = addr_v4(10, 0, 0, 1);
	struct head_field fields[HEAD_FIELDS];
	struct str in = { (const char *)p, n }, path, query, line = str_cut(&in, '\n');
	struct head h = { .method = str_cut(&line, ' '), .target = line, .fields = fields };
	struct arena *a = arena_new(65536);
	struct addr client;
	size_t len = 0;

	MUST(a != NULL);
	while (in.n > 0 && h.n_fields < HEAD_FIELDS) {
		struct str value = str_cut(&in, '\n');
		struct str name = str_cut(&value, ':');

		fields[h.n_fields++] = (struct head_field){ name, str_trim(value) };
	}
	if (head_judge(&h, 100, &len) == 0)
		check_judged(&h, len);
	if (head_target(&path, &query, a, h.target) == 0)
		check_path(path, query);
	client = head_client(&h, &peer, proxies, 1);
	MUST(!addr_is_none(&client) || head_find(&h, "X-Forwarded-For").p != NULL);
	(void)head_cookie(&h, "owner");
	arena_free(a);
	return 0;
}
