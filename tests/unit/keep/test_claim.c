/* Owners prove that an address is theirs: claims, records, codes, grants. */
#include <signal.h>
#include <sys/wait.h>

#include "guest.h"
#include "rig.h"
#include "keep/claim.h"
#include "keep/nominate.h"
#include "keep/prove.h"
#include "keep/quota.h"
#include "keep/token.h"
#include "wire/mime.h"

#define ASKER "203.0.113.7"
#define OWNER "198.18.1.9"

static int
proofs_open(void **state)
{
	int rc = guests_open(state);
	struct guests *p = *state;

	set(p->f, "mail.relay", "198.18.0.5:25");
	set(p->f, "operator.name", "Example CSIRT");
	return rc;
}

static json_t *
prove(struct guests *p, const char *addr, const char *asker, const char *more)
{
	return guest_ask(p->web, "{'verb':'prove','addr':'%s','asker':'%s'%s}", addr,
	    asker, more);
}

static json_t *
check(struct guests *p, const char *addr, const char *method, const char *claim,
    const char *code)
{
	return guest_ask(p->web, "{'verb':'prove','addr':'%s','asker':'" ASKER "','method':"
	    "'%s','step':'check','claim':'%s','code':'%s'}", addr, method, claim, code);
}

static enum basis
basis_of(struct guests *p, struct addr a, struct wall *until)
{
	struct permit permit;

	permit_check(&permit, p->f->keep, &a, RUN_PROBE);
	if (until != NULL)
		*until = permit.until;
	return permit.ok ? permit.basis : BASIS_NONE;
}

static bool
is_owner(struct guests *p, const char *grant)
{
	return strcmp(text_of(guest_ask(p->web, "{'verb':'check','addr':'" OWNER
	    "','asker':'" ASKER "','grant':'%s'}", grant), "role"), "owner") == 0;
}

static int
count_nominees(void *ctx, const void *row)
{
	(void)row;
	++*(unsigned *)ctx;
	return 0;
}

static unsigned
nominees(struct guests *p)
{
	unsigned n = 0;
	struct addr a = target(9);

	assert_int_equal(store_each(p->f->keep->store, Q_NOMINEE_BY_ADDR,
	    ARGS(ARG_A(a)), count_nominees, &n), 0);
	return n;
}

/* --- source --- */

static void
by_source_address(void **state)
{
	struct guests *p = *state;
	char grant[GRANT_TEXT];
	struct wall until;
	json_t *o = prove(p, OWNER, OWNER, ",'method':'source'");

	expect_ok(o);
	assert_string_equal(text_of(o, "method"), "source");
	assert_int_equal(int_of(o, "until"), keep_now(p->f->keep).s + GRANT_S);
	snprintf(grant, sizeof(grant), "%s", text_of(o, "grant"));
	assert_true(is_owner(p, grant));
	assert_int_equal(basis_of(p, target(9), &until), BASIS_VISITOR);
	assert_int_equal(until.s, keep_now(p->f->keep).s + GRANT_S);
	assert_int_equal(basis_of(p, target(8), NULL), BASIS_NONE);
	/* again: no second row, and the same end */
	pass(p->f, 600);
	o = prove(p, OWNER, OWNER, ",'method':'source'");
	assert_int_equal(int_of(o, "until"), until.s);
	assert_int_equal(nominees(p), 1);
	pass(p->f, 3600);
	expect_ok(prove(p, OWNER, OWNER, ",'method':'source'"));
	assert_int_equal(nominees(p), 2);
	pass(p->f, GRANT_S);
	assert_false(is_owner(p, grant));
	assert_int_equal(basis_of(p, target(9), NULL), BASIS_NONE);
}

static void
opt_out_between_needs_a_new_proof(void **state)
{
	struct guests *p = *state;
	struct net n = { target(9), 128 };

	expect_ok(prove(p, OWNER, OWNER, ",'method':'source'"));
	pass(p->f, 5);
	assert_int_equal(nominate_optout(p->f->keep, &n, STR(""), STR("r"), STR("w")), 0);
	pass(p->f, 5);
	expect_ok(prove(p, OWNER, OWNER, ",'method':'source'"));
	assert_int_equal(nominees(p), 2);
}

