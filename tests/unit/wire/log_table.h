#pragma once
/* log_table.h -- runs a table of log lines through a grammar. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "mail_show.h"
#include "wire/syslog.h"

struct log_case {
	const char	*name, *program, *text, *want;
};

static inline void
log_table(const struct log_case *c, size_t n, int (*read)(struct mail_event *, const struct syslog_line *))
{
	static struct mail_show m;

	for (; n > 0; n--, c++) {
		struct syslog_line line = { .program = str_of(c->program), .pid = 4711, .pid_text = STR("4711") };
		size_t len = strlen(c->text);
		char *exact = malloc(len + (len == 0));	/* for ASan: no NUL behind */
		struct mail_event e;
		int got;

		assert_non_null(exact);
		memcpy(exact, c->text, len);
		line.text = (struct str){ exact, len };
		got = read(&e, &line);
		mail_show(&m, got, &e);
		if (strcmp(m.at, c->want) != 0)
			fail_msg("%s:\n  in  %s\n  got  %s\n  want %s", c->name, c->text, m.at, c->want);
		free(exact);
	}
}

/* A line may end anywhere: no prefix of any breaks the reader. */
static inline void
log_prefixes(const struct log_case *c, size_t n, int (*read)(struct mail_event *, const struct syslog_line *))
{
	for (; n > 0; n--, c++) {
		for (size_t len = 0; len <= strlen(c->text); len++) {
			struct syslog_line line = { .program = str_of(c->program), .pid = 4711, .pid_text = STR("4711") };
			char *exact = malloc(len + (len == 0));
			struct mail_event e;

			assert_non_null(exact);
			memcpy(exact, c->text, len);
			line.text = (struct str){ exact, len };
			assert_in_range(read(&e, &line), 0, MAIL_OTHER);
			assert_in_range(e.kind, 0, MAIL_KIND_N - 1);
			free(exact);
		}
	}
}
