/* Did a program of this host send it, or a host inside?
 *
 * 1. A web server's user sends what a script of its pages sends (forensics.md
 *    4.17).  A contact form sends little, a shop every day the same: more than
 *    that, and unlike before or with names of others, is abuse.
 * 2. Others' users likewise, without what the name tells.  List managers send
 *    many, that is their work.
 * 3. SMTP from loopback without a login is a program too, whose user the log
 *    does not know.
 * 4. A jump of a host inside is said and not judged: a mailer, or broken into.
 *    One that comes with very much when the log is a day old is a jump too. */

#include "account/judge_body.h"
#include "account/learn.h"

enum {
	SENDERS_MANY = 3,	/* sender domains of a day: a site has one or two */
	BOUNCED_PERCENT = 20,	/* as with accounts */
	DOMAINS_MANY = 30,	/* of a day: no site's own staff */
	VOLUME = 5 * ACCOUNT_JUMP,
	DAY_S = 86400,
	HOLDS = 3,		/* points */
	TOLD = 3,		/* users whose reasons are told one by one */
};

/* Names and Debian's, Red Hat's, FreeBSD's and openSUSE's numbers. */
static const char *const web_users[] = { "www-data", "apache", "apache2", "nginx", "httpd", "www",
	"wwwrun", "http", "lighttpd", "_httpd", "php-fpm", "nobody", "33", "48", "80", "30", "65534" };
static const char *const list_users[] = { "list", "mailman", "mailman3", "majordom", "majordomo",
	"sympa", "38", "41" };

static bool
is_of(const char *const *names, size_t n, struct str name)
{
	if (str_istarts(name, STR("uid=")))
		name = (struct str){ name.p + 4, name.n - 4 };
	for (size_t i = 0; i < n; i++)
		if (str_ieq(name, str_of(names[i])))
			return true;
	return false;
}

#define IS_OF(names, name) is_of(names, sizeof(names) / sizeof(names[0]), name)

/* What a program's mail was, in points; the same for users and loopback. */
static unsigned
weigh(const struct account_row *row, const struct account_count *n)
{
	const struct account_past *p = row->past;
	unsigned points = 0;

	points += p->day >= ACCOUNT_JUMP;
	points += p->day >= VOLUME;
	points += judge_jumped(p);
	points += p->domains >= DOMAINS_MANY;
	points += p->senders >= SENDERS_MANY ? 2 : 0;
	points += judge_percent(n->bounced, n->recipients) >= BOUNCED_PERCENT;
	return points;
}

/* Is it much, and more than its days before?  Else it is as usual. */
static bool
is_much(const struct account_past *p)
{
	return p->day >= ACCOUNT_JUMP && (p->days == 0 || judge_jumped(p));
}

static struct account_reason *
say(struct judging *j, enum account_cause cause, enum judge_tag tag, const struct account_row *row)
{
	struct account_reason *why = judge_say(j, cause, tag);

	why->text[0] = row->name;
	why->when[0] = row->past->day_first.where.line != 0 ? row->past->day_first : row->first;
	why->when[1] = row->past->day_last.where.line != 0 ? row->past->day_last : row->last;
	return why;
}

static void
say_numbers(struct account_reason *why, uint64_t n0, uint64_t n1, uint64_t n2)
{
	why->number[0] = n0;
	why->number[1] = n1;
	why->number[2] = n2;
}

static void
say_signs(struct judging *j, const struct account_row *row, const struct account_count *n)
{
	const struct account_past *p = row->past;

	if (judge_jumped(p))
		say_numbers(say(j, ACCOUNT_LOCAL_SCRIPT, JUDGE_SCRIPT_BURST, row),
		    p->day, p->usual, p->days);
	if (p->senders >= SENDERS_MANY)
		say_numbers(say(j, ACCOUNT_LOCAL_SCRIPT, JUDGE_SCRIPT_MANY_SENDERS, row),
		    p->senders, 0, 0);
	if (judge_percent(n->bounced, n->recipients) >= BOUNCED_PERCENT)
		say_numbers(say(j, ACCOUNT_LOCAL_SCRIPT, JUDGE_SCRIPT_MANY_BOUNCED, row),
		    n->bounced, n->recipients, 0);
}

