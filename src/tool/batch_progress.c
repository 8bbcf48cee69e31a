#include "tool/batch_progress.h"

#include "base/i18n.h"
#include "tool/left.h"

uint64_t
batch_progress_rate(size_t done, int64_t ms)
{
	return ms <= 0 ? 0 : (uint64_t)done * 10000 / (uint64_t)ms;
}

int64_t
batch_progress_left(size_t done, size_t rest, int64_t ms)
{
	if (done == 0 || ms <= 0)
		return -1;
	return (int64_t)((double)rest * (double)ms / 1000 / (double)done);
}

void
batch_progress_show(struct batch_progress *p, size_t done, size_t all, size_t open,
    struct mono now)
{
	int64_t ms = now.ms - p->start.ms;
	size_t fresh = done > p->known ? done - p->known : 0;
	uint64_t rate = batch_progress_rate(fresh, ms);
	int64_t left = batch_progress_left(fresh, all - done, ms);

	if (!p->on)
		return;
	fprintf(p->out, "\r\033[K");
	fprintf(p->out, _("%zu of %zu done, open: %zu, %llu.%llu a second"), done, all,
	    open, (unsigned long long)(rate / 10), (unsigned long long)(rate % 10));
	if (left >= 0 && all > done)
		left_show(p->out, left);
	fflush(p->out);
	p->shown = true;
}

void
batch_progress_clear(struct batch_progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\033[K", p->out);
	fflush(p->out);
	p->shown = false;
}
