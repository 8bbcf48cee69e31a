#pragma once
/* xfer/notify.h -- tells secondaries of each new serial (RFC 1996).
 *
 * 1. A new serial is told at once, but not sooner than NOTIFY_GAP_MS after the
 *    message before to the same secondary about the same zone: while a list
 *    changes all the time a secondary hears of the newest serial twice a second.
 * 2. Without an answer it is told again after 1, 2, 4 ... 60 seconds,
 *    NOTIFY_TRIES times in all (3.6), or until there is a newer one.
 * 3. An answer is one from the address and port that was asked, with the ID and,
 *    where we signed, a good signature.  Any rcode ends the tries; one that is not
 *    NOERROR is logged.  What is not signed as it should be is only remembered,
 *    for the log.
 * What comes in is hostile. */

#include "base/rand.h"
#include "fact/answer_cursor.h"
#include "sys/conf.h"
#include "sys/loop.h"
#include "xfer/tsig.h"

enum notify_zone { NOTIFY_ZONE, NOTIFY_OUT, NOTIFY_CATALOG, NOTIFY_ZONES };
enum {
	NOTIFY_GAP_MS = 500,
	NOTIFY_FIRST_MS = 1000, NOTIFY_MOST_MS = 60 * 1000,	/* until told again */
	NOTIFY_TRIES = 8,	/* two minutes */
	NOTIFY_FAILED_MS = 60 * 1000,	/* without an answer: it is logged */
	NOTIFY_SOCKETS = 4,
};

struct notify;

/* to[0..n), n <= CONF_NETS, and r must stay.  Returns 0 or SEK_ENOMEM. */
int notify_new(struct notify **out, struct loop *l, struct rand *r,
    const struct conf_listen *to, size_t n) MUST_CHECK;
void notify_free(struct notify *n);	/* n may be NULL */

/* A bound UDP socket to send from, for secondaries of its family; until there
 * is one they wait.  fd is owned.  Returns 0 or a negative sek_err. */
int notify_socket(struct notify *n, int fd) MUST_CHECK;

/* The keys to sign with: for each secondary the first that it may use.  ring
 * must outlive n; NULL: none. */
void notify_keys(struct notify *n, const struct tsig_ring *ring);

/* Tells of the zone whose SOA record that is (copied), unless its serial was
 * told before. */
void notify_tell(struct notify *n, enum notify_zone zone,
    const struct answer_record *soa, uint32_t serial);
