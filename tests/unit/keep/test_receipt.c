/* What counts as proof, and what only looks like it (relay-tests section 6). */
#include "fixture.h"

/* What the target writes above a letter of ours. */
#define SEEN "Received: from probe.example (probe.example [198.18.0.1])\r\n" \
	"\tby mail.target.example (Postfix) with ESMTP id 7; date\r\n"

/* One accepted and undelivered form, and the tokens that went with it. */
static struct sent *
sink(struct fixture *f, uint8_t last)
{
	f->does = DOES_SINK;
	assert_int_equal(nominate(f, target(last), DEPTH_GENTLE), 0);
	pass(f, 4);
	for (size_t i = f->n_sent; i-- > 0; )
		if (f->sent[i].addr.o[15] == last)
			return &f->sent[i];
	fail_msg("nothing was sent");
	return NULL;
}

static const char *
at(char out[160], const char *local)
{
	snprintf(out, 160, "%s@probe.example", local);
	return out;
}

static bool
proves(struct fixture *f, const struct sent *s, const char *from,
    const char *rcpt, const char *text)
{
	deliver(f, &s->addr, from, rcpt, text);
	pass(f, 2);
	return listed(f, s->addr, NULL);
}

static void
the_probe_itself_proves(void **state)
{
	struct fixture *f = *state;
	struct sent *s = sink(f, 30);
	char text[4096], rcpt[160];

	letter_text(text, sizeof(text), s);
	assert_true(proves(f, s, "x@y.example", at(rcpt, s->recipient), text));
	assert_int_equal(f->stored_code, 250);
}

static void
token_elsewhere_than_in_the_envelope_never_counts(void **state)
{
	struct fixture *f = *state;
	struct sent *s = sink(f, 31);
	char text[4096], rcpt[160];

	letter_text(text, sizeof(text), s);
	/* a whole probe, but to the postmaster */
	assert_false(proves(f, s, "", "postmaster@probe.example", text));
	/* to the sender token: a bounce at most */
	assert_false(proves(f, s, "a@b.example", at(rcpt, s->sender), text));
	/* as the envelope sender */
	assert_false(proves(f, s, at(rcpt, s->recipient), "abuse@probe.example", text));
}

static void
what_only_speaks_of_the_probe_never_counts(void **state)
{
	struct fixture *f = *state;
	struct sent *s = sink(f, 32);
	char text[8192], rcpt[160];
	const char *to = at(rcpt, s->recipient);

	assert_false(proves(f, s, "a@b.example", to, "Subject: hi\r\n\r\nhi\r\n"));
	snprintf(text, sizeof(text), "Subject: %s\r\n\r\n%s\r\n", s->recipient, s->block);
	assert_false(proves(f, s, "a@b.example", to, text));
	snprintf(text, sizeof(text), "Subject: Re\r\n\r\n> " LETTER_FIELD ": %s\r\n>\r\n> %s\r\n",
	    s->recipient, s->block);
	assert_false(proves(f, s, "a@b.example", to, text));
	snprintf(text, sizeof(text), LETTER_FIELD ": %s\r\n\r\nno block\r\n", s->recipient);
	assert_false(proves(f, s, "a@b.example", to, text));
}

static void
the_block_of_another_attempt_never_counts(void **state)
{
	struct fixture *f = *state;
	struct sent a = *sink(f, 33), b = *sink(f, 34), mixed = a;
	char text[4096], rcpt[160];

	memcpy(mixed.block, b.block, sizeof(mixed.block));
	letter_text(text, sizeof(text), &mixed);
	assert_false(proves(f, &a, "", at(rcpt, a.recipient), text));
}

