#include "tool/zone_codes.h"

#include <string.h>

static bool
read_from(struct zone_code_rule *r, struct str s)
{
	struct addr a;
	uint64_t n;

	if (str_eq(s, STR("any"))) {
		r->any = true;
		return true;
	}
	if (str_u64(&n, s, UINT8_MAX) == 0) {
		a = addr_v4(127, 0, 0, (uint8_t)n);
	} else if (addr_parse(&a, s) != 0 || !addr_is_v4(&a)) {
		return false;
	}
	memcpy(r->a, a.o + 12, sizeof(r->a));
	return true;
}

static bool
read_to(struct zone_code_rule *r, struct str s)
{
	uint64_t n;

	if (str_eq(s, STR("out"))) {
		r->to = ZONE_CODE_OUT;
		return true;
	}
	if (str_u64(&n, s, SNAPSHOT_CODE_MAX) != 0 || n < SNAPSHOT_CODE_MIN)
		return false;
	r->to = (uint8_t)n;
	return true;
}

int
zone_codes_read(struct zone_codes *c, const struct option_list *rules,
    const char **bad)
{
	c->n = 0;
	for (size_t i = 0; i < rules->n; i++) {
		struct zone_code_rule *r = &c->rules[c->n++];
		struct str to = str_of(rules->v[i]);
		struct str from = str_cut(&to, '=');

		*r = (struct zone_code_rule){ .any = false };
		*bad = rules->v[i];
		if (!read_from(r, from) || !read_to(r, to))
			return SEK_EPARSE;
	}
	return 0;
}

int
zone_code(const struct zone_codes *c, const uint8_t a[4])
{
	static const uint8_t ours[3] = { 127, 0, 0 };
	int any = ZONE_CODE_NONE;

	for (size_t i = 0; i < c->n; i++) {
		if (c->rules[i].any && any == ZONE_CODE_NONE)
			any = c->rules[i].to;
		else if (!c->rules[i].any && memcmp(c->rules[i].a, a, 4) == 0)
			return c->rules[i].to;
	}
	if (any != ZONE_CODE_NONE)
		return any;
	return memcmp(a, ours, sizeof(ours)) == 0 && a[3] >= SNAPSHOT_CODE_MIN &&
	    a[3] <= SNAPSHOT_CODE_MAX ? a[3] : ZONE_CODE_NONE;
}
