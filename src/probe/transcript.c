#include <stdarg.h>
#include <stdio.h>

#include "probe/session.h"

void
transcript_flush(struct session *s)
{
	struct msg_said m = {
		.order = s->order.order, .part = s->said_part,
		.octets = { (const char *)s->said.p, s->said.len },
	};

	if (s->said.len == 0)
		return;
	s->said_part++;
	(void)s->hooks->send(s->hooks->ctx, MSG_SAID, &m);
	gbuf_free(&s->said);
}

/* Without memory it is lost: the transcript is the least precious. */
static void
put(struct session *s, struct str text)
{
	while (text.n > 0) {
		size_t n = SAID_BUFFER - s->said.len;

		if (n > text.n)
			n = text.n;
		if (gbuf_add(&s->said, text.p, n) != 0)
			return;
		text = (struct str){ text.p + n, text.n - n };
		if (s->said.len == SAID_BUFFER)
			transcript_flush(s);
	}
}

static void
put_line(struct session *s, const char *mark, struct str line)
{
	uint64_t all = s->said_all + line.n + 4;

	if (s->said_cut)
		return;
	if (all > s->with->conf->transcript_octets) {
		s->said_cut = true;
		put(s, STR("* cut\n"));
		return;
	}
	s->said_all = all;
	put(s, str_of(mark));
	put(s, line);
	put(s, STR("\n"));
}

void
transcript_add(struct session *s, const char *mark, struct str text)
{
	while (text.n > 0) {
		struct str line = str_cut(&text, '\n');

		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		put_line(s, mark, line);
	}
}

void
transcript_note(struct session *s, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	put_line(s, "* ", str_of(line));
}
