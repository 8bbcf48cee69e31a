/* Every form of an export comes back as it went: random snapshots, export,
 * import, export: the same octets. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "../snapshot_make.h"
#include "base/i18n.h"
#include "base/rand.h"
#include "tool/zone.h"

enum { ENTRIES = 400, ROUNDS = 10, SEED = 20261127 };

static char dir[] = "/tmp/sekimori-forms.XXXXXX";
static struct rand chance;

static const struct form {
	const char	*name, *from;	/* of --format, of --from */
	bool		 both;		/* one file holds both zones */
	const char	*more;		/* an option of the export, or NULL */
} forms[] = {
	{ "master", "master", false, NULL },
	{ "rbldnsd", "combined", true, NULL },
	{ "rpz", "rpz", false, NULL },
	{ "rpz", "rpz", false, "--trigger=ip" },
	{ "csv", "csv", false, NULL },
	{ "jsonl", "jsonl", false, NULL },
};

static const char *
path_of(char *room, size_t cap, const char *name)
{
	snprintf(room, cap, "%s/%s", dir, name);
	return room;
}

/* Random snapshots ------------------------------------------------------- */

static unsigned
below(unsigned n)
{
	return (unsigned)(rand_u64(&chance) % n);
}

/* Few neighbourhoods, so that entries meet: ranges, what cannot be one, test
 * addresses, exceptions of nothing. */
static struct addr
random_addr(void)
{
	static const uint8_t v4[][3] = {
		{ 198, 51, 100 }, { 198, 51, 101 }, { 192, 0, 2 }, { 1, 2, 3 }, { 127, 0, 0 },
	};
	struct addr a;
	unsigned i = below(8);

	if (i < 5)
		return addr_v4(v4[i][0], v4[i][1], v4[i][2], (uint8_t)below(256));
	if (i == 5)
		return addr_v4((uint8_t)below(256), (uint8_t)below(256), (uint8_t)below(256), (uint8_t)below(256));
	assert_int_equal(addr_parse(&a, STR("2001:db8::")), 0);
	a.o[7] = (uint8_t)below(3);
	for (size_t at = i == 6 ? 15 : 8; at < 16; at++)
		a.o[at] = (uint8_t)(below(4) == 0 ? 0 : below(256));
	return a;
}

static struct snapshot_entry
random_entry(void)
{
	static const uint8_t codes[] = { 2, 2, 2, 3, 3, 9 };
	struct snapshot_entry e = { .addr = random_addr(),
		.code = codes[below(sizeof(codes))], .form = (uint8_t)below(4) };
	struct net range = snapshot_range(&e.addr);

	if (e.form == 3)
		e.form = SNAPSHOT_ADDRESS;
	if (e.form == SNAPSHOT_RANGE && !snapshot_range_ok(&range))
		e.form = SNAPSHOT_ADDRESS;
	if (e.form == SNAPSHOT_RANGE)
		e.addr = range.addr;
	return e;
}

/* Texts without room for a page, with some, with all. */
static void
random_zone(struct snapshot_zone *z, char url[SNAPSHOT_URL + 1])
{
	static const char *const urls[] = {
		"", "https://bl.example/", "https://list.bl.example/lookup$/",
		"https://a-very-long-name-for-a-list-of-relays.bl.example/pages/",
	};
	const struct addr v4 = addr_v4(192, 0, 2, 53);
	struct addr v6;

	assert_int_equal(snapshot_zone_set(z, url, STR("bl.example"),
	    STR("ns.bl.example ns.example.net"), STR("host.master@bl.example"),
	    str_of(urls[below(4)])), 0);
	z->ttl_s = 60 + below(600);
	z->negative_ttl_s = 60 + below(600);
	z->retry_s = 60 + below(600);
	if (below(2) == 0)
		return;
	assert_int_equal(addr_parse(&v6, STR("2001:db8::53")), 0);
	assert_int_equal(snapshot_zone_host(z, 0, &v4), 0);
	assert_int_equal(snapshot_zone_host(z, 0, &v6), 0);
}

static void
write_random(const char *path)
{
	static struct snapshot_entry entries[ENTRIES];
	size_t n = below(3) == 0 ? below(10) : below(ENTRIES);
	struct make_source src = { entries, 0, 0 };
	const struct snapshot_source source = { make_rewind, make_next, &src };
	struct snapshot_memory m = { malloc(MAKE_MAX), MAKE_MAX, 0 };
	const struct snapshot_sink sink = { snapshot_memory_put, &m };
	struct snapshot_builder *room = malloc(snapshot_builder_size());
	uint32_t serial = 1 + below(100000);
	struct snapshot_head h = make_head(serial, serial, below(4));
	char url[SNAPSHOT_URL + 1];
	struct snapshot_zone z;
	uint64_t octets = 0;
	FILE *f = fopen(path, "w");

	for (size_t i = 0; i < n; i++)
		entries[i] = random_entry();
	src.n = make_sort(entries, n);
	h.life = (uint8_t)(SNAPSHOT_ALIVE + below(4));
	h.expiry_s = 4000000000;
	random_zone(&z, url);
	assert_int_equal(snapshot_write_base(&sink, &h, &z, &source, room, &octets), 0);
	assert_int_equal(fwrite(m.p, 1, (size_t)octets, f), octets);
	assert_int_equal(fclose(f), 0);
	free(room);
	free(m.p);
}

