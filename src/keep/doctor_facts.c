/* keep/doctor_facts.c -- what `sekimori doctor` has to know of the daemon. */

#include <stdio.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "keep/doctor.h"
#include "keep/journal.h"
#include "keep/verbs.h"

enum { LISTEN_TEXT = ADDR_TEXT + 8 };

static void
put_text(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, json_string(text));
}

static void
put_int(json_t *o, const char *key, int64_t v)
{
	json_object_set_new(o, key, json_integer((json_int_t)v));
}

static void
put_addr(json_t *o, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT];

	addr_text(text, a);
	put_text(o, key, addr_is_none(a) ? "" : text);
}

json_t *
doctor_listens(const struct conf_listen *l, size_t n)
{
	char addr[ADDR_TEXT], text[LISTEN_TEXT];
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		addr_text(addr, &l[i].addr);
		snprintf(text, sizeof(text), addr_is_v4(&l[i].addr) ? "%s:%u" :
		    "[%s]:%u", addr, (unsigned)l[i].port);
		json_array_append_new(list, json_string(text));
	}
	return list;
}

static void
put_nets(json_t *o, const char *key, const struct net *nets, size_t n)
{
	char text[NET_TEXT];
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		net_text(text, &nets[i]);
		json_array_append_new(list, json_string(text));
	}
	json_object_set_new(o, key, list);
}

static void
put_conf(json_t *o, const struct conf *c)
{
	put_text(o, "zone", c->zone);
	put_text(o, "ns", c->ns);
	put_text(o, "url", c->url);
	put_text(o, "domain", c->probe_domain);
	put_text(o, "domain2", c->probe_domain2);
	put_text(o, "helo", c->probe_helo);
	put_addr(o, "from", &c->probe_from);
	put_addr(o, "from6", &c->probe_from6);
	put_text(o, "resolver", c->resolver);
	put_addr(o, "canary", &c->canary);
	put_text(o, "operator", c->operator);
	put_text(o, "contact", c->contact);
	json_object_set_new(o, "dns", doctor_listens(c->dns, c->n_dns));
	json_object_set_new(o, "smtp", doctor_listens(c->smtp, c->n_smtp));
	json_object_set_new(o, "web", doctor_listens(c->web, c->n_web));
	put_nets(o, "lab", c->lab, c->n_lab);
	put_int(o, "sessions", c->probe_sessions > c->smtp_sessions ?
	    c->probe_sessions : c->smtp_sessions);
	put_int(o, "control_wait_s", c->control_wait_s);
	put_int(o, "budget", (int64_t)c->evidence_mb << 20);
	put_text(o, "state", c->state);
}

/* -1: it cannot be said, or (inodes) there is no bound. */
static void
put_disk(json_t *o, const struct conf *c)
{
	struct statvfs v;
	bool known = statvfs(c->state, &v) == 0;

	put_int(o, "free", known ? (int64_t)(v.f_bavail * v.f_frsize) : -1);
	put_int(o, "inodes", known && v.f_files > 0 ? (int64_t)v.f_favail : -1);
}

static void
put_limits(json_t *o)
{
	struct rlimit l;

	put_int(o, "files", getrlimit(RLIMIT_NOFILE, &l) == 0 &&
	    l.rlim_cur <= INT32_MAX ? (int64_t)l.rlim_cur : INT32_MAX);
}

static int
take_made(void *ctx, const void *row)
{
	*(int64_t *)ctx = ((const struct journal_row *)row)->made.s;
	return STORE_STOP;
}

void
doctor_facts(struct request *r)
{
	struct keep *k = r->keep;
	int64_t last = 0, evidence = 0, transcripts = 0;
	json_t *o = json_object();
	int err = store_each(k->store, Q_JOURNAL_LAST, NO_ARGS, take_made, &last);

	if (err >= 0)
		err = store_number(k->store, Q_EVIDENCE_OCTETS, NO_ARGS, &evidence);
	if (err >= 0)
		err = store_number(k->store, Q_TRANSCRIPT_OCTETS, NO_ARGS, &transcripts);
	if (err < 0 || o == NULL) {
		json_decref(o);
		verb_fail_store(r, err < 0 ? err : SEK_ENOMEM);
		return;
	}
	put_text(o, "conf", doctor_conf(k));
	put_conf(o, k->conf);
	put_disk(o, k->conf);
	put_limits(o);
	put_int(o, "serial", journal_serial(k));
	put_int(o, "held", evidence + transcripts);
	put_int(o, "now", keep_now(k).s);
	put_int(o, "last", last);
	json_object_set_new(o, "public", doctor_status(k));
	request_done(r, 0, o);
}
