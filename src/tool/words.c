#include "tool/words.h"

#include <string.h>
#include <time.h>

#include "base/i18n.h"

struct word {
	const char	*tag, *text;
};

static const struct word verdicts[] = {
	{ "none", N_("no verdict yet") },
	{ "open", N_("open") },
	{ "closed", N_("closed") },
	{ "accepts", N_("accepts but does not deliver") },
	{ "inconclusive", N_("inconclusive") },
	{ "untested", N_("not tested") },
	{ NULL, NULL }
};

static const struct word findings[] = {
	{ "none", N_("not tried") },
	{ "refused", N_("refused") },
	{ "deferred", N_("deferred") },
	{ "accepted", N_("accepted") },
	{ "odd", N_("odd reply") },
	{ "cut", N_("cut off") },
	{ "skipped", N_("skipped") },
	{ "bounced", N_("bounced") },
	{ "barred", N_("sender barred") },
	{ "returned", N_("came back") },
	{ "mx-only", N_("passed on as a backup MX") },
	{ "done", N_("ended properly") },
	{ "no-connect", N_("no connection") },
	{ "no-smtp", N_("connected, but no SMTP reply") },
	{ "blocked", N_("does not talk to us") },
	{ "busy", N_("busy (4xx at the greeting, or 421)") },
	{ "tarpit", N_("too slow: our limit for a session ran out") },
	{ "tls", N_("TLS failed") },
	{ NULL, NULL }
};

static const struct word whys[] = {
	/* verdicts */
	{ "token-returned", N_("the probe came back") },
	{ "all-refused", N_("every form was refused") },
	{ "not-delivered", N_("accepted, and nothing came back") },
	{ "nothing-answered", N_("no form got an answer") },
	{ "unfinished", N_("not every form has its answer") },
	{ "no-control", N_("our own control letter did not arrive, so nothing else can be believed") },
	{ "no-connection", N_("no connection") },
	{ "no-smtp-reply", N_("no SMTP reply: a blocked port looks the same") },
	{ "blocks-us", N_("the server does not talk to us") },
	{ "tls-failed", N_("TLS failed") },
	{ "busy", N_("the server is busy") },
	{ "tarpit", N_("the server is slow on purpose or overloaded") },
	/* permits */
	{ "no-basis", N_("no valid basis for a connection") },
	{ "opted-out", N_("the owner opted out") },
	{ "special-use", N_("a special-use address") },
	{ "own-receiver", N_("our own receiver") },
	{ "not-our-receiver", N_("not our own receiver") },
	{ "public-off", N_("probing of public addresses is off") },
	{ "public-unchecked", N_("public addresses are not probed before the start-up checklist passes") },
	{ "list-frozen", N_("the list is frozen: nothing new is tested") },
	{ "list-empty", N_("the list has been emptied: nothing is tested") },
	{ "store", N_("the store cannot be read") },
	{ "no-such-order", N_("no such session") },
	{ "cancelled", N_("the test was cancelled") },
	/* mails that came and do not count */
	{ "not-a-bounce", N_("no bounce: an automatic answer or a person") },
	{ "replayed", N_("the same mail came before") },
	{ "was-not-sent", N_("that form was not sent") },
	{ "was-refused", N_("that form was refused in the session") },
	{ "backup-mx", N_("it serves a domain whose MX list names it, which is no open relay") },
	{ "no-header", N_("a mail with the token, but not the probe itself") },
	{ "no-block", N_("the probe only quoted or changed") },
	{ "bounce", N_("a report about the probe, not the probe") },
	{ "auto", N_("an automatic answer") },
	{ "was-not-accepted", N_("that form had not been accepted") },
	{ "not-final", N_("a report on the way, not the end") },
	{ "from-ourselves", N_("handed in from our own address") },
	/* ... and those that count with a second one */
	{ "late", N_("it took so long that somebody may have passed it on") },
	{ "many-hops", N_("it came through very many hosts") },
	{ "by-pickup", N_("a program on the server handed it in") },
	{ "by-mailbox", N_("it lay in a mailbox before, or was redirected") },
	{ "by-client", N_("another client handed it in at the server") },
	{ "by-account", N_("it was handed in with an account of the server") },
	/* control letters */
	{ "arrived", N_("it arrived") },
	{ "no-prober", N_("the prober is down") },
	{ "no-mx", N_("the probe domain has no MX") },
	{ "no-mx-address", N_("the MX of the probe domain has no address") },
	{ "letter-lost", N_("it did not arrive in time") },
	/* waiting */
	{ "mailbox", N_("for the mailbox") },
	{ "pace", N_("for the pace between sessions") },
	{ "day", N_("until tomorrow: it had its sessions of a day") },
	{ "silence", N_("since the server asked for a pause") },
	{ "deferred", N_("for a deferred form") },
	{ "deadline", N_("for the deadline of what was accepted") },
	{ "queue", N_("for a free place") },
	{ "control", N_("for the control letter") },
	{ NULL, NULL }
};

