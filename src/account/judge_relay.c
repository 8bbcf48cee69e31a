/* Was the server open?
 *
 * 1. One message that came from outside without a login, went to a recipient
 *    that is not ours, and was accepted proves it; that none arrived is said.
 * 2. That needs to know what is ours.  Domains that were only learned leave a
 *    gateway possible (forensics.md 4.9), unless the destinations are many and
 *    signs speak against a gateway (judge_wide.c), or the server itself refused
 *    some of them as not its own at another time.  Networks that nobody named
 *    leave an office possible, unless the senders are strangers too, and come
 *    from several places or were refused at another time.
 * 3. A network that nobody named and that writes mostly in the name of our
 *    domains may be that office, beside strangers too: none of its mail is
 *    counted as theirs, and it is asked for.  One that borrows our names less
 *    often than it writes under others is a stranger's with all of its mail.
 *    What strangers' mail for us has a copy of, and all copies go to one domain,
 *    may be an archive's (always_bcc): a relay is used for other mail.
 * 4. A bridge, proxy or NAT in front shows one private address for all the
 *    world (4.16, 4.32): known by the many names that this one client greets
 *    with.  Then the server is open and the log cannot say to whom. */

#include "account/count.h"
#include "account/judge_body.h"
#include "account/learn.h"

enum {
	/* Destinations that are many for a gateway's customers: beside domains
	 * that were learned, and without any.  Filtering services with more
	 * exist. */
	WIDE_LEARNED = 30, WIDE_BLIND = 200,
	WIDE_TLDS = 5,
	WIDE_TOP_PERCENT = 50,	/* and none of them has most of it */
	/* Domains that it refused itself: one may have been a customer's who left. */
	REFUSED_LEAST = 3,
	/* Networks and sender domains together, from which on strangers are not
	 * one office with a domain of its own. */
	SCATTERED = 4,
	STRANGE_PERCENT = 50,	/* recipients whose sender's domain is not ours */
	/* Messages and clients, so that one who tried two things is no archive. */
	COPIES_LEAST = 10, COPIED_CLIENTS = 5,
	/* HELO names of one address: a host has one, an office behind a NAT as
	 * many as it has servers. */
	HIDDEN_HELOS = 10, BEHIND_HELOS = 4,
	HIDDEN_PERCENT = 90,	/* of the messages come from that one address */
};

struct relay {
	struct account_count		 n;		/* strangers' */
	struct account_count		 asked;		/* of networks that may be ours */
	uint64_t			 asked_relayed;	/* recipients of these with senders that are not ours */
	uint64_t			 asked_networks, networks;	/* these; strangers' */
	uint64_t			 borrowed;	/* strangers' recipients with senders of ours */
	const struct account_row	*asked_top;
	struct judge_spread		 client, network, sender, domain, tld, helo;
	bool				 nets, domains;	/* known */
	bool				 wide, proved, strange, one_private, copies;
	uint64_t			 refused;	/* destinations that were refused at another time */
	const struct account_row	*refused_top;
	bool				 turned_away;	/* a client of these was refused at another time */
};

static bool
is_private(struct str name)
{
	struct addr a;

	return addr_parse(&a, name) == 0 && (learn_is_loopback(&a) || learn_is_private(&a));
}

static bool
is_wide(const struct judging *j, const struct relay *l)
{
	unsigned least = j->r->n_own_domains > 0 ? WIDE_LEARNED : WIDE_BLIND;

	return l->domain.names >= least && l->tld.names >= WIDE_TLDS &&
	    judge_percent(account_row_n(l->domain.top, ACCOUNT_RELAYED)->recipients,
	    l->domain.recipients) <= WIDE_TOP_PERCENT;
}

/* Destinations of what was let through that the server refused to relay to at
 * another time: by its own word they are not ours. */
static void
look_refused(struct relay *l, const struct account_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct account_count *n = account_row_n(&t->row[i], ACCOUNT_RELAYED);

		if (n->recipients == 0 || n->refused == 0)
			continue;
		if (l->refused++ == 0)
			l->refused_top = &t->row[i];
	}
}

/* Clients that were let through, and refused at another time: no network that
 * may relay. */
