#include "keep/confirm.h"

#include <stdio.h>
#include <string.h>

void
confirm_reverse(char out[CONFIRM_REVERSE], const struct addr *a)
{
	char labels[ADDR_LABELS];

	addr_labels(labels, a);
	snprintf(out, CONFIRM_REVERSE, "%s.%s", labels,
	    addr_is_v4(a) ? "in-addr.arpa" : "ip6.arpa");
}

/* An answer that only says "not now". */
static bool
failed_now(const struct msg_resolved *m)
{
	return !m->ok && !str_eq(m->why, STR("no-such-name")) &&
	    !str_eq(m->why, STR("no-address"));
}

static void
one_answered(struct request *r, struct confirm *c)
{
	if (--c->open == 0)
		c->done(r);
}

static void
got_address(struct request *r, unsigned nth, const struct msg_resolved *m)
{
	struct confirm *c = r->state;

	c->temporary = c->temporary || failed_now(m);
	for (size_t i = 0; m->ok && i + 16 <= m->addrs.n; i += 16)
		if (memcmp(c->addr.o, m->addrs.p + i, 16) == 0)
			c->ok[nth] = true;
	one_answered(r, c);
}

static void
got_names(struct request *r, unsigned nth, const struct msg_resolved *m)
{
	struct confirm *c = r->state;
	struct str names = m->names;

	(void)nth;
	c->temporary = failed_now(m);
	while (m->ok && names.n > 0 && c->n < CONFIRM_NAMES) {
		struct str name = str_cut(&names, ' ');

		if (str_copy(c->names[c->n], sizeof(c->names[c->n]), name) != 0 ||
		    name.n == 0)
			continue;
		if (request_resolve(r, RESOLVE_ADDR, name, (unsigned)c->n, got_address) == 0) {
			c->n++;
			c->open++;
		} else
			c->temporary = true;
	}
	one_answered(r, c);
}

int
confirm_start(struct confirm *c, struct request *r, const struct addr *a,
    void (*done)(struct request *r))
{
	char text[ADDR_TEXT];

	addr_text(text, a);
	c->addr = *a;
	c->n = 0;
	c->temporary = false;
	c->done = done;
	c->open = 1;
	memset(c->ok, 0, sizeof(c->ok));
	return request_resolve(r, RESOLVE_PTR, str_of(text), 0, got_names);
}
