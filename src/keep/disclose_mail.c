/* keep/disclose_mail.c -- one mail that came back, octet by octet. */

#include <stdlib.h>
#include <string.h>

#include "keep/disclose.h"
#include "keep/evidence.h"
#include "keep/verbs.h"
#include "keep/visit.h"
#include "wire/mail_put.h"

enum {
	PART = 9216,		/* octets of one event: 12,288 letters */
	MAILS_AT_ONCE = 8,	/* each is in memory while it goes out */
};

struct mail_out {
	struct keep	*keep;
	struct digest	 digest;
	char		*octets;	/* owned */
	size_t		 n, at, whole;
	unsigned	 part;
};

static void
mail_free(void *state)
{
	struct mail_out *m = state;

	m->keep->mails_out--;
	free(m->octets);
	free(m);
}

static int
send_part(struct request *r, struct mail_out *m)
{
	char letters[PART / 3 * 4 + 8];
	struct wbuf w = wbuf_of(letters, sizeof(letters) - 1);
	size_t n = m->n - m->at < PART ? m->n - m->at : PART;

	mail_put_base64(&w, m->octets + m->at, n);
	letters[w.len] = '\0';
	m->at += n;
	return request_event_surely(r, json_pack("{ss si ss}", "event", "octets",
	    "part", (int)m->part++, "base64", letters));
}

static bool
produce(struct request *r)
{
	struct mail_out *m = r->state;
	char hex[65];

	if (m->at < m->n) {
		int err = send_part(r, m);

		if (err == 0)
			return true;
		verb_fail_store(r, SEK_ENOMEM);
		return false;
	}
	str_hex(hex, m->digest.o, sizeof(m->digest.o));
	request_answer(r, json_pack("{ss sI si sb}", "digest", hex,
	    "octets", (json_int_t)m->whole, "parts", (int)m->part,
	    "cut", m->whole > m->n));
	return false;
}

/* Is it evidence of that address at all?  1, 0, or an error. */
static int
belongs(struct keep *k, const struct addr *a, const struct digest *d)
{
	int64_t n = 0;
	int err = store_number(k->store, Q_RECEIPT_HAS_MAIL, ARGS(ARG_A(*a), ARG_D(*d)), &n);

	if (err == 0 && n == 0)		/* an exit's is in its journal rows */
		err = store_number(k->store, Q_JOURNAL_HAS_MAIL,
		    ARGS(ARG_A(*a), ARG_D(*d)), &n);
	return err != 0 ? err : n > 0;
}

/* Returns 0, STORE_NONE (erased), or an error. */
static int
mail_read(struct mail_out *m)
{
	struct evidence e;
	int err = evidence_read(&e, m->keep, &m->digest);

	if (err == 0) {
		m->whole = e.octets.n;
		m->n = m->whole < DISCLOSE_MAIL ? m->whole : DISCLOSE_MAIL;
		m->octets = malloc(m->n + 1);
		if (m->octets == NULL)
			err = SEK_ENOMEM;
		else
			memcpy(m->octets, e.octets.p, m->n);
	}
	store_forget(m->keep->store);
	return err;
}

static void
send_mail(struct request *r, const struct digest *d)
{
	struct mail_out *m = calloc(1, sizeof(*m));
	int err;

	if (m == NULL) {
		verb_fail_store(r, SEK_ENOMEM);
		return;
	}
	m->keep = r->keep;
	m->digest = *d;
	r->keep->mails_out++;
	r->state = m;
	r->state_free = mail_free;
	err = mail_read(m);
	if (err == STORE_NONE)
		verb_refuse(r, "no-such-mail");
	else if (err != 0)
		verb_fail_store(r, err);
	else
		request_stream(r, produce);
}

void
disclose_verb_mail(struct request *r)
{
	struct visitor v;
	struct digest d;
	int is;

	if (!visit_read(&v, r))
		return;
	if (v.role == ROLE_PUBLIC) {
		verb_refuse(r, "owner-not-proved");
		return;
	}
	if (r->keep->mails_out >= MAILS_AT_ONCE) {
		request_fail(r, EXIT_TEMPFAIL, "too-many", "too many mails are being sent "
		    "now: ask again in a moment");
		return;
	}
	is = str_unhex(d.o, sizeof(d.o), verb_member(r, "digest")) != 0 ? 0 :
	    belongs(r->keep, &v.addr, &d);
	if (is < 0)
		verb_fail_store(r, is);
	else if (is == 0)
		verb_refuse(r, "no-such-mail");
	else
		send_mail(r, &d);
}
