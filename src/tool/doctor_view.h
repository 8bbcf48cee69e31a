#pragma once
/* tool/doctor_view.h -- all that was seen for the start-up checklist, as plain
 * data: tool/doctor_gather fills it, tool/doctor_judge reads it.
 *
 * Names are as sys/resolve.h gives them (a-z 0-9 - _ and dots); what a server
 * said is hostile. */

#include "sys/own.h"
#include "sys/resolve.h"
#include "tool/doctor_facts.h"
#include "tool/life.h"
#include "tool/reach_http.h"
#include "tool/reach_smtp.h"
#include "tool/reach_soa.h"

enum {
	VIEW_NAME = 256,
	VIEW_HOSTS = RESOLVE_MAX,	/* mail hosts of one domain */
	VIEW_NS_ADDRS = 4,	/* addresses of one name server */
};

#define VIEW_OPTOUT "/en/optout"	/* a page that must be there (architecture 1.1) */

struct seen {			/* one answer of the resolver */
	bool		asked;
	bool		ad;
	int		err;		/* 0 or enum resolve_err */
	char		name[VIEW_NAME];	/* that was asked for */
	size_t		n_addrs, n_names, n_texts;
	struct addr	addrs[RESOLVE_MAX];
	char		names[RESOLVE_MAX][VIEW_NAME];
	struct life	life;		/* of texts: the first one that says one */
};

struct view_source {		/* one source address of probes */
	struct addr	addr;		/* :: none of this family */
	bool		chosen;		/* by the kernel: probe.from is not set */
	struct seen	ptr;
};

struct view_domain {		/* a probe domain */
	struct seen	mx, alias;
	struct seen	wild[2];	/* one label below, two labels below */
	struct seen	hosts[VIEW_HOSTS];	/* addresses of mx.names[i] */
	struct seen	host_alias[VIEW_HOSTS];
};

struct view_ns {		/* one name of dns.ns */
	struct seen	addrs;
	struct reach_soa soa[VIEW_NS_ADDRS];	/* of addrs.addrs[i] */
	bool		outside[VIEW_NS_ADDRS];	/* not asked: doctor_facts_reach() says no */
};

struct view_entry {
	struct seen	listed[2];	/* 2.0.0.127 in ZONE and in in.ZONE */
	struct seen	never;		/* 1.0.0.127 in ZONE */
	struct seen	status;		/* _status.ZONE, TXT */
};

struct view_control {		/* the keeper's answer to doctor-control */
	bool		ok, outside, canary, dated;
	char		why[64];	/* tag */
	char		mx[ADDR_TEXT];
	int64_t		ahead_s, took_ms;
};

struct view {
	struct facts	facts;
	struct addr	own[OWN_MAX];
	size_t		n_own;
	bool		clock_kept;	/* the kernel calls the clock synchronised */
	struct seen	root, invented;
	struct seen	helo;
	struct view_source source[2];	/* v4, v6 */
	struct view_domain domain[2];
	struct seen	contact_mx, contact_addr;
	struct reach_smtp smtp[CONF_LISTENS];
	struct reach_soa udp[CONF_LISTENS], tcp[CONF_LISTENS];
	struct view_control control;
	struct seen	zone;		/* its name servers */
	struct view_ns	ns[FACTS_NS];
	struct view_entry entry;
	struct seen	web;
	struct reach_http pages[CONF_LISTENS];	/* of the opt-out page */
};
