/* keep/verbs.c -- the requests of the control socket, one function a verb. */

#include <string.h>

#include "base/log.h"
#include "fact/relaytest.h"
#include "fact/verdict.h"
#include "keep/apikey.h"
#include "keep/candidate.h"
#include "keep/check.h"
#include "keep/control.h"
#include "keep/disclose.h"
#include "keep/doctor.h"
#include "keep/evidence.h"
#include "keep/gate_verb.h"
#include "keep/gate_visit.h"
#include "keep/list.h"
#include "keep/lookup.h"
#include "keep/nominate.h"
#include "keep/optout_owner.h"
#include "keep/optout_verb.h"
#include "keep/pace.h"
#include "keep/permit.h"
#include "keep/progress.h"
#include "keep/prove.h"
#include "keep/queued.h"
#include "keep/range_verbs.h"
#include "keep/replay.h"
#include "keep/secondary.h"
#include "keep/show.h"
#include "keep/status.h"
#include "keep/sunset_verb.h"
#include "keep/ticket.h"
#include "keep/verbs.h"

enum { WAIT_S = 300, WAIT_MAX_S = 86400 };

struct str
verb_member(const struct request *r, const char *key)
{
	json_t *v = json_object_get(r->json, key);

	if (!json_is_string(v))
		return (struct str){ "", 0 };
	return (struct str){ json_string_value(v), json_string_length(v) };
}

int64_t
verb_int(const struct request *r, const char *key, int64_t def, int64_t min, int64_t max)
{
	json_t *v = json_object_get(r->json, key);
	int64_t i = json_is_integer(v) ? json_integer_value(v) : def;

	return i < min ? min : i > max ? max : i;
}

/* --- what refuses, in words --- */

static const struct {
	const char	*tag;
	int		 exit;
	const char	*text;
} refusals[] = {
	{ "special-use", EXIT_NOPERM, "the address is special-use space (IANA registry) and is never probed or listed" },
	{ "own-receiver", EXIT_NOPERM, "the address is our own probe mailbox" },
	{ "public-off", EXIT_NOPERM, "probing of public addresses is off; only laboratory ranges (lab.range) can be probed" },
	{ "public-unchecked", EXIT_NOPERM, "the start-up checklist has not passed with this configuration, or its pass is over: run `sekimori doctor`; until then only laboratory ranges (lab.range) are probed" },
	{ "opted-out", EXIT_NOPERM, "its owner, or that of its name, opted out: it is never probed; its owner may ask for a retest" },
	{ "no-reason", EXIT_USAGE, "a reason of at most 500 octets is needed (--reason TEXT): it is kept with the record" },
	{ "all-not-owner", EXIT_NOPERM, "only an owner, or a laboratory, is tested beyond the first proof: leave --all out" },
	{ "bad-domain", EXIT_USAGE, "a domain is a name with a dot, as corp.example; at most 4 of them" },
	{ "no-basis", EXIT_NOPERM, "there is no valid basis for this address: nominate it with owner, evidence, authority or log" },
	{ "bad-basis", EXIT_USAGE, "the basis is one of owner, evidence, authority, log" },
	{ "no-evidence", EXIT_USAGE, "this basis needs its proof: --evidence FILE" },
	{ "evidence-unreadable", EXIT_DATA, "no Received line can be read at the top of the evidence mail" },
	{ "receiver-not-trusted", EXIT_NOPERM, "the topmost Received line was not written by a receiver named in evidence.receivers; lower lines are forgeable and count for nothing" },
	{ "evidence-names-another", EXIT_DATA, "the evidence does not name this address as the connecting client" },
	{ "store", EXIT_IOERR, "the store could not be read" },
	{ "no-such-mail", EXIT_DATA, "no mail with that digest is kept for this address: it may have been erased" },
	{ "not-listed", EXIT_DATA, "the address is not listed" },
	{ "range-length", EXIT_USAGE, "only a /24 (IPv4) or a /64 (IPv6) can be listed as a whole, with its host bits zero: 192.0.2.0/24, 2001:db8:0:1::/64; list what is shorter or longer in such pieces" },
	{ "range-name", EXIT_DATA, "a /24 whose three numbers are all below 10 cannot be listed as a whole: in DNS its name is that of a range of IPv6 addresses, too; list its addresses by themselves" },
	{ "range-unproved", EXIT_NOPERM, "no address inside is listed: a range needs the proof of one" },
	{ "range-listed", EXIT_DATA, "the range is listed already" },
	{ "range-opted-out", EXIT_NOPERM, "the range, that address, or too much of the range has opted out" },
	{ "range-not-listed", EXIT_DATA, "no range lists that, or it is excepted already" },
	{ "range-listed-itself", EXIT_DATA, "the address is listed by itself: remove or retract that listing, which excepts it from the range too" },
	{ "list-frozen", EXIT_NOPERM, "the list is frozen: it takes no new listings, so nothing new is tested; retests, removals and opt-outs work" },
	{ "list-empty", EXIT_NOPERM, "the list has been emptied: nothing is tested any more; removals and opt-outs work" },
	{ "sunset-day", EXIT_USAGE, "announce needs the day on which the list will be emptied (--on DATE), 183 days to 5 years ahead and not before a day that was announced; no other step takes one" },
	{ "owner-not-proved", EXIT_NOPERM, "owner is not proved: run the command on that server itself, or prove it on the address's page" },
};

