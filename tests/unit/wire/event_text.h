#pragma once
/* tests/unit/wire/event_text.h -- an event as one line of words, so that a
 * table can say what is wanted of a log line: every field that is set, in a
 * fixed order, and nothing else. */
#include <stdio.h>
#include <string.h>

#include "wire/mail_event.h"

enum { EVENT_TEXT = 2048 };

static const char *const event_kinds[MAIL_KIND_N] = {
	"nothing", "session", "arrives", "envelope", "delivers", "begets", "refuses", "login-fails", "ends",
	"lost", "repeats", "starts",
};

static const char *const event_statuses[MAIL_STATUS_N] = {
	"sent", "deferred", "bounced", "expired", "discarded", "held",
};

/* All flags, each with a bit of its own: the compiler says which is missing or
 * has another's. */
static inline const char *
event_flag(enum mail_flag f)
{
	switch (f) {
	case MAIL_LOCAL_DELIVERY: return "local";
	case MAIL_IS_BOUNCE: return "bounce";
	case MAIL_RELAY_DENIED: return "denied";
	case MAIL_BY_FILTER: return "filter";
	case MAIL_TO_PROGRAM: return "program";
	case MAIL_TLS: return "tls";
	case MAIL_ALL_RCPTS: return "all";
	case MAIL_RETRY_OVER: return "over";
	case MAIL_ALIASED: return "aliased";
	case MAIL_LOGGED_IN: return "login";
	case MAIL_SIEVED: return "sieved";
	case MAIL_IS_PROBE: return "probe";
	}
	return "?";
}

static inline void
event_put(char *out, const char *name, struct str s)
{
	size_t n = strlen(out);

	if (s.n > 0)
		snprintf(out + n, EVENT_TEXT - n, " %s=%.*s", name, (int)s.n, s.p);
}

static inline void
event_put_number(char *out, const char *name, uint64_t v)
{
	size_t n = strlen(out);

	snprintf(out + n, EVENT_TEXT - n, " %s=%llu", name, (unsigned long long)v);
}

static inline void
event_put_addr(char *out, const char *name, bool has, const struct addr *a)
{
	char text[ADDR_TEXT];

	if (!has)
		return;
	addr_text(text, a);
	event_put(out, name, str_of(text));
}

static inline void
event_put_flags(char *out, unsigned flags)
{
	for (unsigned bit = 1; bit != 0; bit <<= 1) {
		size_t n = strlen(out);

		if (flags & bit)
			snprintf(out + n, EVENT_TEXT - n, " %s", event_flag((enum mail_flag)bit));
	}
}

static inline void
event_text(char out[EVENT_TEXT], const struct mail_event *e)
{
	snprintf(out, EVENT_TEXT, "%s", event_kinds[e->kind]);
	if (e->kind == MAIL_NOTHING)
		return;
	if (e->kind == MAIL_DELIVERS || (e->kind == MAIL_REFUSES && e->status != 0))
		event_put(out, "status", str_of(event_statuses[e->status]));
	event_put_flags(out, e->flags);
	event_put(out, "instance", e->instance);
	event_put(out, "service", e->service);
	event_put(out, "id", e->id);
	event_put(out, "session", e->session);
	event_put(out, "child", e->child);
	event_put(out, "parent", e->parent);
	event_put(out, "orig-id", e->orig_id);
	event_put_addr(out, "client", e->has_client, &e->client);
	event_put_addr(out, "orig-client", e->has_orig_client, &e->orig_client);
	event_put(out, "client-name", e->client_name);
	event_put(out, "helo", e->helo);
	event_put(out, "account", e->account);
	event_put(out, "method", e->auth_method);
	if (e->has_uid)
		event_put_number(out, "uid", e->uid);
	event_put(out, "user", e->user);
	if (e->has_sender && e->sender.n == 0)
		event_put(out, "sender", str_of("<>"));
	event_put(out, "sender", e->sender);
	event_put(out, "rcpt", e->recipient);
	event_put(out, "given", e->orig_to);
	event_put(out, "message-id", e->message_id);
	if (e->size > 0)
		event_put_number(out, "size", e->size);
	if (e->n_rcpt > 0)
		event_put_number(out, "n", e->n_rcpt);
	if (e->lost_n > 0)
		event_put_number(out, "lost", e->lost_n);
	event_put(out, "relay", e->relay_name);
	event_put_addr(out, "relay-addr", e->has_relay, &e->relay);
	if (e->relay_port > 0)
		event_put_number(out, "port", e->relay_port);
	event_put(out, "dsn", e->dsn);
	event_put(out, "reply", e->reply);
}
