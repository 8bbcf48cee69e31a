#include "tool/left.h"

#include "base/i18n.h"

void
left_show(FILE *out, int64_t s)
{
	if (s < 90)
		fprintf(out, _(", about %lld s left"), (long long)s);
	else if (s < 90 * 60)
		fprintf(out, _(", about %lld min left"), (long long)(s / 60));
	else
		fprintf(out, _(", about %lld h left"), (long long)(s / 3600));
}

int64_t
left_s(uint64_t done, uint64_t all, int64_t took_ms)
{
	if (done == 0 || all <= done)
		return 0;
	return (int64_t)((double)(all - done) * (double)took_ms / 1000 / (double)done);
}
