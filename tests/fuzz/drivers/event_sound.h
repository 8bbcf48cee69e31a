#pragma once
/* tests/fuzz/drivers/event_sound.h -- what holds of every event, whatever the
 * line was. */
#include <stdlib.h>

#include "wire/mail_event.h"

static inline void
event_str_sound(struct str s, struct str program, struct str text)
{
	bool in_program = s.p >= program.p && s.n <= program.n && s.p + s.n <= program.p + program.n;
	bool in_text = s.p >= text.p && s.n <= text.n && s.p + s.n <= text.p + text.n;

	if (s.n > 0 && !in_program && !in_text)
		abort();
	if (s.n > 0 && str_find(s, '\n') >= 0)
		abort();
}

/* Every str lies in the line's program or text (its pid may too, for which
 * the caller gives a text that holds it), but the instance whose letters
 * MailScanner puts back, and no enum is out of range. */
static inline void
event_sound(const struct mail_event *e, struct str program, struct str text)
{
	const struct str *all[] = {
		&e->service, &e->id, &e->session, &e->child, &e->parent, &e->orig_id,
		&e->client_name, &e->helo, &e->account, &e->auth_method, &e->user, &e->sender, &e->recipient,
		&e->orig_to, &e->message_id, &e->relay_name, &e->dsn, &e->reply,
	};
	struct str rest, one;

	if (e->kind >= MAIL_KIND_N || e->mta >= MAIL_MTA_N)
		abort();
	if (e->kind == MAIL_NOTHING)	/* nothing else is set */
		return;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		event_str_sound(*all[i], program, text);
	if (!str_eq(e->instance, STR("postfix")))
		event_str_sound(e->instance, program, text);
	if (e->status >= MAIL_STATUS_N)
		abort();
	if (e->kind == MAIL_BEGETS && e->child.n == 0)
		abort();
	if (e->sender.n > 0 && !e->has_sender)
		abort();
	rest = e->recipient;
	while (mail_event_rcpt(&one, &rest) == 1) {
		event_str_sound(one, program, text);
		event_str_sound(mail_event_domain(one), program, text);
	}
}
