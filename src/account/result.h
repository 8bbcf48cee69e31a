#pragma once
/* account/result.h -- the answer: what the outputs show, and nothing they must
 * work out themselves.
 *
 * Plain data, owned by the span it was made from (judge.h) and valid as long
 * as that.  Texts are hostile: every output cleans them its own way. */

#include <stdbool.h>
#include <stdint.h>

#include "account/where.h"
#include "base/str.h"
#include "wire/addr.h"
#include "wire/mail_event.h"

struct account_count {
	uint64_t	messages, recipients;	/* accepted */
	uint64_t	delivered, deferred, bounced, discarded, queued;	/* recipients, by their last word */
	uint64_t	octets;			/* of messages whose size was said */
	uint64_t	attempts;
	uint64_t	refused;		/* recipients or clients refused at the door */
};

/* What a recipient of a message is; every recipient is in exactly one. */
enum account_class {
	ACCOUNT_RELAYED,	/* outside client, nobody logged in, recipient as given not ours */
	/* the same in the name of a domain of ours, where nobody said which networks
	 * are ours: an office's, or a stranger's who borrows the name */
	ACCOUNT_UNNAMED,
	ACCOUNT_SUBMITTED,	/* logged in, recipient not ours */
	ACCOUNT_INSIDE_OUT,	/* from an own network without login, recipient not ours */
	ACCOUNT_SCRIPTED,	/* by the sendmail program of this host, recipient not ours */
	ACCOUNT_FORWARDED,	/* given recipient ours, went on to one that is not (alias, list, .forward) */
	ACCOUNT_NOTICED,	/* the server's own notice to one that is not ours: backscatter when nobody of ours wrote */
	ACCOUNT_RECEIVED,	/* to a recipient of ours: the work of a mail server or gateway */
	ACCOUNT_UNTOLD,		/* origin or recipient's side is not known */
	ACCOUNT_CLASS_N
};

enum account_axis {		/* the tables */
	ACCOUNT_BY_CLIENT,	/* address */
	ACCOUNT_BY_NETWORK,	/* /24, /48 */
	ACCOUNT_BY_COUNTRY,	/* only with a country database */
	ACCOUNT_BY_ACCOUNT,
	ACCOUNT_BY_USER,	/* local uid or user */
	ACCOUNT_BY_HELO,
	ACCOUNT_BY_SENDER_DOMAIN,
	ACCOUNT_BY_DOMAIN,	/* destination */
	ACCOUNT_BY_TLD,		/* destination */
	ACCOUNT_AXIS_N
};

/* A jump: so many recipients in a day, and so many times the busiest day
 * before.  A person who writes by hand stays below the first; the second is
 * above what holidays and newsletters make of a usual week. */
enum { ACCOUNT_JUMP = 100, ACCOUNT_TIMES = 10 };

/* What an account, user or client did on its day, and before it.  Its day is
 * the first that is a jump (with a day before it), else the busiest, of equal
 * ones the first.  Days are those of the zone that stamps are read in, and have
 * mail that leaves (relayed, submitted, inside out, scripted); recipients of
 * those classes are counted. */
struct account_past {
	uint32_t		days;		/* before its day */
	uint64_t		usual;		/* recipients of the busiest of those */
	int64_t			day_s;		/* UTC, that midnight */
	uint64_t		day;		/* its recipients */
	struct account_when	day_first, day_last;	/* accepted that day */
	uint32_t		networks, networks_new;	/* of that day, /24, /48; on no earlier day */
	uint32_t		countries, countries_new;	/* 0 without a country database */
	uint32_t		domains, senders;	/* destinations, sender domains of that day: at least */
	/* from that day on; of accounts, by networks that were not seen before it; 0: not kept */
	struct account_count	strange;
	struct account_when	strange_first, strange_last;
	/* no day before tells, but networks that came later do: its day is the
	 * one on which they came with a jump, usual what those before had in all */
	bool			later;
};

/* There are tens of thousands, most with mail of one class and no past: what a
 * row does not have takes no room.  account/row.h reads n. */
struct account_row {
	struct str			 name;	/* address or name as text; "" : none said */
	const struct account_count	*n;	/* of the classes that it has, in no order */
	const struct account_past	*past;	/* by account, by user; by client without networks; never NULL */
	uint64_t			 logins_failed;	/* by client, account */
	struct account_when		 first, last;	/* accepted */
	uint32_t			 networks;	/* by account, by user: how many it came from */
	uint8_t				 at[ACCOUNT_CLASS_N];	/* where in n a class is, from 1; 0: nothing */
	bool				 own;	/* a network, domain or host of ours */
	bool				 burst;	/* account_judge: unlike before */
};

struct account_table {
	struct account_row	*row;	/* most recipients (of classes that leave) first */
	size_t			 n;
	uint64_t		 beyond;	/* names that were counted together, since the table was full; 0: exact */
	struct account_count	 rest[ACCOUNT_CLASS_N];	/* what they have */
};

struct account_hour {
	int64_t		s;		/* UTC, its start */
	uint64_t	messages[ACCOUNT_CLASS_N], recipients[ACCOUNT_CLASS_N];
	uint64_t	refused, logins_failed;
};

