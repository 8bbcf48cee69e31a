/* Two lines: a tag and what a program of that name says of lost lines. */
#include <stdlib.h>

#include "wire/log_loss.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct syslog_line line = { .text = { (const char *)p, n } };
	struct mail_event e = { 0 };

	line.program = str_cut(&line.text, '\n');
	if (log_loss_read(&e, &line) == 0 && e.kind != MAIL_LOST && e.kind != MAIL_REPEATS)
		abort();
	if (e.kind == MAIL_REPEATS && e.lost_n == 0)
		abort();
	return 0;
}