static void
forged_and_strange_recipients_are_refused_at_rcpt(void **state)
{
	struct fixture *f = *state;
	struct sent *s = sink(f, 35);
	char rcpt[160], forged[80];

	snprintf(forged, sizeof(forged), "%s", s->recipient);
	forged[20] = forged[20] == 'a' ? 'b' : 'a';
	const struct { const char *rcpt; unsigned want; } cases[] = {
		{ forged, 550 }, { "root", 550 }, { "", 550 },
		{ "postmaster", 250 }, { "abuse", 250 }, { "OptOut", 250 },
		{ s->recipient, 250 }, { s->sender, 250 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask_rcpt(f, at(rcpt, cases[i].rcpt));
		pass(f, 1);
		if (f->rcpt_code != cases[i].want)
			fail_msg("%s: got %u, want %u", cases[i].rcpt,
			    f->rcpt_code, cases[i].want);
	}
	ask_rcpt(f, "postmaster@other.example");
	pass(f, 1);
	assert_int_equal(f->rcpt_code, 550);
}

static void
a_token_for_one_target_lists_no_other(void **state)
{
	struct fixture *f = *state;
	struct sent a = *sink(f, 36);
	struct addr other = target(37);
	char text[4096], rcpt[160];

	letter_text(text, sizeof(text), &a);
	deliver(f, &other, "", at(rcpt, a.recipient), text);
	pass(f, 2);
	assert_false(listed(f, other, NULL));
	assert_false(listed(f, a.addr, NULL));	/* unlinked: only the second one */
}

/* Whoever holds a probe and hands it in from a host of his own. */
static void
a_stranger_lists_nobody(void **state)
{
	static const char *const above[] = {
		"",				/* the letter alone */
		SEEN,				/* as the target gave it to him */
		"Received: from mail.target.example (mail.target.example [203.0.113.9])\r\n"
		"\tby relay.example (Postfix) with ESMTP id 9; date\r\n" "Received: by gap.example; date\r\n" SEEN,
	};
	struct fixture *f = *state;
	struct addr stranger = target(99);
	char text[8192], rcpt[160];

	for (uint8_t i = 0; i < sizeof(above) / sizeof(above[0]); i++) {
		struct sent a = *sink(f, (uint8_t)(50 + i));
		size_t n = (size_t)snprintf(text, sizeof(text), "%s", above[i]);

		letter_text(text + n, sizeof(text) - n, &a);
		deliver(f, &stranger, "x@y.example", at(rcpt, a.recipient), text);
		pass(f, 2);
		assert_int_equal(f->stored_code, 250);
		if (listed(f, a.addr, NULL) || listed(f, stranger, NULL))
			fail_msg("case %u lists somebody", i);
		/* and once more: it is the same token */
		deliver(f, &stranger, "x@y.example", rcpt, text);
		pass(f, 2);
		assert_false(listed(f, a.addr, NULL));
	}
}

static void
a_bare_token_from_anywhere_lists_nobody(void **state)
{
	struct fixture *f = *state;
	struct addr from[] = { target(99), target(60) };
	char text[1024], rcpt[160];

	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		struct sent a = *sink(f, 60);

		snprintf(text, sizeof(text), LETTER_FIELD ": %s\r\nSubject: %s\r\n\r\n%s\r\n",
		    a.recipient, a.recipient, a.recipient);
		deliver(f, &from[i], "", at(rcpt, a.recipient), text);
		pass(f, 2);
		assert_int_equal(f->stored_code, 250);
		assert_false(listed(f, a.addr, NULL));
		assert_int_not_equal(verdict(f, a.addr, NULL), VERDICT_OPEN);
	}
}

static void
a_probe_with_a_changed_envelope_lists_nobody(void **state)
{
	struct fixture *f = *state;
	struct sent a = *sink(f, 61), b = *sink(f, 62);
	char text[4096], rcpt[160], forged[80];
	const char *to[] = { b.recipient, b.sender, a.sender, "postmaster", "abuse", forged };

	letter_text(text, sizeof(text), &a);
	snprintf(forged, sizeof(forged), "%s", a.recipient);
	forged[25] = forged[25] == 'a' ? 'b' : 'a';
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		deliver(f, &a.addr, "x@y.example", at(rcpt, to[i]), text);
		pass(f, 2);
		if (listed(f, a.addr, NULL) || listed(f, b.addr, NULL))
			fail_msg("to %s: somebody is listed", to[i]);
	}
	assert_int_not_equal(verdict(f, a.addr, NULL), VERDICT_OPEN);
	assert_int_not_equal(verdict(f, b.addr, NULL), VERDICT_OPEN);
}

/* Token for $T, block for $B. */
static void
fill(char *out, size_t cap, const char *with, const struct sent *s)
{
	size_t n = 0;

	for (; *with != '\0' && n + LETTER_BLOCK < cap; with++) {
		if (*with == '$') {
			with++;
			n += (size_t)snprintf(out + n, cap - n, "%s",
			    *with == 'T' ? s->recipient : s->block);
		} else
			out[n++] = *with;
	}
	out[n] = '\0';
}