void
verb_refuse(struct request *r, const char *tag)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (strcmp(refusals[i].tag, tag) == 0) {
			request_fail(r, refusals[i].exit, tag, "%s", refusals[i].text);
			return;
		}
	request_fail(r, EXIT_NOPERM, tag, "refused: %s", tag);
}

void
verb_fail_store(struct request *r, int err)
{
	if (err == STORE_FULL)
		request_fail(r, EXIT_IOERR, "no-space", "the store has no space "
		    "left: free some below %s and repeat", r->keep->conf->state);
	else if (err == SEK_ENOMEM)
		request_fail(r, EXIT_OSERR, "memory", "out of memory");
	else
		request_fail(r, EXIT_IOERR, "store", "the store refused: %s",
		    store_why(r->keep->store));
}

void
verb_resolve(struct request *r, enum resolve_kind kind, struct str name,
    void (*done)(struct request *r, unsigned nth, const struct msg_resolved *m))
{
	int err = request_resolve(r, kind, name, 0, done);

	if (err == SEK_ELIMIT)
		request_fail(r, EXIT_TEMPFAIL, "resolver", "too many names are being "
		    "resolved now; try again later");
	else if (err != 0)
		verb_fail_store(r, err);
}

void
verb_stay(struct request *r, const struct addr *addrs, size_t n)
{
	if (!json_is_true(json_object_get(r->json, "follow")))
		request_done(r, 0, NULL);
	else if (request_follow(r, addrs, n,
	    verb_int(r, "wait_s", WAIT_S, 1, WAIT_MAX_S)) != 0)
		verb_fail_store(r, SEK_ENOMEM);
}

/* --- nominate --- */

/* The list of domains becomes words with a space between, in text. */
static bool
domains_read(struct request *r, char text[TEXT_NAMES], struct str *out)
{
	json_t *list = json_object_get(r->json, "domains");
	struct wbuf w = wbuf_of(text, TEXT_NAMES - 1);
	size_t n = json_array_size(list);
	bool ok = list == NULL || (json_is_array(list) && n <= CANDIDATE_PICKS);

	for (size_t i = 0; ok && i < n; i++) {
		const json_t *one = json_array_get(list, i);
		struct str s = { json_string_value(one), json_string_length(one) };

		ok = candidate_domain(s);
		wbuf_str(&w, i > 0 ? " " : "");
		for (size_t k = 0; ok && k < s.n; k++)
			wbuf_u8(&w, (uint8_t)ascii_lower(s.p[k]));
	}
	*out = (struct str){ text, w.len };
	return ok && w.err == 0;
}

bool
verb_nomination(struct request *r, struct nomination *n, char domains[TEXT_NAMES])
{
	struct str depth = verb_member(r, "depth");

	*n = (struct nomination){
		.every = json_is_true(json_object_get(r->json, "all")),
		.port = (uint16_t)verb_int(r, "port", 25, 1, 65535),
		.since = { verb_int(r, "since", 0, 0, INT64_MAX) },
		.reason = verb_member(r, "reason"), .who = verb_member(r, "who"),
		.evidence = { (const char *)r->evidence.p, r->evidence.len },
		.has_depth = depth.n > 0,
	};
	if (n->who.n == 0 || n->who.n > TEXT_WHO)
		n->who = str_of(r->who);
	if (n->reason.n > TEXT_REASON)
		verb_refuse(r, "no-reason");
	else if (!domains_read(r, domains, &n->domains))
		verb_refuse(r, "bad-domain");
	else if (basis_parse(&n->basis, verb_member(r, "basis")) != 0)
		verb_refuse(r, "bad-basis");
	else if (n->has_depth && depth_parse(&n->depth, depth) != 0)
		request_fail(r, EXIT_USAGE, "bad-depth", "depth is one of gentle, "
		    "normal, full, owner, lab");
	else
		return true;
	return false;
}

