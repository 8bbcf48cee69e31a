#pragma once
/* tool/account_alert.h -- when abuse begins and ends, while a log is followed.
 *
 * Pure: a state, the result of now, the time.  Each of these is told once when it
 * begins and once when it is over: relaying for strangers, mail of an account
 * that is unlike before, the same of a program of this host.  What was over long
 * before the log was followed is no alert. */

#include <stdbool.h>

#include "account/result.h"

enum {
	/* So long without another message: it is over.  Longer than the pauses of
	 * a sender that waits for greylisting (300 s is usual). */
	ACCOUNT_ALERT_QUIET_S = 900,
	ACCOUNT_ALERTS = 64,		/* remembered; more at a time are not told */
	ACCOUNT_ALERT_WHO = 128, ACCOUNT_ALERT_FILE = 256, ACCOUNT_ALERT_TEXT = 1024,
};

enum account_alert_kind {
	ACCOUNT_ALERT_RELAY, ACCOUNT_ALERT_ACCOUNT, ACCOUNT_ALERT_LOCAL, ACCOUNT_ALERT_KINDS
};

struct account_alert {
	enum account_alert_kind	kind;
	bool		over;
	int64_t		first_s, last_s;	/* first and newest abusive message */
	int64_t		now_s;			/* when it was seen */
	uint64_t	messages, recipients;	/* since it began */
	uint64_t	line;			/* of the first; 0: not known */
	char		file[ACCOUNT_ALERT_FILE];	/* both cleaned */
	char		who[ACCOUNT_ALERT_WHO];	/* the account, the user, the client with most */
};

struct account_alert_state {
	struct account_alert_one {
		enum account_alert_kind	kind;
		bool			on;
		char			who[ACCOUNT_ALERT_WHO];		/* "" for relaying */
		int64_t			last_s;
		struct account_when	first;
		/* when the one before was over */
		uint64_t		messages, recipients;
	} one[ACCOUNT_ALERTS];
	size_t	n;
};

/* Writes what is new to out, at most cap.  Returns how many; what had no room
 * comes with the next call. */
size_t account_alert_step(struct account_alert_state *s, const struct account_result *r,
    int64_t now_s, struct account_alert *out, size_t cap);

/* "relay", "account", "local" */
const char *account_alert_kind_tag(enum account_alert_kind k);

/* "relay-begins", "account-ends", ... */
const char *account_alert_tag(const struct account_alert *a);

/* Seconds from the first abusive message to its being seen. */
int64_t account_alert_after_s(const struct account_alert *a);

/* One line for people, without a line feed. */
void account_alert_text(char out[ACCOUNT_ALERT_TEXT], const struct account_alert *a);