static void
source_has_its_limit(void **state)
{
	struct guests *p = *state;
	char addr[32];

	for (unsigned i = 1; i <= 64; i++) {
		snprintf(addr, sizeof(addr), "198.18.1.%u", i);
		expect_ok(prove(p, addr, addr, ",'method':'source'"));
	}
	expect_error(prove(p, "198.18.1.65", "198.18.1.65", ",'method':'source'"),
	    "asker-limit", 75);
	assert_true(int_of(p->web->done, "retry_after") > 80000);
}

/* --- every refusal --- */

static void
every_refusal(void **state)
{
	static const struct { const char *name, *addr, *asker, *more, *tag; int exit; } cases[] = {
		{ "another address", OWNER, ASKER, ",'method':'source'", "owner-not-proved", 77 },
		{ "no method", OWNER, OWNER, "", "bad-method", 64 },
		{ "a method that is none", OWNER, OWNER, ",'method':'phone'", "bad-method", 64 },
		{ "no step", OWNER, ASKER, ",'method':'txt'", "bad-step", 64 },
		{ "a step that is none", OWNER, ASKER, ",'method':'mail','step':'end'", "bad-step", 64 },
		{ "no claim", OWNER, ASKER, ",'method':'txt','step':'check'", "bad-claim", 65 },
		{ "a claim that is none", OWNER, ASKER, ",'method':'mail','step':'check','claim':'x'",
		    "bad-claim", 65 },
		{ "localhost", "127.0.0.1", ASKER, ",'method':'mail','step':'begin'", "special-use", 77 },
		{ "special use", "192.88.99.1", ASKER, ",'method':'txt','step':'begin'", "special-use", 77 },
		{ "no names", "198.18.1.77", ASKER, ",'method':'mail','step':'begin'", "no-ptr", 77 },
		{ "a name that leads elsewhere", "198.18.1.78", ASKER, ",'method':'mail','step':'begin'",
		    "no-ptr", 77 },
		{ "the DNS fails", "198.18.1.79", ASKER, ",'method':'mail','step':'begin'", "resolver", 75 },
		{ "its address fails", "198.18.1.80", ASKER, ",'method':'mail','step':'begin'",
		    "resolver", 75 },
	};
	struct guests *p = *state;

	fixture_dns(p->f, "198.18.1.78 ptr other.example\nother.example a 198.18.1.1\n"
	    "198.18.1.79 fail\n198.18.1.80 ptr slow.example\nslow.example fail\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		printf("# %s\n", cases[i].name);
		expect_error(prove(p, cases[i].addr, cases[i].asker, cases[i].more),
		    cases[i].tag, cases[i].exit);
	}
	assert_int_equal(p->f->letters, 0);
	assert_int_equal(basis_of(p, target(9), NULL), BASIS_NONE);
}

static void
no_relay_no_letters(void **state)
{
	struct guests *p = *state;

	set(p->f, "mail.relay", "");
	expect_error(prove(p, OWNER, ASKER, ",'method':'mail','step':'begin'"),
	    "no-mail-relay", 69);
	assert_int_equal(p->f->questions, 0);
}

static void
no_prober_no_names(void **state)
{
	struct guests *p = *state;

	channel_free(p->f->probe);
	p->f->probe = NULL;
	pass(p->f, 0);
	expect_error(prove(p, OWNER, ASKER, ",'method':'mail','step':'begin'"), "resolver", 75);
	expect_ok(prove(p, OWNER, ASKER, ",'method':'txt','step':'begin'"));
	assert_int_equal(json_array_size(json_object_get(p->web->done, "names")), 1);
}

/* --- a record --- */

#define NAMES "198.18.1.9 ptr mx.example\n198.18.1.9 ptr liar.example\n" \
	"mx.example a 198.18.1.9\nliar.example a 198.18.1.1\n"

static void
begin_txt(struct guests *p, char claim[CLAIM_TEXT], char value[CLAIM_VALUE])
{
	json_t *o = prove(p, OWNER, ASKER, ",'method':'txt','step':'begin'");

	expect_ok(o);
	snprintf(claim, CLAIM_TEXT, "%s", text_of(o, "claim"));
	snprintf(value, CLAIM_VALUE, "%s", text_of(o, "value"));
	assert_int_equal(int_of(o, "until"), keep_now(p->f->keep).s + CLAIM_S);
}

