/* One octet: the type of the data set; then lines, each filled into the
 * template that the value of the line before it gave. */
#include <stdlib.h>
#include <string.h>

#include "wire/rbldnsd.h"

static void
check_range(const struct rbldnsd_line *l)
{
	struct addr masked = addr_mask(&l->net.addr, l->net.len);

	if (l->kind == RBLDNSD_RANGE4 && (l->first > l->last ||
	    (l->bits > 32 && l->bits != RBLDNSD_DASH)))
		abort();
	if (l->kind == RBLDNSD_RANGE6 && (l->net.len > 128 ||
	    !addr_eq(&masked, &l->net.addr)))
		abort();
}

static void
check_names(const struct rbldnsd_line *l)
{
	struct str rest = l->rest;
	struct dns_name name;

	if (l->kind == RBLDNSD_SOA && (l->mname.len == 0 || l->rname.len == 0))
		abort();
	while (l->kind == RBLDNSD_NS && rbldnsd_ns(&name, &rest) == 0)
		if (name.len == 0 || name.o[name.len - 1] != 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str all = { (const char *)p + 1, n - 1 };
	struct str vars[RBLDNSD_VARIABLES] = { { NULL, 0 } };
	struct str template = { "$", 1 };
	static struct rbldnsd_line l;
	enum rbldnsd_type type;
	char text[RBLDNSD_TEXT];
	const char *why = NULL;

	if (n == 0)
		return 0;
	type = (enum rbldnsd_type)(p[0] % (RBLDNSD_OTHER + 1));
	while (all.n > 0) {
		struct str line = str_cut(&all, '\n');

		if (rbldnsd_read(&l, type, line, &why) != 0) {
			if (why == NULL)
				abort();
			continue;
		}
		check_range(&l);
		check_names(&l);
		if (l.kind == RBLDNSD_DATASET)
			type = l.type;
		else if (l.kind == RBLDNSD_VARIABLE)
			vars[l.variable] = l.rest;
		else if (l.kind <= RBLDNSD_DEFAULT && l.kind != RBLDNSD_EMPTY && l.value.has_text)
			template = l.value.text;
		if (rbldnsd_text(text, template, line, vars) > RBLDNSD_TEXT)
			abort();
	}
	return 0;
}