static void
a_probe_in_a_ticket_lists_nobody(void **state)
{
	static const char *const tickets[] = {
		"Subject: [#4711] relay test\r\n\r\nWe got this:\r\n\r\n" LETTER_FIELD ": $T\r\n\r\n$B\r\n",
		LETTER_FIELD ": $T\r\nAuto-Submitted: auto-replied\r\nSubject: your ticket\r\n\r\n$B\r\n",
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
		"Content-Type: text/plain\r\n\r\nsee below\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
		LETTER_FIELD ": $T\r\n\r\n$B\r\n--b--\r\n",
		LETTER_FIELD ": $T\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
		"Content-Type: text/plain\r\n\r\nsee below\r\n--b\r\nContent-Type: text/plain\r\n\r\n$B\r\n--b--\r\n",
		"MIME-Version: 1.0\r\nContent-Type: multipart/report; boundary=b\r\n" LETTER_FIELD ": $T\r\n\r\n--b\r\n"
		"Content-Type: text/plain\r\n\r\n$B\r\n--b--\r\n",
	};
	struct fixture *f = *state;
	char text[8192], rcpt[160], quoted[2 * LETTER_BLOCK];

	for (uint8_t i = 0; i < sizeof(tickets) / sizeof(tickets[0]); i++) {
		struct sent a = *sink(f, (uint8_t)(70 + i));
		struct str rest = str_of(a.block);
		size_t n = 0;

		fill(text, sizeof(text), tickets[i], &a);
		if (proves(f, &a, "help@corp.example", at(rcpt, a.recipient), text) ||
		    verdict(f, a.addr, NULL) == VERDICT_OPEN)
			fail_msg("ticket %u proves", i);
		while (rest.n > 0) {	/* the same, quoted in a whole header of a probe */
			struct str line = str_cut(&rest, '\n');

			n += (size_t)snprintf(quoted + n, sizeof(quoted) - n, "> %.*s\r\n",
			    (int)line.n, line.p);
		}
		snprintf(text, sizeof(text), LETTER_FIELD ": %s\r\nSubject: Re: relay test\r\n\r\n%s",
		    a.recipient, quoted);
		assert_false(proves(f, &a, "help@corp.example", rcpt, text));
	}
}

/* By somebody who got the letter at the target: through the target itself. */
static const struct { const char *name, *above; int64_t after_s; } handed_on[] = {
	{ "with an account", "Received: from laptop (unknown [10.0.0.20])\r\n\t(Authenticated sender: eve)\r\n"
	    "\tby mail.target.example (Postfix) with ESMTPSA id 12; date\r\n" SEEN, 60 },
	{ "from another client", "Received: from laptop (unknown [10.0.0.20])\r\n"
	    "\tby mail.target.example (Postfix) with ESMTP id 12; date\r\n" SEEN, 60 },
	{ "by a shell, later", "Received: by mail.target.example (Postfix, from userid 1000)\r\n\tid 12; date\r\n" SEEN, 900 },
	{ "out of a mailbox", "Delivered-To: all@target.example\r\n" SEEN, 1 },
	{ "redirected", "Resent-From: eve@target.example\r\n" SEEN, 1 },
	{ "a day later, without a trace", "", 86400 },
};

static void
what_was_handed_on_lists_with_a_second_proof_alone(void **state)
{
	struct fixture *f = *state;
	char text[8192], rcpt[160];
	struct listing l;

	for (uint8_t i = 0; i < sizeof(handed_on) / sizeof(handed_on[0]); i++) {
		struct sent a = *sink(f, (uint8_t)(80 + i)), b;
		size_t n = (size_t)snprintf(text, sizeof(text), "%s", handed_on[i].above);

		f->does = DOES_REFUSE;
		letter_text(text + n, sizeof(text) - n, &a);
		pass(f, handed_on[i].after_s);
		if (proves(f, &a, "", at(rcpt, a.recipient), text))
			fail_msg("%s: it lists", handed_on[i].name);
		assert_int_equal(verdict(f, a.addr, NULL), VERDICT_OPEN);
		/* an hour later the test is repeated, and a letter of that one lists */
		f->does = DOES_SINK;
		pass(f, PROOF_APART_S + 600);
		b = f->sent[f->n_sent - 1];
		for (size_t k = f->n_sent; k-- > 0 && !addr_eq(&b.addr, &a.addr);)
			b = f->sent[k];
		assert_true(addr_eq(&b.addr, &a.addr) && b.attempt != a.attempt);
		letter_text(text, sizeof(text), &b);
		if (!proves(f, &b, "", at(rcpt, b.recipient), text))
			fail_msg("%s: the second proof lists nobody", handed_on[i].name);
		assert_true(listed(f, a.addr, &l));
		assert_int_equal(l.proofs, 2);
	}
}

static void
a_replayed_token_counts_once(void **state)
{
	struct fixture *f = *state;
	struct sent a = *sink(f, 38);
	struct listing l;
	char text[4096], rcpt[160];

	letter_text(text, sizeof(text), &a);
	assert_true(proves(f, &a, "", at(rcpt, a.recipient), text));
	f->does = DOES_NOTHING;
	pass(f, 3 * 3600);
	deliver(f, &a.addr, "", at(rcpt, a.recipient), text);
	pass(f, 2);
	assert_true(listed(f, a.addr, &l));
	assert_int_equal(l.proofs, 1);
}

