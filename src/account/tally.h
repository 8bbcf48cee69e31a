#pragma once
/* account/tally.h -- messages that are over, as sums: by class, name and hour.
 *
 * Everything here is a sum, a first, a last or a bounded list of both, so that
 * two spans' tallies make one.  Whose side a recipient is on may become known
 * only later: such mail waits in a bounded list as row numbers (pending). */

#include "account/country.h"
#include "account/hours.h"
#include "account/learn.h"
#include "account/listing.h"
#include "account/message.h"
#include "account/names.h"
#include "account/past.h"
#include "account/quotes.h"
#include "account/refusals.h"
#include "account/result.h"
#include "account/tally_keys.h"

struct tally_limits {
	size_t	names, pending, hours;
};

/* One message without its recipients. */
struct tally_mail {
	struct account_at	accepted;
	uint64_t		size;
	uint32_t		client, account, user, helo, sender;	/* rows, NAMES_NONE, NAMES_GONE */
	uint8_t			origin;
	uint16_t		counted;	/* classes in which the message was counted: bits */
	uint16_t		n;		/* pending recipients that follow */
};

struct tally_part {		/* recipients of one message with the same domain and fate */
	uint32_t		domain, given;	/* rows; given: as the client gave it */
	enum account_class	class;
	struct names_fate	n;		/* messages: 0 */
};

struct account_tally {
	const struct account_own	*own;		/* borrowed */
	const struct account_country	*country;	/* borrowed; NULL: none */
	struct account_learn		 learn;
	struct account_names		 names[ACCOUNT_AXIS_N];
	struct account_hours		 hours;
	struct account_past_store	 past;
	struct account_listings		 listings;
	struct account_quotes		 quotes;	/* of pending mail */
	struct quote first[ACCOUNT_CLASS_N], last[ACCOUNT_CLASS_N];
	struct account_count		 total, n[ACCOUNT_CLASS_N];
	struct account_at		 line_first, line_last;
	uint64_t			 lines_mail, by_mta[MAIL_MTA_N], logins_failed;
	uint64_t			 relay_refused;
	struct account_at		 relay_refused_first, relay_refused_last;
	struct account_refusals		 refusals;
	struct account_at		 gap[ACCOUNT_GAP_N];
	uint64_t			 gap_n[ACCOUNT_GAP_N];
	/* pending: a struct tally_mail and its n parts, and so on */
	unsigned char			*pending;
	size_t				 n_pending, cap_pending;	/* octets */
	size_t				 pending_rcpts, most_pending;
	uint32_t			 serial;
	size_t				 since_bound;	/* messages and recipients since the tables were looked at */
	struct tally_part		*part;	/* of the message that is being counted */
	size_t				 n_parts, cap_parts;
};

int tally_init(struct account_tally *t, const struct account_own *own,
    const struct account_country *country, const struct tally_limits *limits) MUST_CHECK;
void tally_free(struct account_tally *t);
int tally_copy(struct account_tally *to, const struct account_tally *from) MUST_CHECK;

/* A line of a mail server: asked for every one.  Returns 0 or SEK_ENOMEM. */
static inline int
tally_line(struct account_tally *t, enum mail_mta mta, struct account_at at)
{
	struct hours_row *h;

	t->lines_mail++;
	t->by_mta[mta]++;
	at_first(&t->line_first, at);
	at_last(&t->line_last, at);
	if (hours_row(&t->hours, at.s, &h) < 0)
		return SEK_ENOMEM;
	if (h != NULL)
		h->lines++;
	return 0;
}

/* A message that is over (or queued at the end); line is its first.  keys: of
 * this message, or NULL. */
int tally_message(struct account_tally *t, const struct account_message *m,
    const struct tally_keys *keys, struct str line) MUST_CHECK;

/* A refusal or failed login, times times. */
int tally_refused(struct account_tally *t, const struct mail_event *ev,
    struct account_at at, struct str line, uint32_t times) MUST_CHECK;
int tally_login_failed(struct account_tally *t, const struct mail_event *ev,
    struct account_at at, uint32_t times) MUST_CHECK;

/* Whose it was, when that is known later. */
int tally_refused_by(struct account_tally *t, const struct addr *client,
    enum account_class class, uint32_t times) MUST_CHECK;
int tally_failed_by(struct account_tally *t, const struct addr *client,
    uint32_t times) MUST_CHECK;

/* A reply of a next hop that was no delivery. */
int tally_reply(struct account_tally *t, struct str reply, struct str recipient,
    struct account_at at) MUST_CHECK;
void tally_gap(struct account_tally *t, enum account_gap gap,
    struct account_at at, uint64_t n);

/* Everything of b, which follows a, into a; of b is left what can be freed. */
int tally_join(struct account_tally *a, struct account_tally *b,
    const struct account_shift *by) MUST_CHECK;

/* Settles the sides of what is pending: of the older half, or of all. */
int tally_settle(struct account_tally *t, bool all) MUST_CHECK;
