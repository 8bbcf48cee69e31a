/* A master file, line by line, joined as an import joins them. */
#include <stdlib.h>

#include "wire/master_line.h"

static void
check_name(const struct dns_name *n)
{
	if (n->len == 0 || n->o[n->len - 1] != 0)
		abort();
}

static void
check_strings(const struct dns_record *r)
{
	size_t at = 0;

	while (at < r->len)
		at += r->data[at] + 1u;
	if (at != r->len || r->len > MASTER_TEXT)
		abort();
}

static void
check(const struct master_line *l)
{
	const struct dns_record *r = &l->r;

	if (l->kind == MASTER_EMPTY)
		return;
	check_name(&r->owner);
	if (r->ttl_s > INT32_MAX && r->type != DNS_SOA)
		abort();
	if (l->kind == MASTER_OTHER)
		return;
	if (r->type == DNS_TXT)
		check_strings(r);
	else if (r->type == DNS_A && !addr_is_v4(&r->addr))
		abort();
	else if (r->type == DNS_NS || r->type == DNS_CNAME || r->type == DNS_PTR || r->type == DNS_SOA)
		check_name(&r->name);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str all = { (const char *)p, n }, entry = { NULL, 0 };
	struct master_state s = { .ttl_s = 0 };
	static struct master_line l;
	unsigned joined = 0;

	while (all.n > 0) {
		struct str line = str_cut(&all, '\n');
		const char *why = NULL;
		int rc;

		entry = entry.p == NULL ? line :
		    (struct str){ entry.p, (size_t)(line.p + line.n - entry.p) };
		rc = master_line_read(&l, &s, entry, &why);
		if (rc == MASTER_MORE && ++joined < 100)
			continue;
		entry.p = NULL;
		joined = 0;
		if (rc == 0)
			check(&l);
		else if (rc < 0 && why == NULL)
			abort();
	}
	return 0;
}