/* The command ------------------------------------------------------------ */

/* Runs `zone WORDS...' and returns its exit code; *said is what it wrote on
 * standard error: free it. */
static int
run(char **said, const char *const words[])
{
	char room[20][128] = { "zone" }, *argv[21] = { room[0] }, *out_text;
	size_t n_out, n_err;
	FILE *out = open_memstream(&out_text, &n_out), *err = open_memstream(said, &n_err);
	int argc = 1, code;

	for (; *words != NULL; words++) {
		snprintf(room[argc], sizeof(room[argc]), "%s", *words);
		argv[argc] = room[argc];
		argc++;
	}
	code = zone_main(argc, argv, out, err);
	fclose(out);
	fclose(err);
	free(out_text);
	return code;
}

static bool
export(const struct form *form, const char *snap, const char *to, bool exits)
{
	char format[32];
	const char *words[10] = { "export", "-s", snap, "-o", to, format };
	size_t n = 6;
	char *said;
	int code;

	snprintf(format, sizeof(format), "--format=%s", form->name);
	if (exits)
		words[n++] = "--zone=out";
	if (form->more != NULL)
		words[n++] = form->more;
	code = run(&said, words);
	if (code != 0 && !(exits && strstr(said, "has no zone of exits") != NULL))
		fail_msg("export %s: %d %s", form->name, code, said);
	free(said);
	return code == 0;
}

static void
import(const struct form *form, const char *snap, const char *a, const char *b)
{
	const char *const words[] = { "import", "-s", snap, "-f", form->from,
		"--zone", "bl.example", a, b, NULL };
	char *said;
	int code = run(&said, words);

	if (code != 0 || said[0] != '\0')	/* nothing passed over either */
		fail_msg("import %s: %d %s", form->name, code, said);
	free(said);
}

static char *
octets_of(const char *path)
{
	static char room[2][1 << 20];
	static size_t turn;
	FILE *f = fopen(path, "r");
	char *text = room[turn++ % 2];

	assert_non_null(f);
	text[fread(text, 1, sizeof(room[0]) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static void
compare(const struct form *form, unsigned round, const char *a, const char *b)
{
	const char *first = octets_of(a), *second = octets_of(b);
	size_t at = 0, line = 1;

	if (strcmp(first, second) == 0)
		return;
	for (; first[at] != '\0' && first[at] == second[at]; at++)
		line += first[at] == '\n';
	fail_msg("seed %d, round %u, %s, line %zu: \"%.80s\" came back as \"%.80s\"",
	    SEED, round, form->name, line, first + at, second + at);
}

static void
go_round(const struct form *form, unsigned round)
{
	char room[6][64];
	const char *snap = path_of(room[0], 64, "a.snap"), *back = path_of(room[1], 64, "b.snap");
	const char *main_a = path_of(room[2], 64, "main.a"), *main_b = path_of(room[3], 64, "main.b");
	const char *out_a = path_of(room[4], 64, "out.a"), *out_b = path_of(room[5], 64, "out.b");
	bool exits;

	export(form, snap, main_a, false);
	exits = !form->both && export(form, snap, out_a, true);
	import(form, back, main_a, exits ? out_a : NULL);
	export(form, back, main_b, false);
	compare(form, round, main_a, main_b);
	/* a table without rows has no zone */
	if (exits && export(form, back, out_b, true))
		compare(form, round, out_a, out_b);
}

static void
any_snapshot_comes_back_from_any_form(void **state)
{
	char room[64];
	const char *snap = path_of(room, 64, "a.snap");

	(void)state;
	rand_seeded(&chance, SEED);
	for (unsigned round = 0; round < ROUNDS; round++) {
		write_random(snap);
		for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
			go_round(&forms[i], round);
	}
}

static int
setup(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "a.snap", "b.snap", "main.a", "main.b", "out.a", "out.b" };
	char room[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(room, sizeof(room), names[i]));
	return rmdir(dir);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_snapshot_comes_back_from_any_form),
	};

	if (argc != 2)
		return 2;
	i18n_setup("en", argv[1]);
	return cmocka_run_group_tests(tests, setup, teardown);
}
