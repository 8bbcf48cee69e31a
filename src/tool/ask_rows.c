#include "tool/ask_rows.h"

#include <string.h>

#include "base/i18n.h"

#define V(field) offsetof(struct ask_values, field)
#define END { .name = NULL }

static const char *const when_words[] = { "auto", "always", "never", NULL };
static const char *const lang_words[] = { "ja", "en", NULL };
static const char *const basis_words[] = {
	"owner", "evidence", "authority", "log", NULL
};
static const char *const depth_words[] = {
	"gentle", "normal", "full", "owner", "lab", NULL
};

enum {
	WAIT_MAX = 86400,		/* as the keeper's */
	FOR_MAX = 10 * 366 * 86400,
};

#define REASON { "reason", 'r', OPTION_LINE, V(reason), "TEXT", \
	N_("why; kept with the record"), NULL, 0, 0, true }
#define WHO { "who", 0, OPTION_LINE, V(who), "NAME", \
	N_("who asks; default: the name you logged in with"), NULL, 0, 0, false }
#define FOLLOW { "follow", 'f', OPTION_FLAG, V(follow), NULL, \
	N_("stay and show what happens until the verdict"), NULL, 0, 0, false }
#define WAIT { "wait", 'w', OPTION_SECONDS, V(wait_s), "TIME", \
	N_("give up following after this long; default 5m"), NULL, 1, WAIT_MAX, false }

static const struct option_row common[] = {
	{ "json", 'j', OPTION_FLAG, V(json), NULL,
	  N_("one JSON object a line"), NULL, 0, 0, false },
	{ "lang", 0, OPTION_TEXT, V(lang), "LANG",
	  N_("language of messages"), lang_words, 0, 0, false },
	{ "socket", 0, OPTION_TEXT, V(socket), "PATH",
	  N_("control socket of the daemon; default: control in its state directory"),
	  NULL, 0, 0, false },
	{ "color", 0, OPTION_TEXT, V(color), "WHEN",
	  N_("colour beside the words"), when_words, 0, 0, false },
	{ "progress", 0, OPTION_TEXT, V(progress), "WHEN",
	  N_("live lines; auto: on a terminal only"), when_words, 0, 0, false },
	END
};

static const struct option_row nominate_rows[] = {
	{ "basis", 'b', OPTION_TEXT, V(basis), "WORD",
	  N_("why a probe may be made"), basis_words, 0, 0, true },
	REASON,
	{ "evidence", 'e', OPTION_TEXT, V(evidence), "FILE",
	  N_("the mail or log line that is the basis; - is standard input"),
	  NULL, 0, 0, false },
	{ "port", 'p', OPTION_COUNT, V(port), "NUMBER",
	  N_("SMTP port; default 25"), NULL, 1, 65535, false },
	{ "depth", 'd', OPTION_TEXT, V(depth), "WORD",
	  N_("how far into the catalogue of forms"), depth_words, 0, 0, false },
	{ "domain", 0, OPTION_LIST, V(domain), "NAME",
	  N_("a mail domain of the target, for the forms that name one"), NULL, 0, 0, false },
	{ "all", 'a', OPTION_FLAG, V(every), NULL,
	  N_("go on after the first proof, with all forms; for owners"), NULL, 0, 0, false },
	FOLLOW, WAIT, WHO, END
};

static const struct option_row retest_rows[] = {
	{ "reason", 'r', OPTION_LINE, V(reason), "TEXT",
	  N_("why; kept with the record"), NULL, 0, 0, false },
	FOLLOW, WAIT, END
};

static const struct option_row optout_rows[] = {
	REASON,
	{ "proof", 0, OPTION_LINE, V(proof), "TEXT",
	  N_("how it was proved that the owner asks"), NULL, 0, 0, false },
	{ "also", 0, OPTION_LIST, V(also), "TARGET",
	  N_("a further address, prefix or domain of the same owner; may be repeated"),
	  NULL, 0, 0, false },
	{ "operator", 0, OPTION_LINE, V(operator), "NAME",
	  N_("whose hosts these all are"), NULL, 0, 0, false },
	WHO, END
};

static const struct option_row except_rows[] = {
	REASON,
	{ "end", 0, OPTION_FLAG, V(end), NULL,
	  N_("the range lists the address again"), NULL, 0, 0, false },
	WHO, END
};

