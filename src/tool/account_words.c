#include "tool/account_words.h"

#include <assert.h>
#include <string.h>

#include "base/i18n.h"

#define COUNT(t) (sizeof(t) / sizeof((t)[0]))

struct word {
	const char	*tag, *words, *more;
};

static const struct word causes[ACCOUNT_CAUSE_N] = {
	[ACCOUNT_OPEN_RELAY] = { "open-relay", N_("open relay"),
	    N_("Open relay: this server took mail from strangers and passed it on to others.") },
	[ACCOUNT_STOLEN_ACCOUNT] = { "stolen-account", N_("stolen account"),
	    N_("Stolen account: an account sent mail to the outside, unlike before.") },
	[ACCOUNT_LOCAL_SCRIPT] = { "local-script", N_("local script"),
	    N_("Local script: a program on this server sent mail to the outside.") },
	[ACCOUNT_BACKSCATTER] = { "backscatter", N_("backscatter"),
	    N_("Backscatter: this server sent notices to outside addresses that may never have written.") },
	[ACCOUNT_FORWARDING] = { "forwarding", N_("forwarding"),
	    N_("Forwarding: mail to addresses of this server went on to outside ones (alias, list, .forward); that is ordinary work.") },
	[ACCOUNT_NOTHING_FOUND] = { "nothing-found", N_("nothing found"),
	    N_("Nothing found: these logs show no mail that strangers sent through this server.") },
	[ACCOUNT_UNDECIDED] = { "undecided", N_("undecided"),
	    N_("Undecided: these logs alone do not answer the question for all of the mail.") },
};

static const struct word classes[ACCOUNT_CLASS_N] = {
	[ACCOUNT_RELAYED] = { "relayed", N_("for strangers"),
	    N_("from an outside client without login to a recipient that is not ours") },
	[ACCOUNT_UNNAMED] = { "unnamed", N_("not said whose"),
	    N_("in the name of a domain of ours to a recipient that is not ours, without login, from a network that nobody named as ours") },
	[ACCOUNT_SUBMITTED] = { "submitted", N_("with login"),
	    N_("after a login to a recipient that is not ours") },
	[ACCOUNT_INSIDE_OUT] = { "inside-out", N_("from inside"),
	    N_("from a network of ours without login to a recipient that is not ours") },
	[ACCOUNT_SCRIPTED] = { "scripted", N_("by programs here"),
	    N_("handed in by a program on this host to a recipient that is not ours") },
	[ACCOUNT_FORWARDED] = { "forwarded", N_("forwarded"),
	    N_("to a recipient of ours, from where it went on to one that is not") },
	[ACCOUNT_NOTICED] = { "noticed", N_("own notices"),
	    N_("the server's own notice to a recipient that is not ours") },
	[ACCOUNT_RECEIVED] = { "received", N_("received"), N_("to a recipient of ours") },
	[ACCOUNT_UNTOLD] = { "untold", N_("not known"),
	    N_("where it came from, or whose the recipient is, is not known") },
};

static const struct word axes[ACCOUNT_AXIS_N] = {
	[ACCOUNT_BY_CLIENT] = { "client", N_("Client addresses"), N_("(no address)") },
	[ACCOUNT_BY_NETWORK] = { "network", N_("Client networks"), N_("(no address)") },
	[ACCOUNT_BY_COUNTRY] = { "country", N_("Countries of clients"), N_("(not known)") },
	[ACCOUNT_BY_ACCOUNT] = { "account", N_("Accounts"), N_("(without a name)") },
	[ACCOUNT_BY_USER] = { "user", N_("Local users"), N_("(without a name)") },
	[ACCOUNT_BY_HELO] = { "helo", N_("Names that clients gave (HELO)"), N_("(none given)") },
	[ACCOUNT_BY_SENDER_DOMAIN] = { "sender-domain", N_("Domains of senders"), N_("(empty sender)") },
	[ACCOUNT_BY_DOMAIN] = { "domain", N_("Destination domains"), N_("(no domain)") },
	[ACCOUNT_BY_TLD] = { "tld", N_("Destination top-level domains"), N_("(no domain)") },
};

