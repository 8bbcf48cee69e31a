#pragma once
/* mail_show.h -- a mail event as one line of text, for tables of tests: only
 * what is set, in the order of struct mail_event. */

#include <stdio.h>
#include <string.h>

#include "wire/mail_event.h"

enum { MAIL_SHOW_CAP = 4096 };

struct mail_show {
	char	at[MAIL_SHOW_CAP];
	size_t	n;
};

static inline void
mail_show_str(struct mail_show *m, const char *key, struct str v)
{
	if (v.n > 0 && m->n < sizeof(m->at))
		m->n += (size_t)snprintf(m->at + m->n, sizeof(m->at) - m->n, " %s=%.*s",
		    key, (int)v.n, v.p);
}

static inline void
mail_show_number(struct mail_show *m, const char *key, uint64_t v)
{
	char text[24];

	if (v > 0) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
		mail_show_str(m, key, str_of(text));
	}
}

static inline void
mail_show_addr(struct mail_show *m, const char *key, bool has, const struct addr *a)
{
	char text[ADDR_TEXT];

	if (has) {
		addr_text(text, a);
		mail_show_str(m, key, str_of(text));
	}
}

static inline void
mail_show_flags(struct mail_show *m, unsigned flags)
{
	static const char *const names[] = {
		"local", "bounce", "relay-denied", "by-filter", "program", "tls", "all", "retry-over",
		"aliased", "login", "sieved", "probe",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags & 1u << i && m->n < sizeof(m->at))
			m->n += (size_t)snprintf(m->at + m->n, sizeof(m->at) - m->n, " +%s", names[i]);
}

static inline void
mail_show_sender(struct mail_show *m, const struct mail_event *e)
{
	if (e->has_sender && m->n < sizeof(m->at))
		m->n += (size_t)snprintf(m->at + m->n, sizeof(m->at) - m->n, " from=<%.*s>",
		    (int)e->sender.n, e->sender.p);
}

static inline const char *
mail_show(struct mail_show *m, int got, const struct mail_event *e)
{
	static const char *const kinds[MAIL_KIND_N] = {
		"nothing", "session", "arrives", "envelope", "delivers", "begets", "refuses",
		"login-fails", "ends", "lost", "repeats", "starts",
	};
	static const char *const statuses[MAIL_STATUS_N] = {
		"sent", "deferred", "bounced", "expired", "discarded", "held",
	};

	m->n = (size_t)snprintf(m->at, sizeof(m->at), "%s",
	    got == MAIL_OTHER ? "other" : kinds[e->kind]);
	if (got != 0)
		return m->at;
	if (e->kind == MAIL_DELIVERS)
		m->n += (size_t)snprintf(m->at + m->n, sizeof(m->at) - m->n, " %s", statuses[e->status]);
	mail_show_flags(m, e->flags);
	mail_show_str(m, "instance", e->instance);
	mail_show_str(m, "service", e->service);
	mail_show_str(m, "id", e->id);
	mail_show_str(m, "session", e->session);
	mail_show_str(m, "child", e->child);
	mail_show_str(m, "parent", e->parent);
	mail_show_addr(m, "client", e->has_client, &e->client);
	mail_show_addr(m, "orig-client", e->has_orig_client, &e->orig_client);
	mail_show_str(m, "name", e->client_name);
	mail_show_str(m, "helo", e->helo);
	mail_show_str(m, "account", e->account);
	mail_show_str(m, "auth", e->auth_method);
	mail_show_number(m, "uid", e->has_uid ? e->uid : 0);
	mail_show_str(m, "user", e->user);
	mail_show_str(m, "dir", e->dir);
	mail_show_sender(m, e);
	mail_show_str(m, "rcpt", e->recipient);
	mail_show_str(m, "orig", e->orig_to);
	mail_show_str(m, "msgid", e->message_id);
	mail_show_number(m, "size", e->size);
	mail_show_number(m, "n", e->n_rcpt);
	mail_show_number(m, "lost", e->lost_n);
	mail_show_str(m, "relay", e->relay_name);
	mail_show_addr(m, "addr", e->has_relay, &e->relay);
	mail_show_number(m, "port", e->relay_port);
	mail_show_str(m, "dsn", e->dsn);
	mail_show_str(m, "reply", e->reply);
	return m->at;
}
