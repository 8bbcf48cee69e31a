#include "fact/checklist.h"

#include <stddef.h>

const struct checklist_row checklist[CHECK_N] = {
	[CHECK_CLOCK] = { "clock", true },
	[CHECK_DISK] = { "disk", true },
	[CHECK_BUDGET] = { "budget", false },
	[CHECK_DESCRIPTORS] = { "descriptors", true },
	[CHECK_RESOLVER] = { "resolver", true },
	[CHECK_NXDOMAIN] = { "nxdomain", true },
	[CHECK_DNSSEC] = { "dnssec", false },
	[CHECK_FCRDNS] = { "fcrdns", true },
	[CHECK_PTR] = { "ptr", false },
	[CHECK_MX] = { "mx", true },
	[CHECK_WILDCARD] = { "wildcard", true },
	[CHECK_RECEIVER] = { "receiver", true },
	[CHECK_POSTMASTER] = { "postmaster", true },
	[CHECK_CONTACT] = { "contact", true },
	[CHECK_CONTROL] = { "control", true },
	[CHECK_PORT25] = { "port25", true },
	[CHECK_DNS] = { "dns", true },
	[CHECK_DELEGATION] = { "delegation", true },
	[CHECK_ENTRIES] = { "entries", true },
	[CHECK_WEB] = { "web", true },
};

const char *const check_state_names[CHECK_STATES] = {
	"none", "ok", "failed", "not-shown", "skipped",
};

enum check
checklist_find(struct str tag)
{
	enum check c = 0;

	while (c < CHECK_N && !str_eq(tag, str_of(checklist[c].tag)))
		c++;
	return c;
}

enum check_state
check_state_find(struct str name)
{
	enum check_state s = CHECK_OK;

	while (s < CHECK_STATES && !str_eq(name, str_of(check_state_names[s])))
		s++;
	return s < CHECK_STATES ? s : CHECK_NONE;
}

bool
checklist_passes(const enum check_state states[CHECK_N])
{
	for (enum check c = 0; c < CHECK_N; c++)
		if (checklist[c].required && states[c] != CHECK_OK)
			return false;
	return true;
}