static const struct word gaps[ACCOUNT_GAP_N] = {
	[ACCOUNT_GAP_RATE_LIMIT] = { "rate-limit", N_("lines that the log service dropped"), NULL },
	[ACCOUNT_GAP_HOLE] = { "hole", N_("hours without any line between others"), NULL },
	[ACCOUNT_GAP_MIDDLE] = { "middle", N_("messages whose beginning is not in these logs"), NULL },
	[ACCOUNT_GAP_FILE] = { "file", N_("files that could not be read whole"), NULL },
	[ACCOUNT_GAP_TABLE] = { "table", N_("messages and names that there was no room to follow to their end"), NULL },
};

static const struct word sides[] = {
	[ACCOUNT_FOR] = { "for", N_("for it"), NULL },
	[ACCOUNT_AGAINST] = { "against", N_("against it"), NULL },
	[ACCOUNT_MISSING] = { "missing", N_("would decide"), NULL },
};

static const struct word mtas[MAIL_MTA_N] = {
	[MAIL_NO_MTA] = { "none", "-", NULL }, [MAIL_POSTFIX] = { "postfix", "Postfix", NULL },
	[MAIL_EXIM] = { "exim", "Exim", NULL }, [MAIL_SENDMAIL] = { "sendmail", "Sendmail", NULL },
	[MAIL_OPENSMTPD] = { "opensmtpd", "OpenSMTPD", NULL },
};

static const struct word owns[] = {
	[ACCOUNT_OWN_NONE] = { "none", N_("not known"), NULL },
	[ACCOUNT_OWN_GIVEN] = { "given", N_("as given by option"), NULL },
	[ACCOUNT_OWN_CONFIG] = { "config", N_("read from the configuration"), NULL },
	[ACCOUNT_OWN_LEARNED] = { "learned", N_("learned from these logs, perhaps not all"), NULL },
};

static const struct word troubles[] = {
	{ "unreadable", N_("cannot be read"), NULL },
	{ "empty", N_("is empty"), NULL },
	{ "truncated", N_("is cut off; what stands before that was read"), NULL },
	{ "corrupt", N_("is damaged; what stands before that was read"), NULL },
	{ "shrank", N_("became shorter while it was read"), NULL },
	{ "duplicate", N_("has the same lines as another file; not counted again"), NULL },
	{ "overlap", N_("shares lines with another file; these were counted once"), NULL },
	{ "same-beginning", N_("begins with the lines of another file; these were not counted again"), NULL },
	{ "not-a-log", N_("is no mail log"), NULL },
	{ "directory", N_("is a directory that cannot be read"), NULL },
	{ "too-deep", N_("has too many directories in each other"), NULL },
	{ "stopped", N_("was not read to its end: stopped early"), NULL },
	{ "no-memory", N_("was not read to its end: out of memory"), NULL },
};

#define FIELD(f, w) { #f, w, offsetof(struct account_count, f) }

const struct account_words_count account_words_count[ACCOUNT_WORDS_COUNTS] = {
	FIELD(messages, N_("messages")), FIELD(recipients, N_("recipients")),
	FIELD(delivered, N_("delivered")), FIELD(deferred, N_("deferred so far")),
	FIELD(bounced, N_("undeliverable")), FIELD(discarded, N_("discarded")),
	FIELD(queued, N_("still queued")), FIELD(octets, N_("volume")),
	FIELD(attempts, N_("attempts")),
	FIELD(refused, N_("refused at the door")),
};

static_assert(sizeof(struct account_count) == ACCOUNT_WORDS_COUNTS * sizeof(uint64_t),
    "a number of an account_count is not in account_words_count");

uint64_t
account_words_count_of(const struct account_count *n, size_t i)
{
	uint64_t v;

	memcpy(&v, (const char *)n + account_words_count[i].offset, sizeof(v));
	return v;
}