static void
by_a_record(void **state)
{
	static const char *const at[] = { "_sekimori.9.1.18.198.in-addr.arpa", "_sekimori.mx.example" };
	struct guests *p = *state;
	char claim[CLAIM_TEXT], value[CLAIM_VALUE], dns[512];
	json_t *o, *names;

	for (size_t i = 0; i < 2; i++) {
		fixture_dns(p->f, NAMES);
		begin_txt(p, claim, value);
		names = json_object_get(p->web->done, "names");
		assert_int_equal(json_array_size(names), 2);	/* not the liar's */
		assert_string_equal(json_string_value(json_array_get(names, 0)), at[0]);
		assert_string_equal(json_string_value(json_array_get(names, 1)), at[1]);
		o = check(p, OWNER, "txt", claim, "");
		expect_error(o, "proof-not-found", 77);
		snprintf(dns, sizeof(dns), NAMES "%s txt v=spf1 -all\n%s txt %s\n", at[i], at[i], value);
		fixture_dns(p->f, dns);
		o = check(p, OWNER, "txt", claim, "");
		expect_ok(o);
		assert_string_equal(text_of(o, "name"), at[i]);
		assert_string_equal(text_of(o, "method"), "txt");
		assert_true(is_owner(p, text_of(json_incref(o), "grant")));
		json_decref(o);
		assert_int_equal(basis_of(p, target(9), NULL), BASIS_OWNER);
		expect_error(check(p, OWNER, "txt", claim, ""), "claim-used", 77);
		pass(p->f, 3700);
	}
}

static void
records_that_prove_nothing(void **state)
{
	struct guests *p = *state;
	char claim[CLAIM_TEXT], value[CLAIM_VALUE], old[CLAIM_VALUE], dns[1024];
	json_t *found;

	fixture_dns(p->f, NAMES);
	begin_txt(p, claim, old);	/* of an earlier claim, left behind */
	pass(p->f, 2);
	begin_txt(p, claim, value);
	assert_string_not_equal(value, old);
	snprintf(dns, sizeof(dns), NAMES
	    "_sekimori.mx.example txt %s\n"		/* another claim's */
	    "_sekimori.mx.example txt %s-and-more\n"
	    "_sekimori.liar.example txt %s\n"		/* not confirmed */
	    "mx.example txt %s\n"			/* not below _sekimori */
	    "_sekimori.example txt %s\n", old, value, value, value, value);
	fixture_dns(p->f, dns);
	expect_error(check(p, OWNER, "txt", claim, ""), "proof-not-found", 77);
	found = json_object_get(p->web->done, "found");
	assert_int_equal(json_array_size(found), 1);
	assert_string_equal(text_of(json_array_get(found, 0), "name"), "_sekimori.mx.example");
	assert_int_equal(json_array_size(json_object_get(json_array_get(found, 0), "texts")), 2);
	assert_int_equal(basis_of(p, target(9), NULL), BASIS_NONE);
}

static void
hostile_records_are_cleaned_and_fit(void **state)
{
	struct guests *p = *state;
	char claim[CLAIM_TEXT], value[CLAIM_VALUE], dns[4096];
	size_t n;

	fixture_dns(p->f, NAMES);
	begin_txt(p, claim, value);
	n = (size_t)snprintf(dns, sizeof(dns), NAMES);
	for (int i = 0; i < 12; i++)
		n += (size_t)snprintf(dns + n, sizeof(dns) - n,
		    "_sekimori.mx.example txt <script>\x01\xff\"\\%0200d\n", i);
	fixture_dns(p->f, dns);
	expect_error(check(p, OWNER, "txt", claim, ""), "proof-not-found", 77);
	assert_true(json_object_get(p->web->done, "found") != NULL);
}

static void
slow_dns_is_not_a_no(void **state)
{
	struct guests *p = *state;
	char claim[CLAIM_TEXT], value[CLAIM_VALUE];

	fixture_dns(p->f, NAMES);
	begin_txt(p, claim, value);
	fixture_dns(p->f, NAMES "_sekimori.mx.example fail\n");
	expect_error(check(p, OWNER, "txt", claim, ""), "resolver", 75);
}

/* --- claims --- */

static void
claims_that_do_not_hold(void **state)
{
	struct guests *p = *state;
	char claim[CLAIM_TEXT], value[CLAIM_VALUE], bent[CLAIM_TEXT];

	fixture_dns(p->f, NAMES);
	begin_txt(p, claim, value);
	expect_error(check(p, "198.18.1.8", "txt", claim, ""), "bad-claim", 65);
	expect_error(check(p, OWNER, "mail", claim, ""), "bad-claim", 65);
	for (size_t i = 0; i < strlen(claim); i++) {
		memcpy(bent, claim, sizeof(bent));
		bent[i] = bent[i] == 'a' ? 'b' : 'a';
		expect_error(check(p, OWNER, "txt", bent, ""), "bad-claim", 65);
	}
	assert_int_equal(token_new_key(p->f->keep), 0);	/* one that is out goes on */
	expect_error(check(p, OWNER, "txt", claim, ""), "proof-not-found", 77);
	pass(p->f, CLAIM_S);
	expect_error(check(p, OWNER, "txt", claim, ""), "claim-expired", 77);
}

