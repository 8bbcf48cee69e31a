#include <fcntl.h>
#include <sys/stat.h>

#include "rig.h"

static const struct attempt sample = {
	.id = 0x1122334455667788, .run = 5, .addr = { { [10] = 0xff, 0xff, 198, 18, 1, 10 } },
	.port = 25, .form = 0, .minted = { RIG_START_S },
};

static bool
genuine(struct rig *r, const char *text, const struct attempt *a)
{
	struct token t;

	assert_int_equal(token_parse(&t, str_of(text)), 0);
	return token_verify(&r->k, &t, a);
}

static void
minted_tokens_verify_and_differ_by_kind(void **state)
{
	struct rig *r = *state;
	char t[TOKEN_TEXT], s[TOKEN_TEXT], again[TOKEN_TEXT];

	token_mint(t, &r->k, &sample, TOKEN_RECIPIENT);
	token_mint(s, &r->k, &sample, TOKEN_SENDER);
	token_mint(again, &r->k, &sample, TOKEN_RECIPIENT);
	assert_string_equal(t, again);
	assert_string_not_equal(t, s);
	assert_true(genuine(r, t, &sample));
	assert_true(genuine(r, s, &sample));
}

static void
every_changed_letter_is_a_forgery(void **state)
{
	struct rig *r = *state;
	char text[TOKEN_TEXT];
	struct token t;

	for (size_t i = 0; i < TOKEN_LETTERS; i++) {
		token_mint(text, &r->k, &sample, TOKEN_RECIPIENT);
		text[i] = text[i] == 'a' ? 'q' : 'a';
		if (token_parse(&t, str_of(text)) == 0 &&
		    token_verify(&r->k, &t, &sample))
			fail_msg("letter %zu may be changed", i);
	}
}

static void
a_token_fits_its_attempt_alone(void **state)
{
	struct rig *r = *state;
	struct attempt others[6];
	char text[TOKEN_TEXT];

	for (size_t i = 0; i < 6; i++)
		others[i] = sample;
	others[0].id++;
	others[1].addr = rig_addr(99);	/* delivered for another target */
	others[2].port = 587;
	others[3].form = 1;
	others[4].minted.s++;
	token_mint(text, &r->k, &sample, TOKEN_RECIPIENT);
	for (size_t i = 0; i < 5; i++)
		if (genuine(r, text, &others[i]))
			fail_msg("case %zu", i);
	others[5].tries = 3;	/* but a retry keeps it */
	others[5].sent.s = RIG_START_S + 900;
	assert_true(genuine(r, text, &others[5]));
}

static void
keys_of_another_keeper_do_not_verify(void **state)
{
	struct rig *r = *state, *other = rig_new("");
	char text[TOKEN_TEXT], why[STORE_WHY];

	rand_seeded(&other->rand, 2);
	assert_true(rig_up(other, why));
	token_mint(text, &other->k, &sample, TOKEN_RECIPIENT);
	assert_false(genuine(r, text, &sample));
	rig_free(other);
}

static void
old_tokens_outlive_a_new_key_and_a_restart(void **state)
{
	struct rig *r = *state;
	char old[TOKEN_TEXT], now[TOKEN_TEXT], new[TOKEN_TEXT], why[STORE_WHY];
	struct attempt later = sample;
	struct stat st;
	char path[128];

	token_mint(old, &r->k, &sample, TOKEN_RECIPIENT);
	rig_pass(r, 100);
	later.minted.s += 100;
	token_mint(now, &r->k, &later, TOKEN_RECIPIENT);
	assert_int_equal(token_new_key(&r->k), 0);
	rig_down(r);
	assert_true(rig_up(r, why));
	token_mint(new, &r->k, &sample, TOKEN_RECIPIENT);
	assert_string_equal(new, old);	/* a retry bears the same token */
	assert_true(genuine(r, old, &sample));
	token_mint(new, &r->k, &later, TOKEN_RECIPIENT);
	assert_string_not_equal(new, now);
	snprintf(path, sizeof(path), "%s/token.keys", r->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* Starting with other keys would make every token that is out a forgery. */
static void
a_broken_key_file_stops_the_start(void **state)
{
	static const char *const bad[] = {
		"", "x", "1 2", "1 1795000000 00",
		("999 1795000000 0000000000000000"
		"000000000000000000000000000000000000000000000000\n"),
	};
	struct rig *r = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/token.keys", r->dir);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int fd;

		token_close(&r->k);
		fd = open(path, O_WRONLY | O_TRUNC);
		assert_int_equal(write(fd, bad[i], strlen(bad[i])), strlen(bad[i]));
		close(fd);
		if (token_open(&r->k) != SEK_EPARSE)
			fail_msg("\"%s\" is taken for keys", bad[i]);
	}
}

static void
in_memory_nothing_is_written(void **state)
{
	struct rig *r = *state;
	char dir[] = "/tmp/sekimori-keep.XXXXXX";

	assert_non_null(mkdtemp(dir));
	rig_set(r, "state.dir", dir);
	token_close(&r->k);
	assert_int_equal(token_open(&r->k), 0);
	assert_int_equal(rmdir(dir), 0);	/* empty */
}

static void
the_block_is_short_ascii_and_its_own_attempts(void **state)
{
	struct rig *r = *state;
	char block[LETTER_BLOCK], other[LETTER_BLOCK], token[TOKEN_TEXT];
	struct attempt a = sample;

	token_block(block, &r->k, &sample);
	token_mint(token, &r->k, &sample, TOKEN_RECIPIENT);
	assert_true(strlen(block) <= 400);
	assert_non_null(strstr(block, token));
	assert_non_null(strstr(block, "\ntarget: 198.18.1.10\nport: 25\n"));
	assert_true(str_istarts(str_of(block), STR(LETTER_BEGIN "\n")));
	assert_true(str_iends(str_of(block), STR("\n" LETTER_END)));
	for (const char *p = block; *p != '\0'; p++)
		assert_true(*p == '\n' || (*p >= ' ' && *p <= '~'));
	a.port = 587;
	token_block(other, &r->k, &a);
	assert_string_not_equal(block, other);
}

#define MEM(f) cmocka_unit_test_setup_teardown(f, rig_memory, rig_end)
#define FILES(f) cmocka_unit_test_setup_teardown(f, rig_file, rig_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MEM(minted_tokens_verify_and_differ_by_kind),
		MEM(every_changed_letter_is_a_forgery),
		MEM(a_token_fits_its_attempt_alone),
		MEM(keys_of_another_keeper_do_not_verify),
		FILES(old_tokens_outlive_a_new_key_and_a_restart),
		FILES(a_broken_key_file_stops_the_start),
		MEM(in_memory_nothing_is_written),
		MEM(the_block_is_short_ascii_and_its_own_attempts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