struct account_listing {	/* a destination refused us and named a blocklist */
	struct str		list;		/* its domain, "zone.example"; "" : it said listed and not by whom */
	struct str		domain;		/* destination, the first */
	struct str		reply;		/* the newest, shortened */
	struct addr		ours;		/* the address of ours that the reply names */
	bool			has_ours;
	uint64_t		replies, domains;
	struct account_when	first, last;
};

enum account_cause {
	ACCOUNT_OPEN_RELAY, ACCOUNT_STOLEN_ACCOUNT, ACCOUNT_LOCAL_SCRIPT, ACCOUNT_BACKSCATTER,
	ACCOUNT_FORWARDING, ACCOUNT_NOTHING_FOUND, ACCOUNT_UNDECIDED, ACCOUNT_CAUSE_N
};

enum account_side { ACCOUNT_FOR, ACCOUNT_AGAINST, ACCOUNT_MISSING };

/* One reason.  tag is a name of judge.c's table ("stranger-relayed",
 * "origin-unknown"), each with a text in both languages (tool/account_words);
 * the values go into that text in this order. */
struct account_reason {
	enum account_side	side;
	const char		*tag;
	uint64_t		number[3];
	struct str		text[2];
	struct account_when	when[2];
	struct str		line;		/* the line itself, at most ACCOUNT_QUOTE octets; "" : none */
};

enum { ACCOUNT_REASONS = 16, ACCOUNT_QUOTE = 512 };

struct account_verdict {
	enum account_cause	cause;
	struct account_count	n;
	struct account_when	first, last;	/* accepted */
	struct account_when	refused_first;	/* first refusal after last of what was accepted before: the door was closed */
	struct str		who[8];		/* the accounts, users or clients it is about, most first */
	size_t			n_who;
	struct account_reason	reason[ACCOUNT_REASONS];
	size_t			n_reasons;
};

struct account_file {
	struct str		name;		/* as given, or PATH within a directory; "-" ; "journal" */
	uint64_t		octets, lines;	/* after decompression */
	int64_t			first_s, last_s;	/* UTC, of its lines */
	uint64_t		lines_other;	/* no log line, or of no mail server */
	uint64_t		lines_cut;	/* longer than SYSLOG_LINE_MAX */
	const char		*trouble;	/* tag of what was wrong with it ("truncated", "unreadable", "duplicate"...), NULL: nothing */
	char			trouble_text[160];
};

/* What makes the totals a lower bound, each with where it was seen first. */
enum account_gap {
	ACCOUNT_GAP_RATE_LIMIT, ACCOUNT_GAP_HOLE,	/* hours without any line where there were lines before and after */
	ACCOUNT_GAP_MIDDLE,	/* the log begins in the middle: messages of unknown origin */
	ACCOUNT_GAP_FILE,	/* a file could not be read whole */
	ACCOUNT_GAP_TABLE,	/* what is not a table of names was full, or decided too early for want of room */
	ACCOUNT_GAP_N
};

struct account_result {
	struct account_file	*file;
	size_t			 n_files;
	uint64_t		 lines, lines_mail;
	uint64_t		 by_mta[MAIL_MTA_N];	/* lines */
	struct account_when	 first, last;		/* of mail lines */
	struct account_count	 total;
	struct account_count	 n[ACCOUNT_CLASS_N];
	struct account_when	 class_first[ACCOUNT_CLASS_N], class_last[ACCOUNT_CLASS_N];
	struct str		 line_first[ACCOUNT_CLASS_N], line_last[ACCOUNT_CLASS_N];	/* those lines; "" when not kept */
	uint64_t		 relay_refused;		/* attempts, refused since the recipient is not ours */
	struct account_when	 relay_refused_first, relay_refused_last;
	struct account_when	 relay_refused_after;	/* the first after class_last[ACCOUNT_RELAYED]; of any when nothing was relayed */
	struct str		 line_refused_after;
	struct account_table	 table[ACCOUNT_AXIS_N];
	struct account_hour	*hour;			/* ascending, none empty */
	size_t			 n_hours;
	struct account_listing	*listing;
	size_t			 n_listings;
	struct account_verdict	 verdict[ACCOUNT_CAUSE_N];	/* those that hold, the gravest first */
	size_t			 n_verdicts;
	struct account_when	 gap[ACCOUNT_GAP_N];
	uint64_t		 gap_n[ACCOUNT_GAP_N];	/* lines lost, hours, messages, files, names */
	bool			 at_least;		/* any gap: totals are a lower bound */
	uint64_t		 logins_failed;
	struct str		 zone;			/* time zone that stamps without one were read in */
	bool			 year_inferred;
	/* what was taken for ours */
	struct str		*own_net, *own_domain;
	size_t			 n_own_nets, n_own_domains;
	enum { ACCOUNT_OWN_NONE, ACCOUNT_OWN_GIVEN, ACCOUNT_OWN_CONFIG, ACCOUNT_OWN_LEARNED } own_nets_from, own_domains_from;
	struct str		 own_config;		/* "postfix, /etc/postfix" */
};