/* --- a code --- */

static void
code_of_letter(struct fixture *f, char code[CLAIM_CODE])
{
	struct mime_text t;
	struct mime_decoder d;
	char text[8192];
	size_t n = 0;
	ptrdiff_t at;
	int c;

	assert_int_equal(mime_first_text(&t, str_of(f->letter)), 0);
	d = mime_decoder_of(&t);
	while ((c = mime_next(&d)) >= 0 && n + 1 < sizeof(text))
		text[n++] = (char)c;
	text[n] = '\0';
	at = str_search((struct str){ text, n }, STR("Code: "));
	assert_true(at >= 0);
	snprintf(code, CLAIM_CODE, "%.9s", text + at + 6);
	assert_true(str_search((struct str){ text, n }, STR(ASKER)) >= 0);
	assert_true(str_search((struct str){ text, n }, STR(OWNER)) >= 0);
	assert_true(str_search((struct str){ text, n }, STR("If it was not you")) >= 0);
	assert_true(str_search((struct str){ text, n }, STR("お心当たりがなければ")) >= 0);
	assert_true(str_search((struct str){ text, n }, STR("確認コード: ")) >= 0);
}

static void
begin_mail(struct guests *p, char claim[CLAIM_TEXT])
{
	json_t *o;

	fixture_dns(p->f, NAMES);
	o = prove(p, OWNER, ASKER, ",'method':'mail','step':'begin'");
	expect_ok(o);
	assert_string_equal(text_of(o, "to"), "postmaster@mx.example");
	snprintf(claim, CLAIM_TEXT, "%s", text_of(o, "claim"));
}

static void
by_a_code(void **state)
{
	struct guests *p = *state;
	char claim[CLAIM_TEXT], code[CLAIM_CODE], loose[32];
	json_t *o;

	begin_mail(p, claim);
	assert_int_equal(p->f->letters, 1);
	assert_string_equal(p->f->letter_rcpt, "postmaster@mx.example");
	assert_string_equal(p->f->letter_from, "postmaster@probe.example");
	assert_non_null(strstr(p->f->letter, "\r\nAuto-Submitted: auto-generated\r\n"));
	for (const char *c = p->f->letter; *c != '\0'; c++)
		assert_true((unsigned char)*c < 0x80);
	code_of_letter(p->f, code);
	assert_null(strstr(p->f->letter, code));	/* base64 hides it, at least */
	snprintf(loose, sizeof(loose), " %c%c%.20s ", code[0] & ~0x20, code[1], code + 2);
	o = check(p, OWNER, "mail", claim, code[0] >= 'a' ? loose : code);
	expect_ok(o);
	assert_string_equal(text_of(o, "method"), "mail");
	assert_true(is_owner(p, text_of(json_incref(o), "grant")));
	json_decref(o);
	assert_int_equal(basis_of(p, target(9), NULL), BASIS_OWNER);
	expect_error(check(p, OWNER, "mail", claim, code), "claim-used", 77);
}

static void
five_wrong_codes(void **state)
{
	struct guests *p = *state;
	char claim[CLAIM_TEXT], code[CLAIM_CODE];

	begin_mail(p, claim);
	code_of_letter(p->f, code);
	expect_error(check(p, OWNER, "mail", claim, ""), "wrong-code", 77);
	assert_int_equal(int_of(p->web->done, "left"), 4);
	expect_error(check(p, OWNER, "mail", claim, "aaaa-aaaa"), "wrong-code", 77);
	expect_error(check(p, OWNER, "mail", claim, "aaaa-aaaa-a"), "wrong-code", 77);
	expect_error(check(p, OWNER, "mail", claim, "!!!!!!!!"), "wrong-code", 77);
	expect_error(check(p, OWNER, "mail", claim, "bbbbbbbb"), "wrong-code", 77);
	assert_int_equal(int_of(p->web->done, "left"), 0);
	expect_error(check(p, OWNER, "mail", claim, code), "claim-used", 77);
	assert_int_equal(basis_of(p, target(9), NULL), BASIS_NONE);
}