static bool
look_turned_away(const struct account_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct account_count *n = account_row_n(&t->row[i], ACCOUNT_RELAYED);

		if (n->messages > 0 && n->refused > 0 && !is_private(t->row[i].name))
			return true;
	}
	return false;
}

/* Is each message for us, too, and has one recipient more, at one domain? */
static bool
are_copies(const struct relay *l, const struct account_table *clients)
{
	if (l->domain.names != 1 || l->n.messages < COPIES_LEAST || l->n.recipients > l->n.messages ||
	    l->client.names < COPIED_CLIENTS)
		return false;
	for (size_t i = 0; i < clients->n; i++)
		if (account_row_n(&clients->row[i], ACCOUNT_RELAYED)->messages >
		    account_row_n(&clients->row[i], ACCOUNT_RECEIVED)->messages)
			return false;
	return clients->rest[ACCOUNT_RELAYED].messages <= clients->rest[ACCOUNT_RECEIVED].messages;
}

/* One private address for nearly all messages of the class. */
static bool
is_one_private(const struct judge_spread *client, enum account_class class)
{
	return client->top != NULL && is_private(client->top->name) &&
	    judge_percent(account_row_n(client->top, class)->messages, client->messages) >= HIDDEN_PERCENT;
}

/* Rule 3. */
static void
look_network(struct relay *l, const struct account_row *row)
{
	const struct account_count *relayed = account_row_n(row, ACCOUNT_RELAYED);
	const struct account_count *unnamed = account_row_n(row, ACCOUNT_UNNAMED);

	if (unnamed->recipients <= relayed->recipients) {
		l->networks += relayed->messages > 0;
		count_add(&l->n, unnamed);
		l->borrowed += unnamed->recipients;
		return;
	}
	if (l->asked_top == NULL ||
	    unnamed->recipients > account_row_n(l->asked_top, ACCOUNT_UNNAMED)->recipients)
		l->asked_top = row;
	l->asked_networks++;
	l->asked_relayed += relayed->recipients;
	count_take(&l->n, relayed);
	count_add(&l->asked, relayed);
	count_add(&l->asked, unnamed);
}

static void
look_networks(struct relay *l, const struct account_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		look_network(l, &t->row[i]);
	if (t->rest[ACCOUNT_RELAYED].messages > 0)
		l->networks += t->beyond;
}

/* Do they write under names that are not ours?  Not to be told where most of
 * such mail is of networks that may be ours. */
static bool
is_strange(const struct relay *l, uint64_t recipients)
{
	return l->sender.foreign > 0 && judge_percent(l->sender.foreign, recipients) >= STRANGE_PERCENT &&
	    l->asked_relayed <= l->sender.foreign / 2;
}

static void
look(struct relay *l, const struct judging *j, enum account_class class)
{
	const struct account_table *t = j->r->table;

	*l = (struct relay){ .n = j->r->n[class], .nets = account_own_knows_nets(j->own),
		.domains = account_own_knows_domains(j->own) };
	judge_spread(&l->client, &t[ACCOUNT_BY_CLIENT], class);
	judge_spread(&l->network, &t[ACCOUNT_BY_NETWORK], class);
	judge_spread(&l->sender, &t[ACCOUNT_BY_SENDER_DOMAIN], class);
	judge_spread(&l->domain, &t[ACCOUNT_BY_DOMAIN], class);
	judge_spread(&l->tld, &t[ACCOUNT_BY_TLD], class);
	judge_spread(&l->helo, &t[ACCOUNT_BY_HELO], class);
	if (class == ACCOUNT_RELAYED)
		look_networks(l, &t[ACCOUNT_BY_NETWORK]);
	l->strange = is_strange(l, l->sender.recipients + l->borrowed);
	l->one_private = is_one_private(&l->client, class);
}

static struct str
name_of(const struct account_row *row)
{
	return row == NULL ? (struct str){ "", 0 } : row->name;
}

static void
say_accepted(struct judging *j, const struct relay *l, enum account_class class)
{
	enum judge_tag tag = l->n.delivered > 0 ? JUDGE_STRANGER_RELAYED : JUDGE_STRANGER_ACCEPTED;
	struct account_reason *why = judge_say(j, ACCOUNT_OPEN_RELAY, tag);

	why->number[0] = l->n.messages;
	why->number[1] = l->n.delivered > 0 ? l->n.delivered : l->n.recipients;
	why->number[2] = l->client.names;
	why->text[0] = name_of(l->client.top);
	why->when[0] = j->r->class_first[class];
	why->when[1] = j->r->class_last[class];
	why->line = j->r->line_first[class];
}

