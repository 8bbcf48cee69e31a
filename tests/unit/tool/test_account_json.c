/* The document of an account: read back member by member; ASCII; no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include <cmocka.h>

#include "../nomem.h"
#include "account_rig.h"
#include "tool/account_json.h"
#include "tool/json.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static char text[1 << 18];

static int
write_out(const struct account_result *r)
{
	FILE *f = fmemopen(text, sizeof(text), "w");
	int err;

	assert_non_null(f);
	err = account_json(f, r);
	fclose(f);
	return err;
}

static json_t *
document(void)
{
	struct account_result r;
	json_error_t why;
	json_t *o;

	rig_result(&r);
	assert_int_equal(write_out(&r), 0);
	for (const char *p = text; *p != '\0'; p++)
		if ((*p < 0x20 && *p != '\n') || *p == 0x7f)
			fail_msg("octet %02x after %.30s", (unsigned char)*p, p > text + 30 ? p - 30 : text);
	o = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
	if (o == NULL)
		fail_msg("%s at %d in %s", why.text, why.position, text);
	return o;
}

/* What stands at "a.b.0.c". */
static const json_t *
at(const json_t *o, const char *path)
{
	struct str rest = str_of(path);

	while (rest.n > 0) {
		struct str step = str_cut(&rest, '.');
		char key[64];

		assert_int_equal(str_copy(key, sizeof(key), step), 0);
		o = json_is_array(o) ? json_array_get(o, (size_t)atoi(key)) : json_object_get(o, key);
		if (o == NULL)
			fail_msg("nothing at %s of %s", key, path);
	}
	return o;
}

static const struct {
	const char	*path;
	const char	*text;	/* or: */
	json_int_t	 number;
} members[] = {
	{ "tool", "sekimori account", 0 },
	{ "v", NULL, 1 },
	{ "verdicts.0.cause", "open-relay", 0 },
	{ "verdicts.0.first.at", "2026-11-23T06:58:04Z", 0 },
	{ "verdicts.0.first.file", "mail.log", 0 },
	{ "verdicts.0.first.line", NULL, 120394 },
	{ "verdicts.0.refused_first.line", NULL, 988201 },
	{ "verdicts.0.count.messages", NULL, 912000 },
	{ "verdicts.0.count.octets", NULL, 3210000000 },
	{ "verdicts.0.who.1", RIG_ESC, 0 },
	{ "verdicts.0.reasons.0.side", "for", 0 },
	{ "verdicts.0.reasons.2.side", "missing", 0 },
	{ "verdicts.0.reasons.0.tag", "stranger-relayed", 0 },
	{ "verdicts.0.reasons.0.numbers.1", NULL, 845000 },
	{ "verdicts.0.reasons.0.texts.1", "b.example", 0 },
	{ "verdicts.0.reasons.0.when.1.line", NULL, 988122 },
	{ "verdicts.0.reasons.0.line", "Nov 23 15:58:04 mx postfix/smtpd[11]: 4F1: client=" RIG_ESC RIG_TAG "[192.0.2.7]", 0 },
	{ "verdicts.1.cause", "stolen-account", 0 },
	{ "total.refused", NULL, 7003 },
	{ "classes.relayed.recipients", NULL, 912299 },
	{ "classes.relayed.first.line", NULL, 120394 },
	{ "classes.scripted.messages", NULL, 0 },
	{ "classes.relayed.line_first", "Nov 23 15:58:04 mx " RIG_ESC, 0 },
	{ "relay_refused.n", NULL, 7000 },
	{ "relay_refused.after.line", NULL, 988201 },
	{ "relay_refused.line_after", "Nov 23 18:55:40 mx postfix/smtpd[12]: NOQUEUE: reject: " RIG_TAG, 0 },
	{ "tables.account.rows.0.past.days_before", NULL, 12 },
	{ "tables.account.rows.0.past.networks_new", NULL, 30 },
	{ "tables.account.rows.0.past.day", "2026-11-23T00:00:00Z", 0 },
	{ "lines", NULL, 1000012 },
	{ "lines_by_server.postfix", NULL, 999980 },
	{ "time_zone", "Asia/Tokyo" RIG_ESC, 0 },
	{ "gaps.0.gap", "rate-limit", 0 },
	{ "gaps.0.n", NULL, 1234 },
	{ "gaps.0.first.line", NULL, 400000 },
	{ "own.nets.1", "2001:db8::/32", 0 },
	{ "own.domains_from", "learned", 0 },
	{ "listings.0.list", "bl.example", 0 },
	{ "listings.0.address", "203.0.113.25", 0 },
	{ "listings.0.reply", "554 5.7.1 blocked using bl.example " RIG_ESC RIG_TAG, 0 },
	{ "files.1.trouble", "truncated", 0 },
	{ "files.1.trouble_text", "gzip: " RIG_ESC, 0 },
	{ "files.0.first", "2026-11-23T06:00:00Z", 0 },
	{ "hours.1.hour", "2026-11-23T06:00:00Z", 0 },
	{ "hours.1.classes.relayed.messages", NULL, 12299 },
	{ "hours.4.refused", NULL, 7000 },
	{ "tables.client.rows.0.name", "192.0.2.7", 0 },
	{ "tables.client.rows.0.classes.relayed.delivered", NULL, 845000 },
	{ "tables.helo.rows.0.name", RIG_ESC, 0 },
	{ "tables.helo.rows.2.name", RIG_BIDI, 0 },
	{ "tables.helo.rows.3.name", "\xef\xbf\xbd(\xef\xbf\xbd", 0 },
	{ "tables.helo.rows.5.name", "", 0 },
	{ "tables.account.rows.0.networks", NULL, 31 },
	{ "tables.domain.rows.1.name", "日本.example", 0 },
	{ "tables.domain.beyond", NULL, 20 },
	{ "tables.domain.rest.relayed.messages", NULL, 900000 },
};

