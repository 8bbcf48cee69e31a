/* tests/scenario/polite_saw.c -- what each server saw, held to the limits of relay-tests
 * section 5 and architecture section 4, which are written down here once more. */
#include "polite.h"

#include <stdarg.h>

enum {
	SHOWN = 20,		/* faults that are printed */
	LETTER_MOST = 4096, SESSION_MOST_S = 900,
};

const struct limits polite_limits[CLASSES] = {
	[FOREIGN] = { "foreign", 60, 3, 20, 2, 4, 10, 3600, 86400, true },
	[LISTED] = { "listed", 120, 3, 6, 2, 4, 10, 600, 86400, false },
	[OWNER] = { "owner", 10, 10, 200, 0, 0, 0, 60, 600, false },
	[LAB] = { "lab", 0, 0, 0, 0, 0, 0, 0, 0, false },
};

struct server polite_servers[SERVERS];
struct polite_sums polite_sums;

static int64_t
now_s(const struct world *w)
{
	return w->clock.mono.ms / 1000;
}

void
polite_fault(const struct world *w, const struct server *s, const char *fmt, ...)
{
	char addr[ADDR_TEXT], text[800];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	addr_text(addr, &s->addr);
	if (polite_sums.faults++ < SHOWN)
		printf("# %s (%s, %s) after %lld s: %s\n", addr, polite_limits[s->class].name,
		    s->temper->name, (long long)now_s(w), text);
}

/* --- connections --- */

static bool
same_net(const struct addr *a, const struct addr *b)
{
	return memcmp(a->o, b->o, addr_is_v4(a) ? 15 : 6) == 0;
}

static bool
of_operator(const struct server *s)
{
	return s >= polite_servers + OF_OPERATOR;
}

static unsigned
open_near(const struct server *s)
{
	unsigned n = 0;

	for (size_t i = 0; i < SERVERS; i++)
		if (same_net(&polite_servers[i].addr, &s->addr))
			n += polite_servers[i].open;
	return n;
}

static unsigned
begun_in_a_day(const struct server *s, int64_t now)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->talks && i < STARTS; i++)
		n += s->starts[i] > now - DAY_S;
	return n;
}

static void
check_pauses(struct world *w, struct server *s)
{
	const struct limits *l = &polite_limits[s->class];
	int64_t now = now_s(w), pause = now - s->ended;

	if (s->talks == 0)
		return;
	if (polite_sums.class[s->class].least_s == 0 || pause < polite_sums.class[s->class].least_s)
		polite_sums.class[s->class].least_s = pause;
	if (pause < l->between_s)
		polite_fault(w, s, "came again after %lld s", (long long)pause);
	if (s->silent > 0 && now - s->silent < l->silence_s)
		polite_fault(w, s, "came %lld s after it asked for silence",
		    (long long)(now - s->silent));
	if (s->silent > 0)
		polite_sums.after_silence++;
}

static void
check_numbers(struct world *w, struct server *s)
{
	const struct limits *l = &polite_limits[s->class];
	unsigned day = begun_in_a_day(s, now_s(w)), near = open_near(s);

	if (day > polite_sums.class[s->class].most_a_day)
		polite_sums.class[s->class].most_a_day = day;
	if (near > polite_sums.class[s->class].most_at_once)
		polite_sums.class[s->class].most_at_once = near;
	if (l->per_day > 0 && day > l->per_day)
		polite_fault(w, s, "%u connections in a day", day);
	if (s->open > 1)
		polite_fault(w, s, "%u connections at once", s->open);
	if (l->per_net > 0 && near > l->per_net)
		polite_fault(w, s, "%u connections at once to its network", near);
}

/* Twelve networks, one operator. */
static void
check_operator(struct world *w, struct server *s)
{
	const struct limits *l = &polite_limits[s->class];
	struct polite_operator *o = &polite_sums.operator;
	int64_t now = now_s(w), pause = now - o->began;
	unsigned open = 0;

	for (size_t i = OF_OPERATOR; i < SERVERS; i++)
		open += polite_servers[i].open;
	if (open > o->most_at_once)
		o->most_at_once = open;
	if (open > l->per_operator)
		polite_fault(w, s, "%u connections at once to its operator", open);
	if (o->talks++ > 0 && (o->least_s == 0 || pause < o->least_s))
		o->least_s = pause;
	if (o->talks > 1 && pause < l->operator_s)
		polite_fault(w, s, "%lld s after another host of its operator", (long long)pause);
	o->began = now;
}

static void
on_begin(struct world *w, struct server *s, uint16_t port)
{
	if (s->out)
		polite_fault(w, s, "connected to after the opt-out");
	if (s->depth < DEPTH_OWNER && port != 25 && port != 465 && port != 587 && port != 2525)
		polite_fault(w, s, "port %u at a depth below owner", port);
	check_pauses(w, s);
	s->starts[s->talks++ % STARTS] = s->began = now_s(w);
	s->open++;
	s->refused = 0;
	s->greeting[0] = '\0';
	polite_sums.class[s->class].talks++;
	check_numbers(w, s);
	if (of_operator(s))
		check_operator(w, s);
}

static void
on_end(struct world *w, struct server *s)
{
	int64_t took = now_s(w) - s->began;

	s->open--;
	s->ended = now_s(w);
	if (took > SESSION_MOST_S + 60)
		polite_fault(w, s, "held for %lld s", (long long)took);
	if (took >= SESSION_MOST_S)
		s->silent = now_s(w);
}

/* --- commands --- */

