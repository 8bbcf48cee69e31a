#include "fact/explain_rules.h"

#include <string.h>

/* Which group a form is of, by its id; ranges of the catalogue.  The quotes of
 * Q04 to Q06 hide a percent sign from a filter: what routes is the percent. */
static const struct { const char *first, *last; enum group group; } groups[] = {
	{ "P01", "P01", GROUP_PLAIN }, { "P02", "P02", GROUP_NULL },
	{ "P03", "P07", GROUP_SENDER }, { "P08", "P08", GROUP_PLAIN },
	{ "P09", "P09", GROUP_ROLE }, { "P11", "P11", GROUP_BANG },
	{ "P12", "P12", GROUP_ROUTE }, { "P13", "P13", GROUP_SENDER },
	{ "P14", "P15", GROUP_PATTERN }, { "P16", "P17", GROUP_SENDER },
	{ "P18", "P18", GROUP_LOCAL },
	{ "R02", "R03", GROUP_QUOTED }, { "R04", "R04", GROUP_PERCENT },
	{ "R05", "R05", GROUP_BANG }, { "R10", "R10", GROUP_PERCENT },
	{ "R12", "R13", GROUP_PATTERN }, { "R14", "R15", GROUP_LOCAL },
	{ "X01", "X06", GROUP_PERCENT }, { "Q01", "Q03", GROUP_QUOTED },
	{ "Q04", "Q06", GROUP_PERCENT }, { "T01", "T05", GROUP_ROUTE },
	{ "T06", "T06", GROUP_PATTERN }, { "B01", "B05", GROUP_BANG },
	{ "Z01", "Z04", GROUP_PERCENT }, { "Z05", "Z05", GROUP_NULL }, { "Z06", "Z06", GROUP_QUOTED },
	{ "Z07", "Z07", GROUP_BANG }, { "Z08", "Z08", GROUP_ROUTE },
	{ "H01", "H05", GROUP_HELO }, { "H06", "H06", GROUP_PLAIN },
	{ "H07", "H07", GROUP_HELO }, { "Z09", "Z09", GROUP_HELO },
	{ "N01", "N05", GROUP_PORT }, { "S01", "S01", GROUP_STARTTLS },
	{ "U01", "U02", GROUP_AUTH }, { "U03", "U03", GROUP_ANON },
	{ "U04", "U05", GROUP_AUTH }, { "V01", "V01", GROUP_XCLIENT },
	{ "V03", "V03", GROUP_PROXY }, { "I01", "I01", GROUP_V6 },
	{ "M01", "M01", GROUP_MX }, { "W01", "W01", GROUP_PTR },
};

enum group
explain_group(uint8_t form)
{
	const char *id;

	if (form >= RELAYTEST_N)
		return GROUP_ODD;
	id = relaytest_forms[form].id;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (strcmp(id, groups[i].first) >= 0 && strcmp(id, groups[i].last) <= 0)
			return groups[i].group;
	return GROUP_ODD;
}

static const uint8_t group_causes[GROUP_N] = {
	[GROUP_PLAIN] = CAUSE_UNCONDITIONAL, [GROUP_V6] = CAUSE_TRUSTED_V6,
	[GROUP_STARTTLS] = CAUSE_CERTIFICATE, [GROUP_PORT] = CAUSE_SUBMISSION,
	[GROUP_NULL] = CAUSE_NULL_SENDER, [GROUP_PATTERN] = CAUSE_PATTERN,
	[GROUP_LOCAL] = CAUSE_LOCAL_PART, [GROUP_SENDER] = CAUSE_SENDER_DOMAIN,
	[GROUP_ROLE] = CAUSE_LOCAL_PART, [GROUP_HELO] = CAUSE_HELO_NAME,
	[GROUP_PERCENT] = CAUSE_PERCENT, [GROUP_QUOTED] = CAUSE_QUOTED,
	[GROUP_BANG] = CAUSE_BANG, [GROUP_ROUTE] = CAUSE_SOURCE_ROUTE,
	[GROUP_AUTH] = CAUSE_ANY_CREDENTIALS, [GROUP_ANON] = CAUSE_ANONYMOUS,
	[GROUP_XCLIENT] = CAUSE_XCLIENT, [GROUP_PROXY] = CAUSE_PROXY,
	[GROUP_PTR] = CAUSE_PTR_NAME, [GROUP_MX] = CAUSE_MX_BACKUP,
	[GROUP_ODD] = CAUSE_UNDETERMINED,
};