static const struct word depths[] = {
	{ "gentle", N_("gentle") },
	{ "normal", N_("normal") },
	{ "full", N_("full") },
	{ "owner", N_("owner") },
	{ "lab", N_("lab") },
	{ NULL, NULL }
};

static const struct word states[] = {
	{ "queued", N_("queued") },
	{ "testing", N_("test in progress") },
	{ "waiting", N_("waiting") },
	{ "done", N_("done") },
	{ "cancelled", N_("cancelled") },
	{ "alive", N_("alive") },
	{ "frozen", N_("frozen") },
	{ "closing", N_("closing") },
	{ "announced", N_("announced to close") },
	{ "empty", N_("emptied") },
	{ "ended", N_("ended") },
	{ NULL, NULL }
};

static const struct word errors[] = {
	{ "bad-target", N_("the keeper does not take that target: give an IPv4 or IPv6 address or a host name") },
	{ "too-wide", N_("the prefix is too wide: /8 (IPv6: /16) at most") },
	{ "bad-depth", N_("no such depth: gentle, normal, full, owner or lab") },
	{ "too-deep", N_("that basis does not allow that depth") },
	{ "too-long", N_("the reason or the name is too long") },
	{ "no-reason", N_("a reason is needed: it is kept and says why the probe was made") },
	{ "no-basis", N_("there is no valid basis for a connection to that address: nominate it first") },
	{ "no-name", N_("a name is needed: who will hold the key") },
	{ "bad-time", N_("that moment is not one that fits") },
	{ "too-many-keys", N_("too many keys are in use: revoke one first") },
	{ "no-such-key", N_("there is no key with that number, or it was revoked before") },
	{ "no-evidence", N_("that basis needs its proof: --evidence FILE") },
	{ "evidence-unreadable", N_("no Received line can be read at the top of that mail") },
	{ "evidence-too-large", N_("the evidence is too large: hand in the one mail or log line that matters") },
	{ "receiver-not-trusted", N_("the topmost Received line was not written by a receiver that the configuration trusts (evidence.receivers); lower lines are forgeable and count for nothing") },
	{ "all-not-owner", N_("only an owner, or a laboratory, is tested beyond the first proof: leave --all out") },
	{ "bad-domain", N_("a domain is a name with a dot, as corp.example; at most four of them") },
	{ "evidence-names-another", N_("the evidence does not name that address as the connecting client") },
	{ "owner-not-proved", N_("that the owner asks is not proved: run the command on that server itself, or use its DNS or mail proof") },
	{ "special-use", N_("the address is in special-use space, which is never probed (only laboratory ranges of the configuration are)") },
	{ "own-receiver", N_("that is the address of our own probe mailbox") },
	{ "public-off", N_("probing of public addresses is off (probe.public); only laboratory ranges can be probed") },
	{ "public-unchecked", N_("public addresses are not probed before the start-up checklist passes: run sekimori doctor") },
	{ "conf-changed", N_("the daemon was started with another configuration meanwhile: run sekimori doctor again") },
	{ "opted-out", N_("the owner of that address or name opted out: it is never probed") },
	{ "too-many-targets", N_("more than 64 targets: opt out in several requests") },
	{ "has-mx", N_("the name has no address of its own, only mail servers: a basis covers addresses, so nominate those that it holds for") },
	{ "no-address", N_("the name has no address") },
	{ "no-such-name", N_("no such name") },
	{ "resolver", N_("the resolver gave no answer; try again later") },
	{ "not-listed", N_("that address is not listed: nothing to remove") },
	{ "range-length", N_("only a /24 (IPv4) or a /64 (IPv6) can be listed as a whole, host bits zero: 192.0.2.0/24, 2001:db8:0:1::/64; split what is wider") },
	{ "range-name", N_("a /24 whose three numbers are all below 10 cannot be listed as a whole: in DNS its name is that of a range of IPv6 addresses, too; list its addresses by themselves") },
	{ "range-unproved", N_("no address inside that range is listed: a range needs the proof of one") },
	{ "range-listed", N_("that range is listed already") },
	{ "range-opted-out", N_("the range, the address, or too much of the range has opted out") },
	{ "range-not-listed", N_("no range lists that, or it is excepted already") },
	{ "range-listed-itself", N_("that address is listed by itself: remove or retract that listing, which excepts it from the range too") },
	{ "list-frozen", N_("the list is frozen (sekimori sunset): it takes no new listings, so nothing new is tested; retests, removals and opt-outs work") },
	{ "list-empty", N_("the list has been emptied (sekimori sunset): nothing is tested any more; removals and opt-outs work") },
	{ "sunset-order", N_("that step is out of order") },
	{ "sunset-day", N_("announce needs the day on which the list will be emptied: 183 days to 5 years from now, and not before a day that was announced") },
	{ "sunset-early", N_("too early for that step") },
	{ "no-space", N_("no space in the store: free some; removals and opt-outs still work") },
	{ "store", N_("the store refused") },
	{ "base", N_("the snapshot could not be written") },
	{ "memory", N_("out of memory") },
	{ "bad-request", N_("the daemon does not know that request; are both of the same version?") },
	{ NULL, NULL }
};

