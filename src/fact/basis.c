#include "fact/basis.h"

enum { HOUR = 3600, DAY = 86400 };

const struct basis_rule basis_rules[BASIS_N] = {
	[BASIS_NONE] = { "none", 1, DEPTH_GENTLE, DEPTH_GENTLE, PACE_FOREIGN },
	[BASIS_OWNER] = { "owner", DAY, DEPTH_OWNER, DEPTH_NORMAL, PACE_OWNER },
	[BASIS_EVIDENCE] = { "evidence", 14 * DAY, DEPTH_NORMAL, DEPTH_GENTLE, PACE_FOREIGN },
	[BASIS_AUTHORITY] = { "authority", 0, DEPTH_FULL, DEPTH_GENTLE, PACE_FOREIGN },
	[BASIS_LOG] = { "log", 7 * DAY, DEPTH_NORMAL, DEPTH_GENTLE, PACE_FOREIGN },
	[BASIS_LISTED] = { "listed", 0, DEPTH_FULL, DEPTH_GENTLE, PACE_LISTED },
	[BASIS_CONTROL] = { "control", 0, DEPTH_GENTLE, DEPTH_GENTLE, PACE_LAB },
	[BASIS_VISITOR] = { "owner", DAY, DEPTH_FULL, DEPTH_NORMAL, PACE_OWNER },
};

const struct pace_rule pace_rules[PACE_N] = {
	[PACE_FOREIGN] = { "foreign", 60, 3, 20, 2, 4, 10, HOUR, DAY, 30 * DAY },
	[PACE_LISTED] = { "listed", 120, 3, 6, 2, 4, 10, 10 * 60, DAY, 0 },
	[PACE_OWNER] = { "owner", 10, 10, 200, 2, 0, 0, 60, 10 * 60, 0 },
	[PACE_LAB] = { "lab", 0, 0, 0, 0, 0, 0, 5, 5, 0 },
};

const char *const depth_names[DEPTH_N] = {
	"gentle", "normal", "full", "owner", "lab",
};

int
basis_parse(enum basis *out, struct str s)
{
	for (enum basis b = BASIS_OWNER; b <= BASIS_LOG; b++)
		if (str_eq(s, str_of(basis_rules[b].name))) {
			*out = b;
			return 0;
		}
	return SEK_EPARSE;
}

int
depth_parse(enum depth *out, struct str s)
{
	for (enum depth d = DEPTH_GENTLE; d < DEPTH_N; d++)
		if (str_eq(s, str_of(depth_names[d]))) {
			*out = d;
			return 0;
		}
	return SEK_EPARSE;
}