static const struct option_row key_rows[] = {
	{ "for", 0, OPTION_SECONDS, V(for_s), "TIME",
	  N_("of key add: how long the key holds; default: until it is revoked"),
	  NULL, 60, FOR_MAX, false },
	{ "reason", 'r', OPTION_LINE, V(reason), "TEXT",
	  N_("of key revoke: why; kept with the record"), NULL, 0, 0, false },
	WHO, END
};

static const struct option_row sunset_rows[] = {
	{ "on", 0, OPTION_TEXT, V(on), "DATE",
	  N_("of announce: the day on which the list will be emptied"), NULL, 0, 0, false },
	{ "reason", 'r', OPTION_LINE, V(reason), "TEXT",
	  N_("why; kept with the record; of every step"), NULL, 0, 0, false },
	{ "dry-run", 'n', OPTION_FLAG, V(dry_run), NULL,
	  N_("say what the step would do, and write nothing"), NULL, 0, 0, false },
	WHO, END
};

static const struct option_row reason_rows[] = { REASON, WHO, END };
static const struct option_row follow_rows[] = { WAIT, END };
static const struct option_row no_rows[] = { END };

static const struct ask_row rows[] = {
	{ "nominate", ASK_HOST, false, { "nominate", "ADDRESS|HOST[:PORT]",
	  N_("Asks for relay tests of a server, with the basis that allows them."),
	  nominate_rows, common, 1, 1 } },
	{ "retest", ASK_ADDR, false, { "retest", "ADDRESS",
	  N_("Tests a listed server again; a clean result removes the listing."),
	  retest_rows, common, 1, 1 } },
	{ "optout", ASK_OPTOUT, false, { "optout", "ADDRESS|PREFIX|DOMAIN",
	  N_("Stops all probes to an address, a network or a domain's hosts, for good."),
	  optout_rows, common, 1, 1 } },
	{ "remove", ASK_ADDR, false, { "remove", "ADDRESS",
	  N_("Removes a listing (fixed, or asked for)."),
	  reason_rows, common, 1, 1 } },
	{ "retract", ASK_ADDR, false, { "retract", "ADDRESS",
	  N_("Removes a listing that was made in error, and says so."),
	  reason_rows, common, 1, 1 } },
	{ "widen", ASK_NET, false, { "widen", "RANGE",
	  N_("Lists a whole /24 (IPv6: /64) while an address inside is listed."),
	  reason_rows, common, 1, 1 } },
	{ "narrow", ASK_NET, false, { "narrow", "RANGE",
	  N_("Ends the listing of a range; addresses listed by themselves stay."),
	  reason_rows, common, 1, 1 } },
	{ "except", ASK_ADDR, false, { "except", "ADDRESS",
	  N_("Takes one address out of a listed range."),
	  except_rows, common, 1, 1 } },
	{ "note", ASK_ADDR, false, { "note", "ADDRESS",
	  N_("Keeps a note about an address."),
	  reason_rows, common, 1, 1 } },
	{ "show", ASK_ADDR, false, { "show", "ADDRESS",
	  N_("Shows what is known of an address: listings, verdict, test, bases."),
	  no_rows, common, 1, 1 } },
	{ "status", ASK_NONE, false, { "status", "",
	  N_("Shows the state of the daemon and of the list."),
	  no_rows, common, 0, 0 } },
	{ "follow", ASK_ADDR, true, { "follow", "ADDRESS",
	  N_("Shows a test that is under way, until its verdict."),
	  follow_rows, common, 1, 1 } },
	{ "key-", ASK_KEY, false, { "key", "add NAME | list | revoke NUMBER",
	  N_("Makes, lists and revokes the keys with which CSIRTs ask the pages' API."),
	  key_rows, common, 1, 2 } },
	{ "sunset", ASK_SUNSET, false, { "sunset",
	  "status | announce | freeze | empty | end | cancel",
	  N_("Ends the list step by step, so that nobody's mail suffers from it."),
	  sunset_rows, common, 1, 1 } },
	{ "journal", ASK_VERIFY, false, { "journal", "verify",
	  N_("Verifies the hash chain of the journal."),
	  no_rows, common, 1, 1 } },
};

const struct ask_row *
ask_row_find(const char *command)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].usage.command, command) == 0)
			return &rows[i];
	return NULL;
}
