/* Keys of CSIRTs: shown once, stored as digests, revoked, over. */
#include "guest.h"
#include "fact/record_aside.h"
#include "keep/apikey.h"

static int64_t
add(struct guests *s, char key[64], const char *name, int64_t until)
{
	json_t *o = guest_ask(s->tool, "{'verb':'key-add','name':'%s','until':%lld}", name,
	    (long long)until);

	expect_ok(o);
	snprintf(key, 64, "%s", text_of(o, "key"));
	assert_int_equal(strlen(key), 41);
	return int_of(o, "id");
}

static const char *
role_with(struct guests *s, const char *key)
{
	return text_of(guest_ask(s->web, "{'verb':'check','addr':'198.18.1.1','asker':"
	    "'203.0.113.7','key':'%s'}", key), "role");
}

static void
key_opens_until_its_end(void **state)
{
	struct guests *s = *state;
	char key[64], other[64];

	add(s, key, "one", keep_now(s->f->keep).s + 100);
	add(s, other, "two", 0);
	assert_string_not_equal(key, other);
	assert_string_equal(role_with(s, key), "csirt");
	pass(s->f, 101);
	expect_error((role_with(s, key), s->web->done), "bad-key", 77);
	assert_string_equal(role_with(s, other), "csirt");
}

static void
revoked_key_opens_nothing(void **state)
{
	struct guests *s = *state;
	char key[64];
	long long id = (long long)add(s, key, "one", 0);

	expect_error(guest_ask(s->tool, "{'verb':'key-revoke','id':%lld}", id), "no-reason", 64);
	expect_error(guest_ask(s->tool, "{'verb':'key-revoke','id':%lld,'reason':'x'}", id + 1),
	    "no-such-key", 65);
	expect_ok(guest_ask(s->tool, "{'verb':'key-revoke','id':%lld,'reason':'lost'}", id));
	expect_error((role_with(s, key), s->web->done), "bad-key", 77);
	expect_error(guest_ask(s->tool, "{'verb':'key-revoke','id':%lld,'reason':'x'}", id),
	    "no-such-key", 65);
}

static void
list_never_shows_a_key(void **state)
{
	struct guests *s = *state;
	char key[64], *all;

	add(s, key, "one", 0);
	expect_ok(guest_ask(s->tool, "{'verb':'key-revoke','id':%lld,'reason':'left \\u001b'}",
	    (long long)add(s, key, "two", 0)));
	expect_ok(guest_ask(s->tool, "{'verb':'key-list'}"));
	assert_int_equal(s->tool->n, 2);
	assert_string_equal(text_of(s->tool->events[0], "name"), "one");
	assert_true(int_of(s->tool->events[1], "revoked") > 0);
	for (size_t i = 0; i < 2; i++) {
		all = json_dumps(s->tool->events[i], 0);
		assert_null(strstr(all, key));
		assert_null(strstr(all, "digest"));
		free(all);
	}
}

static int
key_in_row(void *ctx, const void *row)
{
	const struct apikey_row *r = row;

	assert_true(str_search((struct str){ (const char *)r->digest.o, 32 },
	    str_of(ctx)) < 0);
	assert_true(str_search(r->name, str_of(ctx)) < 0);
	return 0;
}

static void
store_has_the_digest_only(void **state)
{
	struct guests *s = *state;
	char key[64];

	add(s, key, "one", 0);
	assert_int_equal(store_each(s->f->keep->store, Q_APIKEY_ALL, NO_ARGS, key_in_row,
	    key), 0);
}

static void
keys_that_are_none(void **state)
{
	struct guests *s = *state;
	char key[64], bent[64];

	add(s, key, "one", 0);
	for (size_t i = 0; i < strlen(key); i++) {
		memcpy(bent, key, sizeof(bent));
		bent[i] = bent[i] == 'a' ? 'b' : 'a';
		assert_int_equal(apikey_holds(s->f->keep, str_of(bent)), 0);
	}
	assert_int_equal(apikey_holds(s->f->keep, str_of(key)), 1);
	assert_int_equal(apikey_holds(s->f->keep, STR("")), 0);
	memset(bent, 'a', sizeof(bent));
	assert_int_equal(apikey_holds(s->f->keep, (struct str){ bent, sizeof(bent) }), 0);
}

static void
bad_requests(void **state)
{
	struct guests *s = *state;
	char long_name[200];

	memset(long_name, 'n', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	expect_error(guest_ask(s->tool, "{'verb':'key-add'}"), "no-name", 64);
	expect_error(guest_ask(s->tool, "{'verb':'key-add','name':'  '}"), "no-name", 64);
	expect_error(guest_ask(s->tool, "{'verb':'key-add','name':'%s'}", long_name), "no-name", 64);
	expect_error(guest_ask(s->tool, "{'verb':'key-add','name':'x','until':1}"), "bad-time", 64);
	for (int i = 0; i < 100; i++) {
		char key[64];

		add(s, key, "many", 0);
	}
	expect_error(guest_ask(s->tool, "{'verb':'key-add','name':'x'}"), "too-many-keys", 64);
	expect_ok(guest_ask(s->tool, "{'verb':'key-revoke','id':1,'reason':'x'}"));
	expect_ok(guest_ask(s->tool, "{'verb':'key-add','name':'x'}"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, guests_open, guests_close)
		T(key_opens_until_its_end),
		T(revoked_key_opens_nothing),
		T(list_never_shows_a_key),
		T(store_has_the_digest_only),
		T(keys_that_are_none),
		T(bad_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
