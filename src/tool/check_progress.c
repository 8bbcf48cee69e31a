#include "tool/check_progress.h"

#include "base/i18n.h"
#include "tool/left.h"

uint64_t
check_progress_all(uint64_t names, bool ended, uint64_t read, uint64_t all)
{
	if (ended)
		return names;
	if (read == 0 || all <= read)
		return 0;
	return (uint64_t)((double)names * (double)all / (double)read);
}

void
check_progress_show(struct check_progress *p, const struct check_totals *t,
    const struct check_input *in, uint64_t names, bool ended, struct mono now)
{
	uint64_t done = 0, listed = 0, read, size, all;
	int64_t ms = now.ms - p->start.ms;

	for (size_t k = 0; k < CHECK_KINDS; k++) {
		done += t->n[k];
		listed += t->listed[k];
	}
	check_input_far(in, &read, &size);
	all = check_progress_all(names, ended, read, size);
	if (!p->on || ms <= 0)
		return;
	fputs("\r\033[K", p->out);
	if (all > 0)
		fprintf(p->out, _("%llu of %llu checked"), (unsigned long long)done,
		    (unsigned long long)all);
	else
		fprintf(p->out, _("%llu checked"), (unsigned long long)done);
	fprintf(p->out, _(", listed: %llu, %llu a second"), (unsigned long long)listed,
	    (unsigned long long)(done * 1000 / (uint64_t)ms));
	if (all > done && done > 0)
		left_show(p->out, left_s(done, all, ms));
	fflush(p->out);
	p->shown = true;
}

void
check_progress_lists(struct check_progress *p)
{
	if (!p->on)
		return;
	fprintf(p->out, "\r\033[K%s", _("asking the lists for their test entries"));
	fflush(p->out);
	p->shown = true;
}

void
check_progress_clear(struct check_progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\033[K", p->out);
	fflush(p->out);
	p->shown = false;
}