static void
letters_are_few(void **state)
{
	struct guests *p = *state;
	char more[128], claim[CLAIM_TEXT];
	json_t *o;

	begin_mail(p, claim);
	o = prove(p, OWNER, "192.0.2.1", ",'method':'mail','step':'begin'");
	expect_error(o, "code-limit", 75);		/* one in ten minutes */
	assert_in_range(int_of(o, "retry_after"), 1, 600);
	for (int i = 1; i < 3; i++) {
		pass(p->f, 601);
		begin_mail(p, claim);
	}
	pass(p->f, 601);
	o = prove(p, OWNER, ASKER, ",'method':'mail','step':'begin'");
	expect_error(o, "code-limit", 75);		/* three a day for one asker */
	for (int i = 3; i < 5; i++) {
		snprintf(more, sizeof(more), "198.51.%d.1", 100 + i);
		expect_ok(prove(p, OWNER, more, ",'method':'mail','step':'begin'"));
		pass(p->f, 601);
	}
	o = prove(p, OWNER, "192.0.2.1", ",'method':'mail','step':'begin'");
	expect_error(o, "code-limit", 75);		/* five a day for one address */
	assert_int_equal(p->f->letters, 5);
	set(p->f, "web.codes_per_day", "5");
	fixture_dns(p->f, "198.18.1.10 ptr m10.example\nm10.example a 198.18.1.10\n");
	o = prove(p, "198.18.1.10", "192.0.2.1", ",'method':'mail','step':'begin'");
	expect_error(o, "code-limit", 75);		/* in all */
	pass(p->f, 86401);
	expect_ok(prove(p, "198.18.1.10", "192.0.2.1", ",'method':'mail','step':'begin'"));
}

static void
letter_that_is_not_taken(void **state)
{
	struct guests *p = *state;

	p->f->letter_bad = true;
	fixture_dns(p->f, NAMES);
	expect_error(prove(p, OWNER, ASKER, ",'method':'mail','step':'begin'"),
	    "letter-refused", 75);
	assert_null(strstr(text_of(p->web->done, "text"), "not from you"));
	pass(p->f, 601);
	expect_error(guest_ask(p->tool, "{'verb':'prove','addr':'" OWNER "','method':'mail',"
	    "'step':'begin'}"), "letter-refused", 75);	/* the operator may know */
	assert_non_null(strstr(text_of(p->tool->done, "text"), "550 5.7.1 not from you"));
}

static void
relay_that_is_slow_or_gone(void **state)
{
	struct guests *p = *state;
	struct msg_letter_done late = { .id = 1, .ok = 1 };

	p->f->letter_mute = true;
	fixture_dns(p->f, NAMES);
	assert_null(prove(p, OWNER, ASKER, ",'method':'mail','step':'begin'"));
	pass(p->f, 8);
	expect_ok(p->web->done);	/* it is on its way, as far as we know */
	send_to(p->f->probe, MSG_LETTER_DONE, &late);
	pass(p->f, 700);
	assert_null(prove(p, OWNER, ASKER, ",'method':'mail','step':'begin'"));
	guest_drop(p->web);		/* nobody waits */
	pass(p->f, 700);
	assert_null(prove(p, OWNER, ASKER, ",'method':'mail','step':'begin'"));
	channel_free(p->f->probe);
	p->f->probe = NULL;
	pass(p->f, 0);
	expect_error(p->web->done, "letter-refused", 75);
}

/* --- a killed keeper --- */

static void
die_at_commit(void *ctx, const char *statement)
{
	if (strcmp(statement, ctx) == 0)
		kill(getpid(), SIGKILL);
}

static int
use_claim(struct keep *k, const struct claim *c)
{
	struct wall until;
	int err = keep_write(k);

	if (err == 0)
		err = claim_used(k, c);
	if (err == 0)
		err = nominate_owner(k, &c->addr, BASIS_OWNER, STR("txt"), STR("w"), &until);
	err = keep_done(k, err);
	return err != 0 ? err : keep_flush(k);
}

/* Uses it in a process that dies at that statement, or right after the answer. */
static void
use_and_die(const char *dir, const struct claim *c, const char *statement)
{
	char why[STORE_WHY];
	struct rig *r;
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid > 0) {
		assert_int_equal(waitpid(pid, &status, 0), pid);
		return;
	}
	r = rig_new(dir);
	if (!rig_up(r, why))
		_exit(3);
	store_test_hook = die_at_commit;
	store_test_ctx = (void *)(uintptr_t)statement;
	_exit(use_claim(&r->k, c) == 0 ? 0 : 4);
}

