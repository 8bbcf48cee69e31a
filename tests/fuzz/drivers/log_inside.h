#pragma once
/* log_inside.h -- what every grammar of a mail log promises: it reads any
 * octets, and each text of the event lies within the line.
 *
 * Input: program, HTAB, text. */

#include <stdint.h>
#include <stdlib.h>

#include "wire/mail_event.h"
#include "wire/syslog.h"

#define MUST(x) do { if (!(x)) abort(); } while (0)

static inline void
log_inside(const uint8_t *p, size_t n, int (*read)(struct mail_event *, const struct syslog_line *))
{
	struct str in = { (const char *)p, n };
	struct str program = str_cut(&in, '\t');
	struct syslog_line line = {
		.program = program, .pid = 7, .pid_text = { program.p, program.n > 0 }, .text = in,
	};
	struct mail_event e;
	int got = read(&e, &line);
	const struct str *all[] = {
		&e.instance, &e.service, &e.id, &e.session, &e.child, &e.parent, &e.client_name, &e.helo,
		&e.account, &e.auth_method, &e.user, &e.sender, &e.recipient, &e.orig_to, &e.message_id,
		&e.relay_name, &e.dsn, &e.reply, &e.dir,
	};

	MUST(got == 0 || got == MAIL_OTHER);
	MUST(e.kind >= 0 && e.kind < MAIL_KIND_N && e.status >= 0 && e.status < MAIL_STATUS_N);
	MUST(got == 0 || e.kind == MAIL_NOTHING);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		MUST(all[i]->n == 0 || (all[i]->p >= (const char *)p &&
		    all[i]->p + all[i]->n <= (const char *)p + n));
	MUST(e.has_client || addr_is_none(&e.client));
	MUST(e.has_relay || addr_is_none(&e.relay));
}