static void
a_token_dies_after_ten_days(void **state)
{
	struct fixture *f = *state;
	struct sent a = *sink(f, 39);
	char text[4096], rcpt[160];

	f->does = DOES_REFUSE;
	letter_text(text, sizeof(text), &a);
	pass(f, TOKEN_LIFE_S - 60);
	ask_rcpt(f, at(rcpt, a.recipient));
	pass(f, 120);
	assert_int_equal(f->rcpt_code, 250);
	ask_rcpt(f, rcpt);
	pass(f, 1);
	assert_int_equal(f->rcpt_code, 550);
	assert_false(proves(f, &a, "", rcpt, text));
}

static void
late_delivery_within_its_life_is_open(void **state)
{
	struct fixture *f = *state;
	struct sent a = *sink(f, 40);
	char text[4096], rcpt[160];

	f->does = DOES_REFUSE;
	letter_text(text + snprintf(text, sizeof(text), SEEN), sizeof(text) - sizeof(SEEN), &a);
	pass(f, 7 * 86400);
	assert_true(proves(f, &a, "", at(rcpt, a.recipient), text));
	assert_int_equal(verdict(f, a.addr, NULL), VERDICT_OPEN);
}

static void
what_we_hand_in_ourselves_never_counts(void **state)
{
	struct fixture *f = *state;
	struct sent a = *sink(f, 43);
	char text[4096], rcpt[160];

	letter_text(text, sizeof(text), &a);
	deliver(f, &f->conf->probe_from, "", at(rcpt, a.recipient), text);
	pass(f, 2);
	assert_int_equal(f->stored_code, 250);
	assert_int_not_equal(verdict(f, a.addr, NULL), VERDICT_OPEN);
	/* the target's own mail still does */
	assert_true(proves(f, &a, "", rcpt, text));
}

static enum finding
finding_of(struct fixture *f, uint64_t attempt)
{
	struct attempt a;
	enum finding was;

	assert_int_equal(store_one(f->keep->store, Q_ATTEMPT_BY_ID,
	    ARGS(ARG_I(attempt)), &a), 0);
	was = a.finding;
	store_forget(f->keep->store);
	return was;
}

static void
a_word_of_delay_is_no_bounce(void **state)
{
	static const struct { const char *name, *text; enum finding want; } cases[] = {
		{ "delayed", "Subject: x\r\n\r\nAction: delayed\r\n", FIND_ACCEPTED },
		{ "relayed", "Subject: x\r\n\r\nFinal-Recipient: a\r\nAction: relayed\r\n", FIND_ACCEPTED },
		{ "Exim's warning", "Subject: Warning: message 1a delayed 24 hours\r\n\r\nhi\r\n", FIND_ACCEPTED },
		{ "failed beside delayed", "Subject: x\r\n\r\nAction: delayed\r\n\r\nAction: failed\r\n", FIND_BOUNCED },
	};
	struct fixture *f = *state;
	struct sent a = *sink(f, 42);
	char rcpt[160];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		deliver(f, &a.addr, "", at(rcpt, a.sender), cases[i].text);
		pass(f, 1);
		if (finding_of(f, a.attempt) != cases[i].want)
			fail_msg("%s: got %s", cases[i].name,
			    finding_name(finding_of(f, a.attempt)));
	}
}

static void
a_form_that_was_refused_cannot_have_come_back(void **state)
{
	struct fixture *f = *state;
	char text[4096], rcpt[160];
	struct sent a;

	f->does = DOES_REFUSE;
	assert_int_equal(nominate(f, target(41), DEPTH_GENTLE), 0);
	pass(f, 30);
	a = f->sent[f->n_sent - 1];
	letter_text(text, sizeof(text), &a);
	assert_false(proves(f, &a, "", at(rcpt, a.recipient), text));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
	const struct CMUnitTest tests[] = {
		T(the_probe_itself_proves),
		T(token_elsewhere_than_in_the_envelope_never_counts),
		T(what_only_speaks_of_the_probe_never_counts),
		T(the_block_of_another_attempt_never_counts),
		T(forged_and_strange_recipients_are_refused_at_rcpt),
		T(a_token_for_one_target_lists_no_other),
		T(a_stranger_lists_nobody),
		T(a_bare_token_from_anywhere_lists_nobody),
		T(a_probe_with_a_changed_envelope_lists_nobody),
		T(a_probe_in_a_ticket_lists_nobody),
		T(what_was_handed_on_lists_with_a_second_proof_alone),
		T(a_replayed_token_counts_once),
		T(a_token_dies_after_ten_days),
		T(late_delivery_within_its_life_is_open),
		T(what_we_hand_in_ourselves_never_counts),
		T(a_word_of_delay_is_no_bounce),
		T(a_form_that_was_refused_cannot_have_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
