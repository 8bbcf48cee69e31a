/* Two files of any octets, as they are found: packed or not, of any server, with
 * any stamps.  Nothing is read twice, what is counted of the files is counted in
 * all, and no moment is out of the world. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "account/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static struct account_seen
file_of(const char *name, const uint8_t *p, size_t n)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		abort();
	return (struct account_seen){ .name = name, .fd = fd };
}

static void
judge(const struct account_reading *in)
{
	struct account_result r = { .file = in->file, .n_files = in->n };
	uint64_t lines = 0;

	if (account_span_end(in->span, &r) != 0)
		abort();
	for (size_t i = 0; i < in->n; i++) {
		lines += in->file[i].lines;
		if (in->file[i].lines_other > in->file[i].lines ||
		    in->file[i].last_s < in->file[i].first_s)
			abort();
	}
	if (lines != r.lines || r.lines_mail > r.lines)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct account_limits limits;
	struct account_own *own = account_own_new();
	const struct account_read_rules rules = { .own = own, .limits = &limits,
	    .now_s = 1795910400, .jobs = 1 };
	size_t cut = n > 1 ? p[0] * (n - 1) / 255 : 0;
	struct account_seen seen[2];
	struct account_reading in;

	if (n == 0 || own == NULL) {
		account_own_free(own);
		return 0;
	}
	seen[0] = file_of("mail.log.1", p + 1, cut);
	seen[1] = file_of("syslog", p + 1 + cut, n - 1 - cut);
	if (account_read(&in, seen, 2, &rules) != 0)
		abort();
	judge(&in);
	account_reading_free(&in);
	close(seen[0].fd);
	close(seen[1].fd);
	account_own_free(own);
	return 0;
}