enum cause
explain_group_cause(enum group g)
{
	return g < GROUP_N ? group_causes[g] : CAUSE_UNDETERMINED;
}

/* A server that saw us as we are and relays the plain form: the mistake that is
 * made most with it.  Postfix and Exim have a list of trusted networks and one
 * of domains; in Sendmail, OpenSMTPD and Courier one line opens them to all,
 * but more often the networks of such a line are too wide. */
static const struct { uint8_t first, next; } server_causes[MTA_N] = {
	[MTA_OTHER] = { CAUSE_UNCONDITIONAL, RULE_FAMILY },
	[MTA_POSTFIX] = { RULE_FAMILY, CAUSE_WILDCARD_DOMAIN },
	[MTA_EXIM] = { RULE_FAMILY, CAUSE_WILDCARD_DOMAIN },
	[MTA_SENDMAIL] = { RULE_FAMILY, CAUSE_UNCONDITIONAL },
	[MTA_OPENSMTPD] = { RULE_FAMILY, CAUSE_UNCONDITIONAL },
	[MTA_COURIER] = { RULE_FAMILY, CAUSE_UNCONDITIONAL },
};

enum cause
explain_server_cause(enum mta m, bool next)
{
	if (m >= MTA_N)
		m = MTA_OTHER;
	return next ? server_causes[m].next : server_causes[m].first;
}

#define G(name) (1u << GROUP_##name)
#define STRANGER (G(PLAIN) | G(V6) | G(STARTTLS) | G(PORT))	/* nothing of ours is special */
#define ROUTED (G(PERCENT) | G(QUOTED) | G(BANG) | G(ROUTE))
#define NARROW (~(STRANGER | G(MX)))
#define INSIDE (SIGN_SAW_LOOPBACK | SIGN_SAW_TARGET | SIGN_SAW_PRIVATE)