const char *
verb_may_nominate(struct keep *k, struct nomination *n, const struct addr *a)
{
	const char *why = permit_never(k, a);
	int opted;

	if (why == NULL)
		why = status_forbids(k, RUN_PROBE);
	if (why != NULL)
		return why;
	opted = permit_opted_out(k, a);
	if (opted == 0)
		opted = permit_names_opted_out(k, n->host, n->domains);
	if (opted != 0)
		return opted > 0 ? "opted-out" : "store";
	n->addr = *a;
	why = nominate_proof(k, n);
	return why == NULL && n->every && !nominate_every(k, n) ? "all-not-owner" : why;
}

/* Writes them all or none; queued gets those whose test was queued or goes on
 * (a verdict younger than the cool-down needs none). */
static int
nominate_write(struct keep *k, struct nomination *n, const struct addr *addrs,
    size_t count, struct addr *queued, size_t *n_queued)
{
	bool joined, reused;
	int err = keep_write(k);

	if (err != 0)
		return err;
	*n_queued = 0;
	for (size_t i = 0; err == 0 && i < count; i++) {
		n->addr = addrs[i];
		err = nominate_add(k, n, &joined, &reused);
		if (err == 0 && !reused)
			queued[(*n_queued)++] = addrs[i];
	}
	return keep_done(k, err);
}

/* Ends r where a list goes on, and this address is done. */
static bool
settled(struct request *r, struct nomination *n, const struct addr *a)
{
	struct verdict_row v;

	n->addr = *a;
	if (n->since.s == 0 || nominate_settled(&v, r->keep, n) != 0)
		return false;
	show_verdict(r, &v);
	return true;
}

static void
nominate_addrs(struct request *r, struct nomination *n, const struct addr *addrs,
    size_t count)
{
	struct addr queued[MESSAGE_ADDRS];
	size_t n_queued;
	int err;

	for (size_t i = 0; i < count; i++) {
		const char *why = verb_may_nominate(r->keep, n, &addrs[i]);

		if (why != NULL) {
			verb_refuse(r, why);
			return;
		}
	}
	if (count == 1 && settled(r, n, &addrs[0]))
		return;
	err = nominate_write(r->keep, n, addrs, count, queued, &n_queued);
	if (err == SEK_EPARSE)
		request_fail(r, EXIT_NOPERM, "too-deep", "this basis does not "
		    "allow that depth: %s", depth_names[n->depth]);
	else if (err != 0)
		verb_fail_store(r, err);
	else if (n_queued > 0)
		queued_answer(r, n, queued, n_queued);
	else if ((err = keep_flush(r->keep)) != 0)
		verb_fail_store(r, err);
	else
		show_last_verdict(r, &addrs[0]);
}

static void
host_has_mx(struct request *r, unsigned nth, const struct msg_resolved *m)
{
	char names[512];

	(void)nth;
	str_clean(names, sizeof(names), m->names);
	if (m->ok && m->names.n > 0)
		request_fail(r, EXIT_NOHOST, "has-mx", "the name has no address; its "
		    "mail servers are: %s. A basis covers addresses, never what "
		    "somebody's MX points at: nominate those that it holds for", names);
	else
		request_fail(r, EXIT_NOHOST, "no-address", "the name has no address");
}

static void
host_fails(struct request *r, const struct msg_resolved *m)
{
	if (str_eq(m->why, STR("no-such-name")))
		request_fail(r, EXIT_NOHOST, "no-such-name", "the name does not exist");
	else if (!str_eq(m->why, STR("no-address")))
		request_fail(r, EXIT_TEMPFAIL, "resolver", "the name could not be "
		    "resolved now; try again later");
	else
		verb_resolve(r, RESOLVE_MX, verb_member(r, "target"), host_has_mx);
}