static const char *
find(const struct word *w, const char *tag)
{
	for (; w->tag != NULL; w++)
		if (strcmp(w->tag, tag) == 0)
			return _(w->text);
	return NULL;
}

static const char *
find_or_tag(const struct word *w, const char *tag)
{
	const char *text = find(w, tag);

	return text != NULL ? text : tag;
}

const char *
words_verdict(const char *tag)
{
	return find_or_tag(verdicts, tag);
}

const char *
words_finding(const char *tag)
{
	return find_or_tag(findings, tag);
}

const char *
words_why(const char *tag)
{
	return find_or_tag(whys, tag);
}

const char *
words_depth(const char *tag)
{
	return find_or_tag(depths, tag);
}

const char *
words_state(const char *tag)
{
	return find_or_tag(states, tag);
}

const char *
words_error(const char *tag)
{
	return find(errors, tag);
}

void
words_time(char out[WORDS_TIME], int64_t wall_s)
{
	time_t t = (time_t)wall_s;
	struct tm tm;

	if (wall_s <= 0 || localtime_r(&t, &tm) == NULL ||
	    strftime(out, WORDS_TIME, "%Y-%m-%d %H:%M:%S %Z", &tm) == 0)
		snprintf(out, WORDS_TIME, "-");
}

void
words_safe(char *out, size_t cap, struct str s)
{
	size_t len = 0;

	out[0] = '\0';
	while (s.n > 0 && len + 1 < cap) {
		size_t n = 0;

		while (n < s.n && s.p[n] != '\\' && s.p[n] != '"')
			n++;
		len += str_clean(out + len, cap - len, (struct str){ s.p, n });
		s = (struct str){ s.p + n, s.n - n };
		if (s.n > 0 && len + 1 < cap) {
			out[len++] = s.p[0];
			out[len] = '\0';
			s = (struct str){ s.p + 1, s.n - 1 };
		}
	}
}

/* Code points that East Asian terminals show two columns wide (Unicode's
 * East_Asian_Width W and F, in whole blocks). */
static bool
wide(uint32_t c)
{
	static const struct { uint32_t from, to; } blocks[] = {
		{ 0x1100, 0x115f }, { 0x2e80, 0xa4cf }, { 0xac00, 0xd7a3 },
		{ 0xf900, 0xfaff }, { 0xfe30, 0xfe6f }, { 0xff00, 0xff60 },
		{ 0xffe0, 0xffe6 }, { 0x1f300, 0x1faff }, { 0x20000, 0x3fffd },
	};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (c >= blocks[i].from && c <= blocks[i].to)
			return true;
	return false;
}

size_t
words_width(const char *s)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t cols = 0;
	uint32_t c;

	while (*p != 0) {
		uint8_t first = *p++;

		c = first < 0x80 ? first : first < 0xe0 ? first & 0x1fu :
		    first < 0xf0 ? first & 0x0fu : first & 0x07u;
		while ((*p & 0xc0) == 0x80)
			c = c << 6 | (*p++ & 0x3fu);
		cols += wide(c) ? 2 : 1;
	}
	return cols;
}

void
words_pad(FILE *out, const char *s, size_t cols)
{
	size_t w = words_width(s);

	fputs(s, out);
	for (; w < cols; w++)
		fputc(' ', out);
}
