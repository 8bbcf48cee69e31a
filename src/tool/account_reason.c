#include "tool/account_reason.h"

#include <stddef.h>
#include <string.h>

#include "base/i18n.h"

static const struct {
	const char	*tag, *text;
} rows[] = {
	{ "stranger-relayed", N_("messages of outside clients that had not logged in, accepted for recipients that are not ours: {n0}; recipients delivered: {n1}; client addresses: {n2}, most from {t0}; first {w0}, last {w1}") },
	{ "stranger-accepted", N_("messages of outside clients that had not logged in, accepted for recipients that are not ours, none delivered so far: {n0}; recipients: {n1}; most from {t0}; first {w0}, last {w1}") },
	{ "neither-ours", N_("recipients where the sender's domain is not ours either: {n0}, as from {t0} to {t1}") },
	{ "many-destinations", N_("destination domains: {n0}, top-level domains: {n1}; few gateways have so many") },
	{ "clients-hidden", N_("all clients show as {t0} (a bridge, proxy or NAT), messages: {n0}, names given in HELO: {n1}") },
	{ "door-closed", N_("relay attempts that were refused: {n0}, the first after the last that was let through {w0}") },
	{ "own-domains-learned", N_("our domains were only learned from these logs: {n0}") },
	{ "own-nets-not-known", N_("nobody said which networks are ours") },
	{ "give-own-domain", N_("is {t0} a domain of ours? recipients in question: {n0}, domains: {n1}; --own-domain or --from-config tells") },
	{ "give-own-net", N_("is {t0} a network of ours? recipients in question: {n0}, networks: {n1}; --own-net or --from-config tells") },
	{ "not-seen-closed", N_("no refusal after the last that was let through, {w0}: is it closed now?") },
	{ "clients-behind", N_("only {t0} is in these logs, messages: {n0}; the log of the proxy or firewall in front knows the clients") },
	{ "relay-copies", N_("{t0} got a copy of mail that came in for addresses of ours, recipients: {n0}; is that an archive that you feed (always_bcc, recipient_bcc_maps)? then name it with --own-domain") },
	{ "account-burst", N_("{t0}: recipients on its busiest day: {n0}, on the busiest day before: {n1}, days before: {n2}; first {w0}, last {w1}") },
	{ "account-new-networks", N_("{t0}: networks that it had never used before: {n0} of {n1} that day") },
	{ "account-new-countries", N_("{t0}: countries that it had never been used from before: {n0}") },
	{ "account-many-networks", N_("{t0}: networks in one day: {n0}, without any day before in these logs") },
	{ "account-many-countries", N_("{t0}: countries in one day: {n0}") },
	{ "account-many-senders", N_("{t0}: domains of senders in one day: {n0}") },
	{ "account-guessed", N_("{t0}: failed logins: {n0}") },
	{ "account-many-bounced", N_("{t0}: bounced recipients: {n0} of {n1}") },
	{ "account-usual-networks", N_("{t0}: networks: {n0}, all used before too") },
	{ "account-no-past", N_("{t0}: recipients: {n0}, networks: {n1}; these logs do not show what is usual for it: give older logs, or ask the person whether it was a mailing that was meant") },
	{ "account-burst-usual", N_("{t0}: recipients: {n0}, on its busiest day before: {n1}, from networks that it always had: a mailing that was meant, or a program on that computer?") },
	{ "script-web-user", N_("{t0}, a user of web servers, handed in messages: {n0}, recipients: {n1}, destination domains: {n2}; first {w0}, last {w1}") },
	{ "script-much", N_("{t0} handed in messages: {n0}, recipients: {n1}, destination domains: {n2}; first {w0}, last {w1}") },
	{ "script-burst", N_("{t0}: recipients on its busiest day: {n0}, on the busiest day before: {n1}, days before: {n2}; first {w0}, last {w1}") },
	{ "script-loopback", N_("by SMTP from {t0}, an address of this host, without login: messages: {n0}, recipients: {n1}, domains of senders that are not ours: {n2}; first {w0}") },
	{ "script-which", N_("{t0} handed in messages: {n0}; the web server's access log from {w0} to {w1} tells which script") },
	{ "script-bulk", N_("{t0}: recipients: {n0}; is that a mailing or a list that you know of?") },
	{ "loopback-who", N_("from {t0}: recipients: {n0}; which program of this host sends them?") },
	{ "inside-burst", N_("{t0}, inside: recipients: {n0}, on its busiest day before: {n1}; is that host a mailer, or was it broken into?") },
	{ "notices-sent", N_("notices of this server to outside addresses: {n0}, domains: {n1}; first {w0}, last {w1}") },
	{ "notices-few", N_("only few notices: {n0}") },
	{ "forwarded", N_("messages to addresses of ours that went on to outside ones: {n0}, recipients: {n1}; first {w0}, last {w1}") },
	{ "only-ours", N_("recipients: {n0}, all ours") },
	{ "relay-refused", N_("relay attempts that were refused: {n0}; first {w0}, last {w1}") },
	{ "submitted-as-usual", N_("accounts: {n0}, recipients: {n1}; none is unlike before") },
	{ "inside-as-usual", N_("recipients of mail from our own networks and programs: {n0}; none is unlike before") },
	{ "no-message", N_("no message was accepted; lines of mail servers: {n0}") },
	{ "untold-few", N_("recipients of messages whose beginning is before these logs: {n0}") },
	{ "lines-lost", N_("lines that are missing from these logs, at least: {n0}; first {w0}") },
	{ "origin-unknown", N_("messages: {n0}, recipients: {n1}: the lines that say who sent them are not in these files; first {w0}") },
	{ "no-mail-lines", N_("lines: {n0}, none of a mail server that this program knows") },
	{ "script-many-senders", N_("{t0}: domains of senders in one day: {n0}") },
	{ "script-many-bounced", N_("{t0}: bounced recipients: {n0} of {n1}") },
	{ "some-lines-lost", N_("lines that are missing from these logs, at least: {n0}; first {w0}") },
	{ "notices-unseen", N_("recipients that were accepted as ours and came back: {n0}; the notices that went out for them are not in these logs") },
	{ "domains-refused", N_("destinations that this server itself refused to relay to at another time: {n0}, as {t0}; by its own word they are not ours") },
	{ "recipients-unknown", N_("messages that were accepted, and nothing in these logs says for whom, at least: {n0}; first {w0}") },
	{ "account-unknown", N_("recipients of mail from clients that had logged in, in one day: {n0}; these logs do not say as whom: Sendmail does at LogLevel 9, Exim with server_set_id") },
	{ "relay-only-then", N_("such mail came from {w0} to {w1} only; hours with other mail, but none of such: {n0}") },
	{ "relay-listed", N_("destinations that refused this server as listed: {n0}; a gateway's customers do not") },
	{ "relay-one-client", N_("recipients that one client, {t0}, wrote to: {n0}, destination domains in one day: {n1}") },
	{ "relay-bounced", N_("recipients that destinations returned: {n0} of {n1}") },
	{ "relay-list", N_("meanwhile the server refused to relay to others, attempts: {n0}, first {w0}: it has a list of those that it relays to") },
	{ "account-later", N_("{t0}: recipients by networks that it used only later: {n0}, by those that it used before them: {n1}; networks that came later: {n2}; first {w0}, last {w1}") },
};

const char *
account_reason_text(const char *tag)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].tag, tag) == 0)
			return _(rows[i].text);
	return tag;
}

const char *
account_reason_tag(size_t i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? rows[i].tag : NULL;
}
