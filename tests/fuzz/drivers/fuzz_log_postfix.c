/* Two lines: a tag and what a program of that name says. */
#include "event_sound.h"
#include "wire/log_postfix.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str text = { (const char *)p, n };
	struct str program = str_cut(&text, '\n');
	struct syslog_line line = { .program = program };
	struct mail_event e;

	line.text = text = str_cut(&text, '\n');
	line.pid_text = (struct str){ program.p, program.n > 0 };
	if (log_postfix_read(&e, &line) == 0)
		event_sound(&e, program, text);
	return 0;
}
