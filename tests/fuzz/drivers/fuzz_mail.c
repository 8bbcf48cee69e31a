/* A returned mail: header, text part, letter, chain, who handed it on. */
#include <stdlib.h>

#include "fact/handover.h"
#include "fact/letter.h"
#include "wire/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define MUST(x) do { if (!(x)) abort(); } while (0)
#define BLOCK LETTER_BEGIN "\ntarget=192.0.2.25\n" LETTER_END

static void
must_lie_within(struct str s, struct str in)
{
	if (s.n > 0)
		MUST(s.p >= in.p && s.p + s.n <= in.p + in.n);
}

static void
read_header(struct str mail)
{
	struct msg m = msg_of(mail);
	struct msg_field f;
	struct str body;
	size_t at = m.at;
	unsigned fields = 0;

	while (msg_next_field(&f, &m) == 0) {
		must_lie_within(f.name, mail);
		must_lie_within(f.value, mail);
		MUST(f.name.n > 0 && m.at > at);
		at = m.at;
		fields++;
	}
	MUST(fields <= MSG_FIELDS);
	if (msg_body(&body, &m) == 0)
		must_lie_within(body, mail);
}

static void
read_text(struct str mail)
{
	struct mime_text t;
	struct mime_decoder d;
	size_t octets = 0;

	if (mime_first_text(&t, mail) != 0)
		return;
	must_lie_within(t.octets, mail);
	for (d = mime_decoder_of(&t); mime_next(&d) >= 0;)
		octets++;
	MUST(octets <= t.octets.n);
}

/* What stands alone links; the later it comes, the less it stands alone. */
static void
weigh(const struct chain *c, const struct chain_in *in)
{
	static const int64_t delays_s[] = { 0, 299, 301, 3601, 8 * 86400 };
	bool before = true;

	for (size_t i = 0; i < sizeof(delays_s) / sizeof(delays_s[0]); i++) {
		struct handover h;

		handover_weigh(&h, &(struct handover_in){ c, in, delays_s[i] });
		MUST(h.sign < HAND_N && h.why != NULL);
		MUST(!h.alone || (c->linked && before && h.why[0] == '\0'));
		MUST(h.alone || !c->linked || h.why[0] != '\0');
		MUST(!h.alone || h.sign <= HAND_PICKUP);
		before = h.alone;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str mail = { (const char *)p, n };
	struct chain_in in = {
		.mail = mail, .exit = addr_v4(203, 0, 113, 5),
		.exit_helo = STR("out.isp.example"), .entry = addr_v4(192, 0, 2, 25),
		.prober = addr_v4(198, 51, 100, 7), .ehlo = STR("rt.probe.example"),
	};
	struct chain c;

	read_header(mail);
	read_text(mail);
	if (letter_is(mail, STR("k7q2"), STR(BLOCK)) == LETTER_PROBE)
		MUST(n > sizeof(LETTER_FIELD BLOCK) / 2);
	for (int i = 0; i < 3; i++) {
		chain_read(&c, &in);
		MUST(c.linked == (c.single || c.found_us));
		MUST(c.found_us == (c.entry.line.n > 0));
		must_lie_within(c.entry.line, mail);
		must_lie_within(c.last, mail);
		weigh(&c, &in);
		if (i == 0)
			in.exit = in.entry;
		else
			in.ehlo = in.exit_helo;
	}
	return 0;
}