/* Is it closed now?  A refusal after the last message that was let through. */
static void
say_end(struct judging *j, enum account_class class)
{
	const struct account_when *after = &j->r->relay_refused_after;
	struct account_reason *why;

	if (after->where.line == 0 || after->s < j->r->class_last[class].s) {
		why = judge_say(j, ACCOUNT_OPEN_RELAY, JUDGE_NOT_SEEN_CLOSED);
		why->when[0] = j->r->class_last[class];
		why->line = j->r->line_last[class];
		return;
	}
	why = judge_say(j, ACCOUNT_OPEN_RELAY, JUDGE_DOOR_CLOSED);
	why->number[0] = j->r->relay_refused;
	why->when[0] = *after;
	why->line = j->r->line_refused_after;
	j->on[ACCOUNT_OPEN_RELAY].refused_first = *after;
}

/* What speaks for strangers, and what is not known for certain. */
static void
say_ours(struct judging *j, const struct relay *l)
{
	struct account_reason *why;

	if (l->sender.foreign > 0) {
		why = judge_say(j, ACCOUNT_OPEN_RELAY, JUDGE_NEITHER_OURS);
		why->number[0] = l->sender.foreign;
		why->text[0] = name_of(l->sender.top_foreign);
		why->text[1] = name_of(l->domain.top);
	}
	if (l->refused >= REFUSED_LEAST) {
		why = judge_say(j, ACCOUNT_OPEN_RELAY, JUDGE_DOMAINS_REFUSED);
		why->number[0] = l->refused;
		why->text[0] = name_of(l->refused_top);
	}
	if (l->proved)
		judge_wide_say(j, ACCOUNT_OPEN_RELAY, &l->client, &l->domain);
	if (l->wide) {
		why = judge_say(j, ACCOUNT_OPEN_RELAY, JUDGE_MANY_DESTINATIONS);
		why->number[0] = l->domain.names;
		why->number[1] = l->tld.names;
	}
	if (!l->domains) {
		why = judge_say(j, ACCOUNT_OPEN_RELAY, JUDGE_OWN_DOMAINS_LEARNED);
		why->number[0] = j->r->n_own_domains;
	}
	if (!l->nets)
		(void)judge_say(j, ACCOUNT_OPEN_RELAY, JUDGE_OWN_NETS_NOT_KNOWN);
}

static void
say_hidden(struct judging *j, const struct relay *l)
{
	struct account_reason *why = judge_say(j, ACCOUNT_OPEN_RELAY, JUDGE_CLIENTS_HIDDEN);

	why->number[0] = l->client.messages;
	why->number[1] = l->helo.names;
	why->text[0] = name_of(l->client.top);
	why = judge_say(j, ACCOUNT_OPEN_RELAY, JUDGE_CLIENTS_BEHIND);
	why->number[0] = l->client.messages;
	why->text[0] = name_of(l->client.top);
}

static void
say_who(struct judging *j, enum account_class class)
{
	const struct account_table *t = &j->r->table[ACCOUNT_BY_CLIENT];

	for (size_t i = 0; i < t->n; i++)
		if (account_row_n(&t->row[i], class)->messages > 0)
			judge_who(j, ACCOUNT_OPEN_RELAY, t->row[i].name);
}

static void
is_open(struct judging *j, const struct relay *l, enum account_class class, bool hidden)
{
	judge_hold(j, ACCOUNT_OPEN_RELAY, &l->n, &j->r->class_first[class], &j->r->class_last[class]);
	say_accepted(j, l, class);
	if (hidden)
		say_hidden(j, l);
	say_ours(j, l);
	say_end(j, class);
	say_who(j, class);
}

