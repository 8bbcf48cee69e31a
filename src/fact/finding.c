#include "fact/finding.h"

#include <stddef.h>

static const char *const names[] = {
	[FIND_NONE] = "none", [FIND_REFUSED] = "refused",
	[FIND_DEFERRED] = "deferred", [FIND_ACCEPTED] = "accepted",
	[FIND_ODD] = "odd", [FIND_CUT] = "cut", [FIND_SKIPPED] = "skipped",
	[FIND_BOUNCED] = "bounced", [FIND_RETURNED] = "returned", [FIND_BARRED] = "barred",
	[FIND_MX] = "mx-only",
	[FIND_DONE] = "done", [FIND_NO_CONNECT] = "no-connect",
	[FIND_NO_SMTP] = "no-smtp", [FIND_BLOCKED] = "blocked",
	[FIND_BUSY] = "busy", [FIND_TARPIT] = "tarpit", [FIND_TLS] = "tls",
};

const char *
finding_name(enum finding f)
{
	if ((size_t)f >= sizeof(names) / sizeof(names[0]) || names[f] == NULL)
		return "unknown";
	return names[f];
}
