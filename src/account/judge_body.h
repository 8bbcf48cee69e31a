#pragma once
/* account/judge_body.h -- what the files of the judge share.
 *
 * Each file looks at one suspicion and says what it found: a cause that holds,
 * or "undecided" with what is missing.  judge.c puts them in order. */

#include "account/judge.h"
#include "account/row.h"

/* Every reason there is: tag, and the side it always stands on. */
#define JUDGE_REASONS(R) \
	R(STRANGER_RELAYED, FOR, "stranger-relayed") \
	R(STRANGER_ACCEPTED, FOR, "stranger-accepted") \
	R(NEITHER_OURS, FOR, "neither-ours") \
	R(MANY_DESTINATIONS, FOR, "many-destinations") \
	R(DOMAINS_REFUSED, FOR, "domains-refused") \
	R(RELAY_ONLY_THEN, FOR, "relay-only-then") \
	R(RELAY_LISTED, FOR, "relay-listed") \
	R(RELAY_ONE_CLIENT, FOR, "relay-one-client") \
	R(RELAY_BOUNCED, FOR, "relay-bounced") \
	R(RELAY_LIST, AGAINST, "relay-list") \
	R(CLIENTS_HIDDEN, FOR, "clients-hidden") \
	R(DOOR_CLOSED, AGAINST, "door-closed") \
	R(OWN_DOMAINS_LEARNED, AGAINST, "own-domains-learned") \
	R(OWN_NETS_NOT_KNOWN, AGAINST, "own-nets-not-known") \
	R(GIVE_OWN_DOMAIN, MISSING, "give-own-domain") \
	R(GIVE_OWN_NET, MISSING, "give-own-net") \
	R(NOT_SEEN_CLOSED, MISSING, "not-seen-closed") \
	R(CLIENTS_BEHIND, MISSING, "clients-behind") \
	R(RELAY_COPIES, MISSING, "relay-copies") \
	R(ACCOUNT_BURST, FOR, "account-burst") \
	R(ACCOUNT_LATER, FOR, "account-later") \
	R(ACCOUNT_NEW_NETWORKS, FOR, "account-new-networks") \
	R(ACCOUNT_NEW_COUNTRIES, FOR, "account-new-countries") \
	R(ACCOUNT_MANY_NETWORKS, FOR, "account-many-networks") \
	R(ACCOUNT_MANY_COUNTRIES, FOR, "account-many-countries") \
	R(ACCOUNT_MANY_SENDERS, FOR, "account-many-senders") \
	R(ACCOUNT_GUESSED, FOR, "account-guessed") \
	R(ACCOUNT_MANY_BOUNCED, FOR, "account-many-bounced") \
	R(ACCOUNT_USUAL_NETWORKS, AGAINST, "account-usual-networks") \
	R(ACCOUNT_NO_PAST, MISSING, "account-no-past") \
	R(ACCOUNT_UNKNOWN, MISSING, "account-unknown") \
	R(ACCOUNT_BURST_USUAL, MISSING, "account-burst-usual") \
	R(SCRIPT_WEB_USER, FOR, "script-web-user") \
	R(SCRIPT_MUCH, FOR, "script-much") \
	R(SCRIPT_BURST, FOR, "script-burst") \
	R(SCRIPT_MANY_SENDERS, FOR, "script-many-senders") \
	R(SCRIPT_MANY_BOUNCED, FOR, "script-many-bounced") \
	R(SCRIPT_LOOPBACK, FOR, "script-loopback") \
	R(SCRIPT_WHICH, MISSING, "script-which") \
	R(SCRIPT_BULK, MISSING, "script-bulk") \
	R(LOOPBACK_WHO, MISSING, "loopback-who") \
	R(INSIDE_BURST, MISSING, "inside-burst") \
	R(NOTICES_SENT, FOR, "notices-sent") \
	R(NOTICES_FEW, AGAINST, "notices-few") \
	R(NOTICES_UNSEEN, MISSING, "notices-unseen") \
	R(FORWARDED, FOR, "forwarded") \
	R(ONLY_OURS, FOR, "only-ours") \
	R(RELAY_REFUSED, FOR, "relay-refused") \
	R(SUBMITTED_AS_USUAL, FOR, "submitted-as-usual") \
	R(INSIDE_AS_USUAL, FOR, "inside-as-usual") \
	R(NO_MESSAGE, FOR, "no-message") \
	R(UNTOLD_FEW, AGAINST, "untold-few") \
	R(SOME_LINES_LOST, AGAINST, "some-lines-lost") \
	R(ORIGIN_UNKNOWN, MISSING, "origin-unknown") \
	R(RECIPIENTS_UNKNOWN, MISSING, "recipients-unknown") \
	R(NO_MAIL_LINES, MISSING, "no-mail-lines") \
	R(LINES_LOST, MISSING, "lines-lost")

#define JUDGE_ENUM(id, side, tag) JUDGE_##id,
enum judge_tag { JUDGE_REASONS(JUDGE_ENUM) JUDGE_TAG_N };
#undef JUDGE_ENUM

struct judging {
	struct account_result		*r;
	const struct account_own	*own;
	struct account_verdict		 on[ACCOUNT_CAUSE_N];	/* by cause */
	bool				 holds[ACCOUNT_CAUSE_N];
	unsigned			 told;		/* programs with reasons of their own */
	struct account_reason		 spare;		/* for reasons that have no room */
};

/* One reason more for cause; the caller fills in its values.  Never NULL. */
struct account_reason *judge_say(struct judging *j, enum account_cause cause,
    enum judge_tag tag);

/* The cause holds, for these too. */
void judge_hold(struct judging *j, enum account_cause cause, const struct account_count *n,
    const struct account_when *first, const struct account_when *last);
void judge_who(struct judging *j, enum account_cause cause, struct str name);

/* What the rows of a table have of one class, the rest past its cap included. */
struct judge_spread {
	uint64_t			 names, messages, recipients;
	uint64_t			 foreign, foreign_names;	/* recipients of rows that are named and not own */
	const struct account_row	*top;	/* most recipients; NULL: none */
	const struct account_row	*top_foreign;
};

void judge_spread(struct judge_spread *out, const struct account_table *t,
    enum account_class class);

/* Was its day a jump, past the usual? */
bool judge_jumped(const struct account_past *p);

/* Its mail of the class, where that was kept apart only of its day and later. */
const struct account_count *judge_since(const struct account_row *row, enum account_class class,
    const struct account_when **first, const struct account_when **last);

/* Does enough speak against a gateway, by what was relayed: from these clients
 * to these destinations, which are many (wide) or not?  And what does. */
bool judge_wide(const struct judging *j, const struct judge_spread *client,
    const struct judge_spread *domain, bool wide);
void judge_wide_say(struct judging *j, enum account_cause cause, const struct judge_spread *client,
    const struct judge_spread *domain);

unsigned judge_percent(uint64_t part, uint64_t of);	/* 0 of 0 is 0 */

/* The suspicions, each in a file of that name. */
void judge_relay(struct judging *j);
void judge_accounts(struct judging *j);
void judge_local(struct judging *j);	/* programs of this host, hosts inside */
void judge_rest(struct judging *j);	/* backscatter, forwarding, nothing found, undecided */
