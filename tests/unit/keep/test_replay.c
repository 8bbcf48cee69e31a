/* The zone at a serial, by the journal alone. */
#include "keep/replay.h"
#include "rig.h"

enum { ADDRS = 12, CODES = 3, ROWS = 1500, LOOKS = 25 };

static struct addr
addr_of(unsigned i)
{
	struct addr a = rig_addr(256 * i);

	if (i % 3 == 2) {
		a = (struct addr){ { 0x20, 0x01, 0x0d, 0xb8 } };
		a.o[7] = (uint8_t)i;
	}
	return a;
}

/* What was written, an entry at a time. */
static bool there[ADDRS][SNAPSHOT_FORMS][CODES];

static const struct { uint8_t kind, form; bool is; } kinds[] = {
	{ JOURNAL_ADD, SNAPSHOT_ADDRESS, true }, { JOURNAL_REMOVE, SNAPSHOT_ADDRESS, false },
	{ JOURNAL_ADD, SNAPSHOT_ADDRESS, true }, { JOURNAL_RETRACT, SNAPSHOT_ADDRESS, false },
	{ JOURNAL_ADD, SNAPSHOT_RANGE, true }, { JOURNAL_REMOVE, SNAPSHOT_RANGE, false },
	{ JOURNAL_EXCEPT, SNAPSHOT_EXCEPT, true }, { JOURNAL_UNEXCEPT, SNAPSHOT_EXCEPT, false },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static void
append(struct rig *r, struct journal_row j)
{
	j.made = keep_now(&r->k);
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, journal_append(&r->k, &j)), 0);
}

static void
append_random(struct rig *r, unsigned i)
{
	uint64_t x = rand_u64(&r->rand);
	unsigned kind = (unsigned)(x % KINDS), code = (unsigned)(x >> 8) % CODES;
	struct journal_row j = { .kind = kinds[kind].kind, .addr = addr_of(i), .len = 128,
		.code = (uint8_t)(2 + code) };

	if (kinds[kind].form == SNAPSHOT_RANGE)
		j.len = addr_is_v4(&j.addr) ? 120 : 64;
	append(r, j);
	there[i][kinds[kind].form][code] = kinds[kind].is;
}

static void
put(FILE *f, const struct snapshot_entry *e)
{
	char text[ADDR_TEXT];

	addr_text(text, &e->addr);
	fprintf(f, "%c%s=%u ", "+*-"[e->form], text, e->code);
}

static int
put_entry(void *ctx, const struct snapshot_entry *e)
{
	put(ctx, e);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct addr x = addr_of(*(const unsigned *)a), y = addr_of(*(const unsigned *)b);

	return addr_cmp(&x, &y);
}

/* What is there now, in order of address, form and code. */
static char *
model(void)
{
	unsigned order[ADDRS];
	size_t n = 0;
	char *text;
	FILE *f = open_memstream(&text, &n);

	for (unsigned i = 0; i < ADDRS; i++)
		order[i] = i;
	qsort(order, ADDRS, sizeof(order[0]), compare);
	for (unsigned i = 0; i < ADDRS; i++)
		for (uint8_t form = 0; form < SNAPSHOT_FORMS; form++)
			for (uint8_t code = 0; code < CODES; code++) {
				const struct snapshot_entry e = { addr_of(order[i]), (uint8_t)(2 + code), form };

				if (there[order[i]][form][code])
					put(f, &e);
			}
	fclose(f);
	return text;
}

static char *
replayed(struct rig *r, uint32_t serial)
{
	struct addr after = addr_none;
	size_t n = 0, pages = 0;
	bool end = false;
	char *text;
	FILE *f = open_memstream(&text, &n);

	while (!end) {
		assert_int_equal(replay_page(&r->k, serial, &after, &end, put_entry, f), 0);
		assert_true(++pages < 100);
	}
	fclose(f);
	return text;
}

/* Some addresses have more rows than a page, and status and key rows stand between. */
static void
every_serial_is_as_it_was(void **state)
{
	struct rig *r = *state;
	char *was[LOOKS];
	uint32_t serials[LOOKS];

	memset(there, 0, sizeof(there));
	for (unsigned look = 0; look < LOOKS; look++) {
		for (unsigned i = 0; i < ROWS / LOOKS; i++) {
			append_random(r, rand_u64(&r->rand) % 3 == 0 ?
			    (unsigned)(rand_u64(&r->rand) % ADDRS) : look % 2);
			if (i % 20 == 0)
				append(r, (struct journal_row){ .kind = JOURNAL_STATUS, .len = 128,
				    .code = SNAPSHOT_ALIVE, .addr = { .o = { [15] = (uint8_t)look } } });
		}
		assert_int_equal(keep_flush(&r->k), 0);
		serials[look] = journal_serial(&r->k);
		was[look] = model();
	}
	for (unsigned look = 0; look < LOOKS; look++) {
		char *got = replayed(r, serials[look]);

		if (strcmp(got, was[look]) != 0)
			fail_msg("serial %u: got \"%s\", want \"%s\"", serials[look], got, was[look]);
		free(got);
		free(was[look]);
	}
}

static void
nothing_is_in_an_empty_journal(void **state)
{
	char *got = replayed(*state, 0);

	assert_string_equal(got, "");
	free(got);
}

static int
stop(void *ctx, const struct snapshot_entry *e)
{
	(void)ctx;
	(void)e;
	return SEK_ENOMEM;
}

static void
a_failure_is_passed_up_and_nothing_moves(void **state)
{
	struct rig *r = *state;
	struct addr after = addr_none;
	bool end;

	append_random(r, 0);
	append(r, (struct journal_row){ .kind = JOURNAL_ADD, .addr = addr_of(0), .len = 128, .code = 2 });
	assert_int_equal(keep_flush(&r->k), 0);
	assert_int_equal(replay_page(&r->k, UINT32_MAX / 4, &after, &end, stop, NULL), SEK_ENOMEM);
	assert_true(addr_is_none(&after));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_serial_is_as_it_was, rig_memory, rig_end),
		cmocka_unit_test_setup_teardown(nothing_is_in_an_empty_journal, rig_memory, rig_end),
		cmocka_unit_test_setup_teardown(a_failure_is_passed_up_and_nothing_moves, rig_memory, rig_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