size_t
verb_host_addrs(struct request *r, const struct msg_resolved *m, struct addr *addrs)
{
	size_t count = m->ok ? m->addrs.n / sizeof(addrs[0].o) : 0;

	for (size_t i = 0; i < count; i++)
		memcpy(addrs[i].o, m->addrs.p + i * sizeof(addrs[i].o), sizeof(addrs[i].o));
	if (count == 0)
		host_fails(r, m);
	return count;
}

void
verb_resolve_target(struct request *r,
    void (*done)(struct request *r, unsigned nth, const struct msg_resolved *m))
{
	struct str target = verb_member(r, "target");

	if (target.n == 0 || target.n > TEXT_HOST || str_find(target, '/') >= 0)
		request_fail(r, EXIT_USAGE, "bad-target", "the target is neither an "
		    "address nor a host name");
	else
		verb_resolve(r, RESOLVE_ADDR, target, done);
}

static void
host_resolved(struct request *r, unsigned nth, const struct msg_resolved *m)
{
	struct addr addrs[MESSAGE_ADDRS];
	size_t count = verb_host_addrs(r, m, addrs);
	char domains[TEXT_NAMES];
	struct nomination n;

	(void)nth;
	if (count == 0 || !verb_nomination(r, &n, domains))
		return;
	n.host = verb_member(r, "target");
	nominate_addrs(r, &n, addrs, count);
}

static void
verb_nominate(struct request *r)
{
	struct str target = verb_member(r, "target");
	char domains[TEXT_NAMES];
	struct nomination n;
	struct addr a;

	if (!verb_nomination(r, &n, domains))
		return;
	n.host = verb_member(r, "host");
	if (n.host.n > 0 && !candidate_domain(n.host))
		request_fail(r, EXIT_USAGE, "bad-target", "host is no host name");
	else if (addr_parse(&a, target) == 0)
		nominate_addrs(r, &n, &a, 1);
	else
		verb_resolve_target(r, host_resolved);
}

/* --- the others --- */

bool
verb_target(struct request *r, struct addr *a)
{
	if (addr_parse(a, verb_member(r, "target")) == 0)
		return true;
	request_fail(r, EXIT_USAGE, "bad-target", "the target is not an address: "
	    "give it as 192.0.2.25 or 2001:db8::25");
	return false;
}

static void
verb_retest(struct request *r)
{
	struct str who = verb_member(r, "who");
	struct keep *k = r->keep;
	bool reused = false;
	struct permit p;
	struct addr a;
	int err;

	if (!verb_target(r, &a))
		return;
	if (who.n == 0 || who.n > TEXT_WHO)
		who = str_of(r->who);
	permit_check(&p, k, &a, RUN_RETEST);
	if (!p.ok) {
		verb_refuse(r, p.why);
		return;
	}
	err = keep_write(k);
	if (err == 0)
		err = keep_done(k, nominate_retest(k, &a,
		    (uint16_t)verb_int(r, "port", 0, 0, 65535), who, &reused));
	if (err == 0)
		err = keep_flush(k);
	if (err != 0)
		verb_fail_store(r, err);
	else if (reused)
		show_last_verdict(r, &a);
	else
		verb_stay(r, &a, 1);
}

bool
verb_reason(struct request *r, struct str *reason, struct str *who)
{
	*reason = verb_member(r, "reason");
	*who = verb_member(r, "who");
	if (who->n == 0 || who->n > TEXT_WHO)
		*who = str_of(r->who);
	if (str_trim(*reason).n > 0 && reason->n <= TEXT_REASON)
		return true;
	verb_refuse(r, "no-reason");
	return false;
}

static void
remove_listing(struct request *r, enum journal_kind kind)
{
	struct str reason, who;
	struct addr a;
	int err;

	if (!verb_target(r, &a) || !verb_reason(r, &reason, &who))
		return;
	err = list_remove(r->keep, &a, kind, reason, who);
	if (err == STORE_NONE)
		verb_refuse(r, "not-listed");
	else if (err != 0)
		verb_fail_store(r, err);
	else
		request_done(r, 0, show_serial(r->keep));
}

static void
verb_remove(struct request *r)
{
	remove_listing(r, JOURNAL_REMOVE);
}

static void
verb_retract(struct request *r)
{
	remove_listing(r, JOURNAL_RETRACT);
}

/* The note as it is kept: "about ADDRESS, by WHO: TEXT". */
static int
note_text(char *out, size_t cap, const struct addr *a, struct str who, struct str text)
{
	struct wbuf w = wbuf_of(out, cap);
	char addr[ADDR_TEXT];

	addr_text(addr, a);
	wbuf_printf(&w, "about %s, by ", addr);
	wbuf_bytes(&w, who.p, who.n);
	wbuf_str(&w, ": ");
	wbuf_bytes(&w, text.p, text.n);
	wbuf_u8(&w, 0);
	return w.err;
}