static bool
starts(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* Tokens (36 letters of base32) become * the first time, # where one comes again:
 * a form is the same in each try. */
static void
untoken(char *out, size_t cap, const char *line)
{
	const char *first = NULL;
	size_t n = 0;

	while (*line != '\0' && n + 2 < cap) {
		size_t run = strspn(line, "abcdefghijklmnopqrstuvwxyz234567");

		if (run == 0) {
			out[n++] = *line++;
			continue;
		}
		if (run >= 36)
			out[n++] = first != NULL && strncmp(first, line, 36) == 0 ? '#' : '*';
		if (run >= 36)
			first = line;
		for (size_t i = 0; run < 36 && i < run && n + 2 < cap; i++)
			out[n++] = line[i];
		line += run;
	}
	out[n] = '\0';
}

static uint64_t
number_of(const char *text)
{
	uint64_t h = 0xcbf29ce484222325u;

	while (*text != '\0')
		h = (h ^ (uint8_t)*text++) * 0x100000001b3u;
	return h;
}

/* A form was answered for good: it must not come again. */
static void
settled(struct world *w, struct server *s)
{
	uint64_t is = number_of(s->form);

	for (unsigned i = 0; polite_limits[s->class].once && i < s->n_seen; i++)
		if (s->seen[i] == is)
			polite_fault(w, s, "the same form again: %s", s->form);
	if (s->n_seen < SEEN)
		s->seen[s->n_seen++] = is;
}

static bool
inside(const char *from)
{
	return strstr(from, "probe.example") == NULL && strstr(from, "probe2.example") == NULL &&
	    !starts(from, "MAIL FROM:<>");
}

/* Rules 1 and 2 of relay-tests section 5. */
static void
on_mail(struct world *w, struct server *s, const char *line)
{
	const struct limits *l = &polite_limits[s->class];

	snprintf(s->from, sizeof(s->from), "%s", line);
	if (s->taken > 0 && now_s(w) - s->taken < l->mailbox_s)
		polite_fault(w, s, "a form %lld s after it took one", (long long)(now_s(w) - s->taken));
	if (!inside(line))
		return;
	if (s->class != LAB && s->class != LISTED && !s->refuses)
		polite_fault(w, s, "a sender inside before it refused anything: %s", line);
	if (s->class != LAB && s->accepted > 0)
		polite_fault(w, s, "a sender inside after it took a letter: %s", line);
	if (strstr(line, "[127.") != NULL || (s->depth < DEPTH_LAB && strstr(line, "@localhost") != NULL))
		polite_fault(w, s, "a sender by a loopback name: %s", line);
	if (s->depth < DEPTH_OWNER && strchr(line, '[') != NULL)
		polite_fault(w, s, "a sender by its literal: %s", line);
}

static void
on_rcpt(struct world *w, struct server *s, const struct sight *v)
{
	char line[1200];

	snprintf(line, sizeof(line), "%u %s %d %s %s", v->port, s->greeting, v->tls, s->from, v->line);
	untoken(s->form, sizeof(s->form), line);
	if (v->reply[0] != '5')
		return;
	settled(w, s);
	s->refuses = true;
	s->refused++;
	if (polite_limits[s->class].refusals > 0 && s->refused > polite_limits[s->class].refusals)
		polite_fault(w, s, "%u refusals in a dialogue", s->refused);
	s->at_limit += s->refused == polite_limits[s->class].refusals;
}

static void
on_letter(struct world *w, struct server *s, const struct sight *v)
{
	polite_sums.class[s->class].letters++;
	if (v->octets > LETTER_MOST)
		polite_fault(w, s, "a letter of %zu octets", v->octets);
	settled(w, s);
	if (v->reply[0] != '2')
		return;
	s->accepted++;
	if (!v->peer->relays && !v->peer->bounces)
		s->taken = now_s(w);
}

/* In the session too: it does not bounce. */
static void
on_refused_data(struct world *w, struct server *s)
{
	settled(w, s);
	s->refuses = true;
}

static const char *const of_owners[] = { "AUTH", "XCLIENT", "XFORWARD", "PROXY" };

static void
on_line(struct world *w, struct server *s, const struct sight *v)
{
	if (s->out && !starts(v->line, "QUIT"))
		polite_fault(w, s, "after the opt-out: %s", v->line);
	for (size_t i = 0; i < sizeof(of_owners) / sizeof(of_owners[0]); i++)
		if (s->depth < DEPTH_OWNER && starts(v->line, of_owners[i]))
			polite_fault(w, s, "at a depth below owner: %s", v->line);
	if (starts(v->line, "EHLO") || starts(v->line, "HELO"))
		snprintf(s->greeting, sizeof(s->greeting), "%s", v->line);
	if (starts(v->line, "MAIL"))
		on_mail(w, s, v->line);
	else if (starts(v->line, "RCPT"))
		on_rcpt(w, s, v);
	else if (starts(v->line, "DATA") && v->reply[0] == '5')
		on_refused_data(w, s);
	else if (strcmp(v->line, ".") == 0)
		on_letter(w, s, v);
	if (starts(v->reply, "421") || (strcmp(v->reply, "!drop") == 0 && s->refused > 0))
		s->silent = now_s(w);
}

void
polite_saw(struct world *w, const struct sight *v)
{
	struct server *s = polite_servers;

	while (s < polite_servers + SERVERS && !addr_eq(&s->addr, &v->peer->addr))
		s++;
	if (s == polite_servers + SERVERS)
		return;
	if (v->what == SIGHT_BEGIN)
		on_begin(w, s, v->port);
	else if (v->what == SIGHT_END)
		on_end(w, s);
	else
		on_line(w, s, v);
	/* a banner of 421 is no answer to a line */
	if (v->what == SIGHT_BEGIN && v->peer->n > 0 &&
	    strcmp(v->peer->rules[0].verb, "BANNER") == 0 && starts(v->peer->rules[0].reply, "421"))
		s->silent = now_s(w);
}
