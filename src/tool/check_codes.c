#include "tool/check_codes.h"

#include <string.h>

#include "base/i18n.h"
#include "tool/check_judge.h"
#include "tool/check_name.h"

static int
read_code(uint32_t *out, struct str s)
{
	struct addr a;
	uint64_t n;

	if (str_u64(&n, s, 255) == 0) {
		*out = CHECK_LOOPBACK | (uint32_t)n;
		return 0;
	}
	if (addr_parse(&a, s) != 0 || !addr_is_v4(&a))
		return SEK_EPARSE;
	*out = check_code_of(&a);
	return 0;
}

static int
read_range(struct check_codes *c, struct str s, const char **why)
{
	bool range = str_find(s, '-') >= 0;
	struct str first = str_trim(str_cut(&s, '-'));
	uint32_t lo, hi;

	*why = _("not a code; write 2, 4-11 or 127.0.0.2");
	if (read_code(&lo, first) != 0)
		return SEK_EPARSE;
	hi = lo;
	if (range && read_code(&hi, str_trim(s)) != 0)
		return SEK_EPARSE;
	*why = _("a range goes from the smaller code to the greater one");
	if (hi < lo)
		return SEK_EPARSE;
	*why = _("codes are 127.0.0.2 to 127.255.254.255: 127.0.0.1 and 127.255.255.N "
	    "never mean listed");
	if (!check_code_lists(lo) || !check_code_lists(hi))
		return SEK_EPARSE;
	c->r[c->n].lo = lo;
	c->r[c->n++].hi = hi;
	return 0;
}

int
check_codes_read(struct check_codes *out, struct str s, const char **why)
{
	bool more = true;

	out->n = 0;
	while (more) {
		more = str_find(s, ',') >= 0;	/* also an empty one after it */
		if (out->n == CHECK_RANGES) {
			*why = _("too many codes; write ranges");
			return SEK_EPARSE;
		}
		if (read_range(out, str_trim(str_cut(&s, ',')), why) != 0)
			return SEK_EPARSE;
	}
	return 0;
}

bool
check_codes_has(const struct check_codes *c, uint32_t code)
{
	for (size_t i = 0; i < c->n; i++)
		if (code >= c->r[i].lo && code <= c->r[i].hi)
			return true;
	return c->n == 0;
}

int
check_codes_list(char zone[CHECK_ZONE], struct check_codes *codes, struct str s,
    const char **why)
{
	bool filtered = str_find(s, '=') >= 0;
	struct str name = str_cut(&s, '=');
	struct check_name n;
	int err;

	codes->n = 0;
	if (str_find(name, '@') >= 0 || str_find(name, '/') >= 0 || str_find(name, ':') >= 0) {
		*why = _("a list is named by its zone, as bl.example");
		return SEK_EPARSE;
	}
	err = check_name_read(&n, name, true, why);
	if (err == 0 && (n.kind == CHECK_ADDR ||
	    str_copy(zone, CHECK_ZONE, str_of(n.name)) != 0)) {
		*why = _("a list is named by its zone, as bl.example");
		err = SEK_EPARSE;
	}
	return err == 0 && filtered ? check_codes_read(codes, s, why) : err;
}