static void
verb_note(struct request *r)
{
	char text[TEXT_REASON + TEXT_WHO + ADDR_TEXT + 16], hex[65];
	struct str reason, who;
	struct keep *k = r->keep;
	struct digest d;
	struct addr a;
	int err;

	if (!verb_target(r, &a) || !verb_reason(r, &reason, &who))
		return;
	err = note_text(text, sizeof(text), &a, who, reason);
	if (err == 0)
		err = keep_write(k);
	if (err == 0)
		err = keep_done(k, evidence_put(&d, k, EVIDENCE_REASON, str_of(text)));
	if (err == 0)
		err = keep_flush(k);
	if (err != 0) {
		verb_fail_store(r, err);
		return;
	}
	str_hex(hex, d.o, sizeof(d.o));
	log_event(LOG_LV_NOTICE, "note", LOG_T("target", verb_member(r, "target")),
	    LOG_T("who", who), LOG_Z("digest", hex));
	request_done(r, 0, json_pack("{ss}", "digest", hex));
}

static void
verb_follow(struct request *r)
{
	struct run run;
	struct addr a;
	int err;

	if (!verb_target(r, &a))
		return;
	err = store_one(r->keep->store, Q_RUN_LIVE_BY_ADDR, ARGS(ARG_A(a)), &run);
	store_forget(r->keep->store);
	if (err == STORE_NONE)
		show_last_verdict(r, &a);
	else if (err != 0)
		verb_fail_store(r, err);
	else if (request_follow(r, &a, 1,
	    verb_int(r, "wait_s", WAIT_S, 1, WAIT_MAX_S)) != 0)
		verb_fail_store(r, SEK_ENOMEM);
}

static const struct {
	const char	*name;
	void		(*run)(struct request *r);
	bool		 web;		/* visitors may ask for it */
} verbs[] = {
	{ "at", show_at, false },
	{ "base", show_base, false },
	{ "check", check_verb, true },
	{ "doctor-control", doctor_control, false },
	{ "doctor-facts", doctor_facts, false },
	{ "doctor-result", doctor_result, false },
	{ "evidence", disclose_verb, true },
	{ "evidence-mail", disclose_verb_mail, true },
	{ "except", range_verb_except, false },
	{ "follow", verb_follow, false },
	{ "gate", gate_verb, false },
	{ "gate-cancel", gate_visit_cancel, true },
	{ "gate-show", gate_visit_show, true },
	{ "gate-start", gate_visit_start, true },
	{ "journal", show_journal, false },
	{ "key-add", apikey_verb_add, false },
	{ "key-list", apikey_verb_list, false },
	{ "key-revoke", apikey_verb_revoke, false },
	{ "narrow", range_verb_narrow, false },
	{ "nominate", verb_nominate, false },
	{ "note", verb_note, false },
	{ "optout", optout_verb, false },
	{ "optout-domain", optout_domain_verb, true },
	{ "optout-owner", optout_owner_verb, true },
	{ "prove", prove_verb, true },
	{ "remove", verb_remove, false },
	{ "replay", replay_verb, false },
	{ "resolve", lookup_verb, true },
	{ "retest", verb_retest, false },
	{ "retract", verb_retract, false },
	{ "secondary", secondary_verb, false },
	{ "show", show_addr, false },
	{ "status", show_status, true },
	{ "sunset", sunset_verb, false },
	{ "test", ticket_verb, true },
	{ "test-cancel", progress_verb_cancel, true },
	{ "test-show", progress_verb_show, true },
	{ "widen", range_verb_widen, false },
};

/* On the control socket the operator may look with a visitor's eyes. */
void
verb_run(struct request *r)
{
	struct str name = verb_member(r, "verb"), as = verb_member(r, "as");

	r->web = r->web || str_eq(as, STR("web"));
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!str_eq(name, str_of(verbs[i].name)))
			continue;
		if (verbs[i].web || !r->web)
			verbs[i].run(r);
		else
			request_fail(r, EXIT_NOPERM, "operator-only", "this request is "
			    "the operator's alone");
		return;
	}
	request_fail(r, EXIT_USAGE, "bad-request", "no such request");
}