static void
ask(struct judging *j, const struct account_row *row, const struct account_count *n,
    enum judge_tag tag)
{
	say_numbers(say(j, ACCOUNT_UNDECIDED, tag, row), row->past->day, row->past->usual, 0);
	judge_hold(j, ACCOUNT_UNDECIDED, n, &row->first, &row->last);
	judge_who(j, ACCOUNT_UNDECIDED, row->name);
}

/* tag says what it is known by; n2 goes with it. */
static void
is_script(struct judging *j, const struct account_row *row, enum account_class class, enum judge_tag tag,
    uint64_t n2)
{
	const struct account_when *first, *last;
	const struct account_count *n = judge_since(row, class, &first, &last);

	judge_hold(j, ACCOUNT_LOCAL_SCRIPT, n, first, last);
	judge_who(j, ACCOUNT_LOCAL_SCRIPT, row->name);
	if (j->told++ >= TOLD)
		return;
	say_numbers(say(j, ACCOUNT_LOCAL_SCRIPT, tag, row), n->messages, n->recipients, n2);
	say_signs(j, row, n);
	say_numbers(say(j, ACCOUNT_LOCAL_SCRIPT, JUDGE_SCRIPT_WHICH, row), n->messages, 0, 0);
}

/* Rules 1 and 2. */
static void
judge_user(struct judging *j, const struct account_row *row)
{
	const struct account_count *n = account_row_n(row, ACCOUNT_SCRIPTED);
	bool web = IS_OF(web_users, row->name);

	if (n->recipients == 0 || !is_much(row->past) || IS_OF(list_users, row->name))
		return;
	if (weigh(row, n) + web >= HOLDS)
		is_script(j, row, ACCOUNT_SCRIPTED, web ? JUDGE_SCRIPT_WEB_USER : JUDGE_SCRIPT_MUCH,
		    row->past->domains);
	else
		ask(j, row, n, JUDGE_SCRIPT_BULK);
}

/* Nothing of it for the log's first day, and then very much. */
static bool
is_new(const struct judging *j, const struct account_row *row)
{
	return row->past->days == 0 && row->past->day >= VOLUME && j->r->first.where.line != 0 &&
	    row->first.s - j->r->first.s >= DAY_S;
}

static bool
is_loopback(struct str name)
{
	struct addr a;

	return addr_parse(&a, name) == 0 && learn_is_loopback(&a);
}

/* Rules 3 and 4. */
static void
judge_client(struct judging *j, const struct account_row *row)
{
	const struct account_count *n = account_row_n(row, ACCOUNT_INSIDE_OUT);

	if (n->recipients == 0 || !is_much(row->past))
		return;
	if (!is_loopback(row->name)) {
		if (judge_jumped(row->past) || is_new(j, row))
			ask(j, row, n, JUDGE_INSIDE_BURST);
	} else if (weigh(row, n) < HOLDS) {
		ask(j, row, n, JUDGE_LOOPBACK_WHO);
	} else {
		is_script(j, row, ACCOUNT_INSIDE_OUT, JUDGE_SCRIPT_LOOPBACK, row->past->senders);
	}
}

void
judge_local(struct judging *j)
{
	const struct account_table *users = &j->r->table[ACCOUNT_BY_USER];
	const struct account_table *clients = &j->r->table[ACCOUNT_BY_CLIENT];

	for (size_t i = 0; i < users->n; i++) {
		users->row[i].burst = judge_jumped(users->row[i].past);
		judge_user(j, &users->row[i]);
	}
	if (j->holds[ACCOUNT_OPEN_RELAY])	/* a bridge's address is no program */
		return;
	for (size_t i = 0; i < clients->n; i++)
		judge_client(j, &clients->row[i]);
}