/* A question, at the first message of the class. */
static void
ask(struct judging *j, enum account_class class, enum judge_tag tag, const struct account_row *top,
    uint64_t n0, uint64_t n1)
{
	struct account_reason *why = judge_say(j, ACCOUNT_UNDECIDED, tag);

	why->number[0] = n0;
	why->number[1] = n1;
	why->text[0] = name_of(top);
	why->when[0] = j->r->class_first[class];
	why->line = j->r->line_first[class];
}

static void
undecided(struct judging *j, const struct account_count *n, const struct judge_spread *client,
    enum account_class class)
{
	judge_hold(j, ACCOUNT_UNDECIDED, n, &j->r->class_first[class], &j->r->class_last[class]);
	judge_who(j, ACCOUNT_UNDECIDED, name_of(client->top));
}

/* Rule 3: networks that may be ours, beside strangers or alone. */
static void
ask_networks(struct judging *j, const struct relay *l)
{
	struct judge_spread client;

	judge_spread(&client, &j->r->table[ACCOUNT_BY_CLIENT], ACCOUNT_UNNAMED);
	ask(j, ACCOUNT_UNNAMED, JUDGE_GIVE_OWN_NET, l->asked_top, l->asked.recipients,
	    l->asked_networks);
	undecided(j, &l->asked, &client, ACCOUNT_UNNAMED);
}

/* Rule 2: what is missing. */
static void
ask_ours(struct judging *j, const struct relay *l, bool nets, bool domains)
{
	if (l->copies) {
		ask(j, ACCOUNT_RELAYED, JUDGE_RELAY_COPIES, l->domain.top, l->n.recipients, 0);
	} else if (!domains && (nets || l->strange)) {	/* else an office's mail: to everywhere */
		ask(j, ACCOUNT_RELAYED, JUDGE_GIVE_OWN_DOMAIN, l->domain.top,
		    l->domain.recipients, l->domain.names);
		judge_wide_say(j, ACCOUNT_UNDECIDED, &l->client, &l->domain);
	}
	if (!nets && !l->copies)
		ask(j, ACCOUNT_RELAYED, JUDGE_GIVE_OWN_NET, l->network.top, l->n.recipients,
		    l->networks);
	undecided(j, &l->n, &l->client, ACCOUNT_RELAYED);
}

/* Rules 1 to 3. */
static void
judge_strangers(struct judging *j)
{
	struct relay l;
	bool hidden, nets, domains;

	look(&l, j, ACCOUNT_RELAYED);
	look_refused(&l, &j->r->table[ACCOUNT_BY_DOMAIN]);
	l.turned_away = look_turned_away(&j->r->table[ACCOUNT_BY_CLIENT]);
	l.copies = are_copies(&l, &j->r->table[ACCOUNT_BY_CLIENT]);
	l.wide = !l.domains && is_wide(j, &l);
	l.proved = !l.domains && judge_wide(j, &l.client, &l.domain, l.wide);
	domains = l.domains || l.proved || l.refused >= REFUSED_LEAST;
	hidden = l.one_private && l.strange && l.helo.names >= HIDDEN_HELOS;
	nets = l.nets || hidden || (!l.one_private && l.strange &&
	    (l.turned_away || l.networks + l.sender.foreign_names >= SCATTERED));
	if (l.n.messages > 0 && nets && domains && !l.copies)
		is_open(j, &l, ACCOUNT_RELAYED, hidden);
	else if (l.n.messages > 0)
		ask_ours(j, &l, nets, domains);
	if (l.asked.messages > 0)
		ask_networks(j, &l);
}

/* Rule 4: the bridge's address is in a network that may relay. */
static void
judge_bridge(struct judging *j)
{
	struct relay l;

	look(&l, j, ACCOUNT_INSIDE_OUT);
	if (!l.one_private || !l.strange || l.n.recipients == 0)
		return;
	if (l.helo.names >= HIDDEN_HELOS && l.domains)
		is_open(j, &l, ACCOUNT_INSIDE_OUT, true);
	else if (l.helo.names >= BEHIND_HELOS) {
		ask(j, ACCOUNT_INSIDE_OUT, JUDGE_CLIENTS_BEHIND, l.client.top,
		    l.client.messages, l.helo.names);
		undecided(j, &l.n, &l.client, ACCOUNT_INSIDE_OUT);
	}
}

void
judge_relay(struct judging *j)
{
	judge_strangers(j);
	judge_bridge(j);
}
