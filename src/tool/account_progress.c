#include "tool/account_progress.h"

#include "base/i18n.h"
#include "tool/account_text.h"
#include "tool/left.h"

static void
show_numbers(struct account_progress *p, const struct account_far *far, int64_t ms)
{
	uint64_t read = atomic_load(&far->read), all = atomic_load(&far->all);
	uint64_t passed = atomic_load(&far->passed);
	char done[32], whole[32], rate[32];

	account_text_octets(done, read);
	account_text_octets(whole, all);
	account_text_octets(rate, ms > 0 ? passed * 1000 / (uint64_t)ms : 0);
	if (all == 0) {
		fprintf(p->out, _("%s read, %s of log a second"), done, rate);
		return;
	}
	fprintf(p->out, _("%s of %s read, %s of log a second"), done, whole, rate);
	if (read > 0 && all > read)
		left_show(p->out, left_s(read, all, ms));
}

void
account_progress_show(struct account_progress *p, const struct account_far *far,
    struct mono now)
{
	char passed[32];

	if (!p->on)
		return;
	fputs("\r\033[K", p->out);
	if (atomic_load(&far->done) && p->follow) {
		account_text_octets(passed, atomic_load(&far->passed));
		fprintf(p->out, _("following, %s of log read"), passed);
	} else if (atomic_load(&far->done)) {
		fputs(_("counting"), p->out);
	} else if (atomic_load(&far->looking)) {
		fputs(_("looking at the files"), p->out);
		p->start = now;
	} else {
		show_numbers(p, far, now.ms - p->start.ms);
	}
	fflush(p->out);
	p->shown = true;
}

void
account_progress_clear(struct account_progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\033[K", p->out);
	fflush(p->out);
	p->shown = false;
}