/* The claim is used and the basis stands, or neither. */
static void
killed_keeper_keeps_both_or_none(void **state)
{
	static const struct { const char *statement, *refused; int nominees; } cases[] = {
		{ "claim", NULL, 0 }, { "nominee", NULL, 0 }, { "keep", NULL, 0 },
		{ "commit", NULL, 0 }, { "none", "claim-used", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char dir[64] = "/tmp/sekimori-claim.XXXXXX", why[STORE_WHY];
		struct addr a = target(9);
		const char *refused;
		struct claim c, again;
		char text[CLAIM_TEXT];
		unsigned n = 0;
		struct rig *r;

		assert_non_null(mkdtemp(dir));
		r = rig_new(dir);
		assert_true(rig_up(r, why));
		claim_make(&c, &r->k, &a, PROOF_TXT);
		claim_text(text, &c);
		rig_down(r);
		use_and_die(dir, &c, cases[i].statement);
		assert_true(rig_up(r, why));
		assert_int_equal(claim_read(&again, &r->k, str_of(text), &a, PROOF_TXT), 0);
		refused = claim_refused(&r->k, &again);
		assert_int_equal(store_each(r->k.store, Q_NOMINEE_BY_ADDR, ARGS(ARG_A(a)),
		    count_nominees, &n), 0);
		if ((refused == NULL) != (cases[i].refused == NULL) || (int)n != cases[i].nominees)
			fail_msg("killed at %s: refused %s, %u bases", cases[i].statement,
			    refused == NULL ? "no" : refused, n);
		/* and once is once */
		assert_int_equal(use_claim(&r->k, &again), refused == NULL ? 0 : STORE_NONE);
		assert_string_equal(claim_refused(&r->k, &again), "claim-used");
		rig_free(r);
		rig_remove_dir(dir);
	}
}

/* --- names --- */

static void
names_are_looked_up_within_a_quota(void **state)
{
	struct guests *p = *state;
	struct addr a = addr_v4(203, 0, 113, 0), b = addr_v4(203, 0, 112, 0);

	for (int i = 0; i < QUOTA_NAMES - 1; i++)
		assert_int_equal(quota_take(p->f->keep, &a), 0);
	fixture_dns(p->f, NAMES);
	expect_ok(prove(p, OWNER, ASKER, ",'method':'txt','step':'begin'"));
	expect_error(prove(p, OWNER, ASKER, ",'method':'txt','step':'begin'"), "asker-limit", 75);
	assert_true(int_of(p->web->done, "retry_after") > 3000);
	assert_int_equal(quota_take(p->f->keep, &b), 0);
	pass(p->f, QUOTA_S);
	expect_ok(prove(p, OWNER, ASKER, ",'method':'txt','step':'begin'"));
	/* many networks: bounded memory, and an end in all */
	for (unsigned i = 0; i < QUOTA_ALL; i++) {
		struct addr net = addr_v4((uint8_t)(11 + i / 65536), (uint8_t)(i >> 8),
		    (uint8_t)i, 0);

		(void)quota_take(p->f->keep, &net);
	}
	assert_true(quota_take(p->f->keep, &b) > 0);
}

static void
dropped_while_names_are_looked_up(void **state)
{
	struct guests *p = *state;

	fixture_dns(p->f, NAMES);
	guest_send(p->web, "{'verb':'prove','addr':'" OWNER "','asker':'" ASKER
	    "','method':'mail','step':'begin'}");
	guest_drop(p->web);
	pass(p->f, 10);
	assert_null(p->web->done);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, proofs_open, guests_close)
		T(by_source_address),
		T(opt_out_between_needs_a_new_proof),
		T(source_has_its_limit),
		T(every_refusal),
		T(no_relay_no_letters),
		T(no_prober_no_names),
		T(by_a_record),
		T(records_that_prove_nothing),
		T(hostile_records_are_cleaned_and_fit),
		T(slow_dns_is_not_a_no),
		T(claims_that_do_not_hold),
		T(by_a_code),
		T(five_wrong_codes),
		T(letters_are_few),
		T(letter_that_is_not_taken),
		T(relay_that_is_slow_or_gone),
		cmocka_unit_test(killed_keeper_keeps_both_or_none),
		T(names_are_looked_up_within_a_quota),
		T(dropped_while_names_are_looked_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