struct account_count
account_words_sum(const struct account_count n[ACCOUNT_CLASS_N])
{
	uint64_t all[ACCOUNT_WORDS_COUNTS] = { 0 }, one[ACCOUNT_WORDS_COUNTS];
	struct account_count sum;

	for (size_t c = 0; c < ACCOUNT_CLASS_N; c++) {	/* of every row of every table */
		memcpy(one, &n[c], sizeof(one));
		for (size_t i = 0; i < ACCOUNT_WORDS_COUNTS; i++)
			all[i] += one[i];
	}
	memcpy(&sum, all, sizeof(sum));
	return sum;
}

static const struct {
	const struct word	*row;
	size_t			 n;
} tables[ACCOUNT_WORDS_N] = {
	[ACCOUNT_WORDS_CAUSE] = { causes, COUNT(causes) },
	[ACCOUNT_WORDS_CLASS] = { classes, COUNT(classes) },
	[ACCOUNT_WORDS_AXIS] = { axes, COUNT(axes) },
	[ACCOUNT_WORDS_GAP] = { gaps, COUNT(gaps) },
	[ACCOUNT_WORDS_SIDE] = { sides, COUNT(sides) },
	[ACCOUNT_WORDS_MTA] = { mtas, COUNT(mtas) },
	[ACCOUNT_WORDS_OWN] = { owns, COUNT(owns) },
};

static const struct word *
at(enum account_words of, size_t i)
{
	static const struct word unknown = { "unknown", "?", "?" };

	return (size_t)of < ACCOUNT_WORDS_N && i < tables[of].n && tables[of].row[i].tag != NULL ?
	    &tables[of].row[i] : &unknown;
}

const char *
account_words_tag(enum account_words of, size_t i)
{
	return at(of, i)->tag;
}

const char *
account_words_name(enum account_words of, size_t i)
{
	return _(at(of, i)->words);
}

const char *
account_words_long(enum account_words of, size_t i)
{
	const char *text = at(of, i)->more;

	return text != NULL ? _(text) : "";
}

const char *
account_words_trouble(const char *tag)
{
	for (size_t i = 0; i < COUNT(troubles); i++)
		if (strcmp(troubles[i].tag, tag) == 0)
			return _(troubles[i].words);
	return tag;
}

const char *
account_words_trouble_tag(size_t i)
{
	return i < COUNT(troubles) ? troubles[i].tag : NULL;
}

bool
account_words_is_abuse(enum account_cause c)
{
	return c == ACCOUNT_OPEN_RELAY || c == ACCOUNT_STOLEN_ACCOUNT || c == ACCOUNT_LOCAL_SCRIPT;
}

enum account_class
account_words_class_of(enum account_cause c)
{
	static const enum account_class of[ACCOUNT_CAUSE_N] = {
		[ACCOUNT_OPEN_RELAY] = ACCOUNT_RELAYED,
		[ACCOUNT_STOLEN_ACCOUNT] = ACCOUNT_SUBMITTED,
		[ACCOUNT_LOCAL_SCRIPT] = ACCOUNT_SCRIPTED,
		[ACCOUNT_BACKSCATTER] = ACCOUNT_NOTICED,
		[ACCOUNT_FORWARDING] = ACCOUNT_FORWARDED,
		[ACCOUNT_NOTHING_FOUND] = ACCOUNT_CLASS_N,
		[ACCOUNT_UNDECIDED] = ACCOUNT_CLASS_N,
	};

	return (size_t)c < ACCOUNT_CAUSE_N ? of[c] : ACCOUNT_CLASS_N;
}

const char *
account_words_who(enum account_cause c)
{
	return c == ACCOUNT_STOLEN_ACCOUNT ? _("accounts") : c == ACCOUNT_LOCAL_SCRIPT ?
	    _("users") : _("by");
}

int
account_words_exit(const struct account_result *r)
{
	bool undecided = r->n_verdicts == 0;

	for (size_t i = 0; i < r->n_verdicts; i++) {
		if (account_words_is_abuse(r->verdict[i].cause))
			return 1;
		undecided = undecided || r->verdict[i].cause == ACCOUNT_UNDECIDED;
	}
	return undecided ? 2 : 0;
}
