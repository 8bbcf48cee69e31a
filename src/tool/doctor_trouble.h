#pragma once
/* tool/doctor_trouble.h -- everything that the start-up checklist can find
 * wrong: its tag, what that makes of the check, what was found, what to do.
 *
 * Texts hold {1}, {2}, {3} for the arguments of a trouble.  A line of a text is
 * indented by whoever shows it. */

#include "base/str.h"
#include "fact/checklist.h"

enum trouble_is {
	/* common */
	TROUBLE_AFTER,			/* 1 tag of the check that must be right first */
	TROUBLE_NO_ANSWER,		/* 1 name, of the resolver */
	/* this machine */
	TROUBLE_CLOCK_WRONG,		/* 1 seconds, 2 canary */
	TROUBLE_CLOCK_BEHIND,		/* 1 time of the journal's last row */
	TROUBLE_CLOCK_FREE,
	TROUBLE_DISK_UNKNOWN,		/* 1 directory */
	TROUBLE_DISK_FULL,		/* 1 directory, 2 MiB free, 3 needed */
	TROUBLE_INODES_FEW,		/* the same in inodes */
	TROUBLE_BUDGET_LARGE,		/* 1 directory, 2 MiB free, 3 MiB it may grow */
	TROUBLE_FILES_FEW,		/* 1 may, 2 needed */
	/* resolver */
	TROUBLE_RESOLVER_SILENT,	/* 1 servers */
	TROUBLE_RESOLVER_ROOT,
	TROUBLE_NAME_INVENTED,		/* 1 name, 2 what it was answered with */
	TROUBLE_NOT_VALIDATING,		/* 1 servers */
	/* the source's name */
	TROUBLE_NO_SOURCE,
	TROUBLE_SOURCE_FOREIGN,		/* 1 address, 2 key */
	TROUBLE_SOURCE_SPECIAL,		/* 1 address, 2 key */
	TROUBLE_PTR_NONE,		/* 1 address, 2 reverse name, 3 helo */
	TROUBLE_PTR_OTHER,		/* 1 address, 2 its names, 3 "REVERSE. PTR HELO." */
	TROUBLE_HELO_ELSEWHERE,		/* 1 helo, 2 address, 3 A or AAAA */
	TROUBLE_PTR_GENERIC,		/* 1 address, 2 name */
	/* the mailbox */
	TROUBLE_MX_NONE,		/* 1 domain */
	TROUBLE_MX_NULL,		/* 1 domain */
	TROUBLE_DOMAIN_ALIAS,		/* 1 domain, 2 of what */
	TROUBLE_MX_ALIAS,		/* 1 host, 2 of what */
	TROUBLE_MX_NOWHERE,		/* 1 host */
	TROUBLE_MX_ELSEWHERE,		/* 1 host, 2 address, 3 where the receiver listens */
	TROUBLE_WILD_NONE,		/* 1 name, 2 domain, 3 its MX */
	TROUBLE_WILD_OTHER,		/* 1 name, 2 its MX, 3 "*.DOMAIN. MX 10 HOST." */
	TROUBLE_SMTP_CLOSED,		/* 1 listen */
	TROUBLE_SMTP_SILENT,		/* 1 listen */
	TROUBLE_SMTP_ANOTHER,		/* 1 listen, 2 what it said, 3 helo */
	TROUBLE_ROLE_REFUSED,		/* 1 mailbox, 2 listen, 3 reply */
	TROUBLE_STRANGER_TAKEN,		/* 1 mailbox, 2 listen */
	TROUBLE_NO_OPERATOR,
	TROUBLE_NO_CONTACT,
	TROUBLE_CONTACT_OURS,		/* 1 contact, 2 probe domain */
	TROUBLE_CONTACT_NOWHERE,	/* 1 contact, 2 domain */
	TROUBLE_CONTROL_PROBER,
	TROUBLE_CONTROL_LOST,		/* 1 MX's address */
	TROUBLE_CONTROL_ELSEWHERE,	/* 1 MX's address */
	TROUBLE_CONTROL_FAILED,		/* 1 tag */
	TROUBLE_PORT25_INSIDE,		/* 1 MX's address */
	/* the list */
	TROUBLE_DNS_SILENT,		/* 1 listen, 2 UDP or TCP */
	TROUBLE_DNS_ANOTHER,		/* 1 listen, 2 UDP or TCP, 3 zone */
	TROUBLE_ZONE_UNKNOWN,		/* 1 zone, 2 one of dns.ns */
	TROUBLE_ZONE_BROKEN,		/* 1 zone */
	TROUBLE_NS_MISSING,		/* 1 zone, 2 name */
	TROUBLE_NS_STRANGE,		/* 1 zone, 2 name */
	TROUBLE_NS_NOWHERE,		/* 1 name */
	TROUBLE_NS_SILENT,		/* 1 name, 2 address */
	TROUBLE_NS_LAME,		/* 1 name, 2 address, 3 zone */
	TROUBLE_NS_BEHIND,		/* 1 name, 2 address, 3 its serial */
	TROUBLE_NS_OUTSIDE,		/* 1 name, 2 address */
	TROUBLE_ENTRY_NONE,		/* 1 name, 2 what was answered */
	TROUBLE_ENTRY_STRANGER,		/* 1 name, 2 what was answered */
	TROUBLE_STATUS_NONE,		/* 1 name */
	TROUBLE_STATUS_EXPIRED,		/* 1 name, 2 until when */
	TROUBLE_EMPTIED,		/* 1 zone */
	TROUBLE_WEB_NOWHERE,		/* 1 host */
	TROUBLE_WEB_NONE,
	TROUBLE_WEB_SILENT,		/* 1 listen */
	TROUBLE_WEB_PAGE,		/* 1 listen, 2 path, 3 status */
	TROUBLE_N
};

struct trouble_row {
	const char		*tag;
	enum check_state	 makes;		/* of the check */
	const char		*found;		/* N_() */
	const char		*fix;		/* N_() */
};

extern const struct trouble_row doctor_troubles[TROUBLE_N];

/* Title of a check, N_(): what is so when it is ok. */
extern const char *const doctor_titles[CHECK_N];

enum { TROUBLE_ARGS = 3, TROUBLE_ARG = 256, TROUBLE_TEXT = 2048 };

struct trouble {
	enum trouble_is	is;
	char		what[TROUBLE_ARGS][TROUBLE_ARG];	/* harmless text; "" not used */
};

/* Fills a text of the table (or its translation) with t's arguments.  What
 * does not fit is cut. */
void doctor_trouble_fill(char out[TROUBLE_TEXT], const char *text,
    const struct trouble *t);
