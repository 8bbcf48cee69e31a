#include "account/slice.h"

#include <stdlib.h>
#include <string.h>

#include "wire/syslog.h"

int
account_slice_init(struct account_slice *s, void (*line)(void *ctx, struct str line), void *ctx)
{
	*s = (struct account_slice){ line, ctx, malloc(SYSLOG_LINE_MAX), 0 };
	return s->room != NULL ? 0 : SEK_ENOMEM;
}

void
account_slice_free(struct account_slice *s)
{
	free(s->room);
	s->room = NULL;
}

static void
keep(struct account_slice *s, const char *p, size_t n)
{
	size_t room = SYSLOG_LINE_MAX - s->n;

	memcpy(s->room + s->n, p, n < room ? n : room);
	s->n += n < room ? n : room;
}

static void
give(struct account_slice *s, const char *p, size_t n)
{
	if (s->n > 0) {
		keep(s, p, n);
		s->line(s->ctx, (struct str){ s->room, s->n });
		s->n = 0;
	} else {
		s->line(s->ctx, (struct str){ p, n < SYSLOG_LINE_MAX ? n : SYSLOG_LINE_MAX });
	}
}

void
account_slice_take(struct account_slice *s, const char *p, size_t n)
{
	const char *lf;

	while (n > 0 && (lf = memchr(p, '\n', n)) != NULL) {
		size_t len = (size_t)(lf - p);

		give(s, p, len);
		p = lf + 1;
		n -= len + 1;
	}
	keep(s, p, n);
}

void
account_slice_end(struct account_slice *s)
{
	if (s->n > 0)
		s->line(s->ctx, (struct str){ s->room, s->n });
	s->n = 0;
}
