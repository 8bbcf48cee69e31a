#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "account/plan.h"
#include "read_rig.h"

enum { MB = 1 << 20, FILES = 6 };

static const char line[] = "Nov 28 10:00:00 mx postfix/smtpd[1]: connect from unknown[198.51.100.7]\n";
enum { LINE = sizeof(line) - 1 };

/* A file of lines (its octets), or of another packing (only its size counts). */
struct file {
	enum account_packing	packing;
	uint64_t		size;
};

static struct account_seen
seen_of(const struct file *f)
{
	struct account_seen s = { .name = "x", .fd = memfd_create("log", 0), .regular = true,
	    .packing = f->packing, .size = f->size };
	char block[LINE * 1000];

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = line[i % LINE];
	for (uint64_t at = 0; f->packing == ACCOUNT_PLAIN && at < f->size; at += sizeof(block))
		assert_int_equal(pwrite(s.fd, block, f->size - at < sizeof(block) ?
		    (size_t)(f->size - at) : sizeof(block), (off_t)at), f->size - at <
		    sizeof(block) ? (size_t)(f->size - at) : sizeof(block));
	return s;
}

/* Every octet once, in order, and cuts only after a line. */
static void
judge_pieces(const char *name, const struct account_plan *p, const struct account_seen *seen,
    size_t n)
{
	size_t file = 0;
	uint64_t at = 0;

	for (size_t i = 0; i < p->n_pieces; i++) {
		const struct account_piece *k = &p->piece[i];
		char before = '\n';

		if (k->seen != file || (k->part && k->from != at))
			fail_msg("%s: piece %zu is of %zu from %llu", name, i, k->seen,
			    (unsigned long long)k->from);
		if (k->part && k->from > 0)
			assert_int_equal(pread(seen[file].fd, &before, 1, (off_t)k->from - 1), 1);
		if (before != '\n')
			fail_msg("%s: piece %zu begins within a line", name, i);
		at = k->part ? k->to : seen[file].size;
		if (at == seen[file].size) {
			file++;
			at = 0;
		}
	}
	if (file != n || at != 0)
		fail_msg("%s: ends in file %zu", name, file);
}

static void
all_is_read_once_and_shared_out(void **state)
{
	static const struct {
		const char	*name;
		size_t		 jobs;
		struct file	 file[FILES];
		bool		 whole;
		size_t		 runs;
		unsigned	 most;		/* per cent of the mean that the heaviest may have */
	} cases[] = {
		{ "one thread", 1, { { ACCOUNT_PLAIN, 40 * MB } }, false, 1, 100 },
		{ "too small to be shared", 4, { { ACCOUNT_PLAIN, 2 * MB }, { ACCOUNT_PLAIN, 2 * MB } }, false, 1, 100 },
		{ "one file is cut", 2, { { ACCOUNT_PLAIN, 40 * MB } }, false, 2, 105 },
		{ "one that may not be cut", 2, { { ACCOUNT_PLAIN, 40 * MB } }, true, 1, 200 },
		{ "small ones beside a large one", 2, { { ACCOUNT_PLAIN, 2 * MB }, { ACCOUNT_PLAIN, 40 * MB },
		  { ACCOUNT_PLAIN, 3 * MB } }, false, 2, 110 },
		{ "packed ones are not cut", 2, { { ACCOUNT_GZIP, 4 * MB }, { ACCOUNT_GZIP, 4 * MB } }, false, 2, 105 },
		{ "packed and plain", 2, { { ACCOUNT_GZIP, 2 * MB }, { ACCOUNT_PLAIN, 40 * MB } }, false, 3, 105 },
		{ "packed, of which nobody knows the size: smaller and smaller", 2, { { ACCOUNT_ZSTD, 16 * MB },
		  { ACCOUNT_ZSTD, 16 * MB }, { ACCOUNT_ZSTD, 8 * MB }, { ACCOUNT_ZSTD, 8 * MB }, { ACCOUNT_ZSTD, 8 * MB },
		  { ACCOUNT_ZSTD, 8 * MB } }, false, 6, 60 },
		{ "a file ends just where a run does", 2, { { ACCOUNT_PLAIN, 32 * MB }, { ACCOUNT_PLAIN, 32 * MB },
		  { ACCOUNT_PLAIN, 32 * MB }, { ACCOUNT_PLAIN, 32 * MB } }, false, 2, 101 },
		{ "some octets behind that", 3, { { ACCOUNT_PLAIN, 20 * MB + 1 }, { ACCOUNT_PLAIN, 20 * MB },
		  { ACCOUNT_PLAIN, 40 * MB } }, false, 3, 105 },
		{ "or before", 3, { { ACCOUNT_PLAIN, 20 * MB - MB / 2 }, { ACCOUNT_PLAIN, 40 * MB + MB / 2 } }, false,
		  3, 105 },
		{ "nothing", 4, { { 0 } }, false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct account_seen seen[FILES];
		struct account_todo todo[FILES];
		struct account_plan p;
		uint64_t all = 0, most = 0;
		size_t n = 0;

		for (; n < FILES && cases[i].file[n].size > 0; n++) {
			seen[n] = seen_of(&cases[i].file[n]);
			todo[n] = (struct account_todo){ .seen = n, .file = (uint32_t)n,
			    .keep_whole = cases[i].whole };
		}
		assert_int_equal(account_plan(&p, todo, n, seen, cases[i].jobs), 0);
		judge_pieces(cases[i].name, &p, seen, n);
		for (size_t r = 0; r < p.n_runs; r++) {
			uint64_t w = 0;

			for (size_t k = 0; k < p.run[r].n; k++)
				w += p.piece[p.run[r].first + k].weight;
			all += w;
			most = w > most ? w : most;
		}
		if (p.n_runs != cases[i].runs || most * cases[i].jobs * 100 >
		    all * cases[i].most * (cases[i].runs < cases[i].jobs ? cases[i].jobs : 1))
			fail_msg("%s: %zu runs, the heaviest has %llu of %llu", cases[i].name,
			    p.n_runs, (unsigned long long)most, (unsigned long long)all);
		account_plan_free(&p);
		for (size_t k = 0; k < n; k++)
			close(seen[k].fd);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_read_once_and_shared_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