static void
every_member(void **state)
{
	json_t *o = document();

	(void)state;
	for (size_t i = 0; i < N(members); i++) {
		const json_t *got = at(o, members[i].path);

		if (members[i].text == NULL && json_integer_value(got) != members[i].number)
			fail_msg("%s: want %lld, got %lld", members[i].path, (long long)members[i].number,
			    (long long)json_integer_value(got));
		if (members[i].text != NULL && (!json_is_string(got) ||
		    strcmp(json_string_value(got), members[i].text) != 0))
			fail_msg("%s: want %s, got %s", members[i].path, members[i].text, json_string_value(got));
	}
	assert_true(json_is_true(at(o, "at_least")));
	assert_true(json_is_true(at(o, "year_inferred")));
	assert_true(json_is_true(at(o, "tables.client.rows.1.own")));
	assert_true(json_is_true(at(o, "tables.account.rows.0.burst")));
	assert_true(json_is_null(at(o, "listings.1.address")));
	assert_true(json_is_null(at(o, "files.0.trouble")));
	assert_true(json_is_null(at(o, "tables.client.rows.0.past")));
	assert_true(json_is_null(at(o, "verdicts.1.refused_first")));
	/* NUL and DEL came through */
	assert_int_equal(json_string_length(at(o, "tables.helo.rows.4.name")), 8);
	json_decref(o);
}

static void
nothing_at_all(void **state)
{
	struct account_result r = { 0 };
	json_t *o;

	(void)state;
	assert_int_equal(write_out(&r), 0);
	o = json_loads(text, 0, NULL);
	assert_non_null(o);
	assert_int_equal(json_array_size(at(o, "verdicts")), 0);
	assert_true(json_is_null(at(o, "first")));
	json_decref(o);
}

/* A document that lacks a member must not look whole. */
static void
without_memory(void **state)
{
	static char whole[sizeof(text)];
	struct account_result r;
	bool reached = true;
	long n;

	(void)state;
	rig_result(&r);
	assert_int_equal(write_out(&r), 0);
	memcpy(whole, text, sizeof(whole));
	for (n = 0; reached; n += n < 400 ? 1 : 37) {
		FILE *f = fmemopen(text, sizeof(text), "w");
		int err;

		assert_non_null(f);
		fail_at = n;
		err = account_json(f, &r);
		reached = fail_at < 0;
		fail_at = -1;
		fclose(f);
		/* a text that could not be copied may be read a second time */
		if (err != SEK_ENOMEM && (err != 0 || strcmp(text, whole) != 0))
			fail_msg("allocation %ld refused: %d", n, err);
	}
	assert_true(n > 400);
}

static void
cannot_be_written(void **state)
{
	struct account_result r;
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	rig_result(&r);
	assert_non_null(f);
	setvbuf(f, NULL, _IONBF, 0);
	assert_int_equal(account_json(f, &r), SEK_ESYS);
	fclose(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_member),
		cmocka_unit_test(nothing_at_all),
		cmocka_unit_test(without_memory),
		cmocka_unit_test(cannot_be_written),
	};

	json_set_alloc_funcs(malloc, free);	/* here they are the test's own */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