const struct explain_rule explain_rules[] = {
	/* groups, needed, one of, none of: cause, next best, sure, form that decides */
	{ G(MX), 0, 0, 0, CAUSE_MX_BACKUP, CAUSE_NONE, true, NULL },

	/* a server may trust itself */
	{ STRANGER, SIGN_FROM_INSIDE, 0, 0, CAUSE_UNDETERMINED, CAUSE_NONE, false, NULL },

	/* strangers: whom did the server believe to serve? */
	{ STRANGER, SIGN_TLS_GONE, INSIDE, 0, CAUSE_TLS_TERMINATOR, CAUSE_NONE, true, NULL },
	{ STRANGER, SIGN_TLS_GONE | SIGN_SAW_ANOTHER, 0, 0,
	    CAUSE_TLS_TERMINATOR, CAUSE_CLIENT_LOST, false, NULL },
	{ STRANGER, 0, INSIDE, 0, CAUSE_CLIENT_LOST, CAUSE_NONE, true, NULL },
	{ STRANGER, SIGN_SAW_ANOTHER, 0, 0, CAUSE_CLIENT_LOST, RULE_FAMILY, false, NULL },
	{ STRANGER, SIGN_SAW_US | SIGN_THEIR_NAME, 0, 0,
	    CAUSE_PTR_NAME, RULE_FAMILY, false, NULL },

	/* it saw us */
	{ G(V6), SIGN_SAW_US | SIGN_PLAIN_REFUSED, 0, 0,
	    CAUSE_TRUSTED_V6, CAUSE_NONE, true, NULL },
	{ G(V6), SIGN_PLAIN_REFUSED, 0, 0, CAUSE_TRUSTED_V6, CAUSE_CLIENT_LOST, false, NULL },
	{ G(STARTTLS), SIGN_CERTIFICATE | SIGN_PLAIN_REFUSED, 0, 0,
	    CAUSE_CERTIFICATE, CAUSE_NONE, true, NULL },
	{ G(STARTTLS), SIGN_PLAIN_REFUSED, 0, 0, CAUSE_CERTIFICATE, CAUSE_NONE, false, NULL },
	{ G(PORT), SIGN_SAW_US, 0, 0, CAUSE_SUBMISSION, CAUSE_NONE, true, NULL },
	{ G(PORT), 0, 0, 0, CAUSE_SUBMISSION, CAUSE_CLIENT_LOST, false, NULL },
	{ STRANGER, SIGN_SAW_NOTHING, 0, 0,
	    CAUSE_UNDETERMINED, CAUSE_UNCONDITIONAL, false, NULL },
	{ STRANGER, SIGN_OTHER_REFUSED, 0, 0, RULE_FAMILY, CAUSE_NONE, true, NULL },
	{ STRANGER, SIGN_OTHER_WORKED, 0, 0,
	    CAUSE_UNCONDITIONAL, CAUSE_WILDCARD_DOMAIN, false, NULL },
	{ G(V6), 0, 0, 0, CAUSE_TRUSTED_V6, CAUSE_UNCONDITIONAL, false, "P01" },
	{ STRANGER, 0, 0, 0, RULE_SERVER, RULE_SERVER_NEXT, false, "I01" },

	/* a route through the target's own names: who followed it? */
	{ ROUTED, SIGN_NEXT_ROUTED, 0, 0, CAUSE_INNER_HOST, CAUSE_NONE, true, NULL },
	{ ROUTED, SIGN_NEXT_SILENT, 0, 0, CAUSE_INNER_HOST, RULE_GROUP, false, NULL },
	{ ROUTED, SIGN_OTHER_EXIT | SIGN_POSTFIX, 0, 0,
	    CAUSE_INNER_HOST, RULE_GROUP, false, NULL },
	{ ROUTED, SIGN_OTHER_EXIT, 0, 0, RULE_GROUP, CAUSE_INNER_HOST, false, NULL },

	/* the narrow ones, which mean little while the plain form is unknown */
	{ G(ODD), 0, 0, 0, CAUSE_UNDETERMINED, CAUSE_NONE, false, NULL },
	{ G(AUTH) | G(ANON), SIGN_AUTHENTICATED, 0, 0, RULE_GROUP, CAUSE_NONE, true, NULL },
	{ G(PROXY), SIGN_PLAIN_UNKNOWN, 0, 0,	/* it speaks to nobody without that line */
	    CAUSE_PROXY, CAUSE_NONE, true, NULL },
	{ NARROW, 0, 0, SIGN_PLAIN_REFUSED, RULE_GROUP, CAUSE_UNCONDITIONAL, false, "P01" },
	{ G(SENDER), SIGN_PATTERN_REFUSED, 0, 0, CAUSE_SENDER_DOMAIN, CAUSE_NONE, true, NULL },
	{ G(SENDER), 0, 0, 0, CAUSE_SENDER_DOMAIN, CAUSE_PATTERN, false, "P14" },
	{ G(ROLE), 0, 0, SIGN_SENDER_REFUSED,
	    CAUSE_SENDER_DOMAIN, CAUSE_LOCAL_PART, false, "P04" },
	{ NARROW, 0, 0, 0, RULE_GROUP, CAUSE_NONE, true, NULL },
	{ ~0u, 0, 0, 0, CAUSE_UNDETERMINED, CAUSE_NONE, false, NULL },
};
const size_t explain_n_rules = sizeof(explain_rules) / sizeof(explain_rules[0]);
