#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fact/letter.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define TOKEN "k7q2abcdefghijklmnopqrstuvwxyz234567"
#define B1 LETTER_BEGIN "\n"
#define B2 "target=192.0.2.25 port=25 form=P01\n"
#define B3 "mac=abcdef234567\n"
#define B4 LETTER_END
#define BLOCK B1 B2 B3 B4
#define HEAD "Received: from a.example by b.example; date\n" \
	"Subject: relay test\nAuto-Submitted: auto-generated\n" \
	"Precedence: bulk\n" LETTER_FIELD ": " TOKEN "\n"
#define TEXT "This is a relay test.\n\n" BLOCK "\n\nStop it: optout@probe.example\n"
#define MULTI "Content-Type: multipart/mixed; boundary=\"=_x\"\n\n"

static const struct { const char *name; enum letter_is want; const char *mail; } cases[] = {
	{ "intact", LETTER_PROBE, HEAD "\n" TEXT },
	{ "footer appended by a list", LETTER_PROBE, HEAD "\n" TEXT "\n-- \nlist@corp.example\n" },
	{ "header in front", LETTER_PROBE, HEAD "\n[EXTERNAL]\n" TEXT },
	{ "white space at line ends", LETTER_PROBE, HEAD "\n" LETTER_BEGIN "  \n" B2 B3 LETTER_END "\t" },
	{ "token in capitals", LETTER_PROBE, LETTER_FIELD ":\n K7Q2ABCDEFGHIJKLMNOPQRSTUVWXYZ234567\n\n" TEXT },
	{ "begun twice, whole once", LETTER_PROBE, HEAD "\n" B1 B2 B1 B2 B3 B4 "\n" },
	{ "quoted-printable", LETTER_PROBE, HEAD "Content-Transfer-Encoding: quoted-printable\n\n"
	    "Hello=20\n=3D=3D=3D=3D=3DBEGIN SEKIMORI PRO=\nBE=3D=3D=3D=3D=3D\n"
	    "target=3D192.0.2.25 port=3D25 form=3DP01\nmac=3Dabcdef234567\n"
	    "=3D=3D=3D=3D=3DEND SEKIMORI PROBE=3D=3D=3D=3D=3D\n" },
	{ "wrapped for a footer", LETTER_PROBE, HEAD MULTI "--=_x\nContent-Type: text/plain\n\n" TEXT
	    "\n--=_x\n\nfooter\n--=_x--\n" },
	{ "wrapped twice, html beside", LETTER_PROBE, HEAD MULTI "--=_x\n"
	    "Content-Type: multipart/alternative; boundary=y\n\n--y\n\n" TEXT
	    "\n--y\nContent-Type: text/html\n\n<p>\n--y--\n--=_x\n\nfooter\n--=_x--\n" },
	{ "quoted in an answer", LETTER_NO_BLOCK, HEAD "\n> " B1 "> " B2 "> " B3 "> " B4 "\n" },
	{ "indented", LETTER_NO_BLOCK, HEAD "\n " B1 " " B2 " " B3 " " B4 "\n" },
	{ "a line between", LETTER_NO_BLOCK, HEAD "\n" B1 B2 "\n" B3 B4 "\n" },
	{ "a line changed", LETTER_NO_BLOCK, HEAD "\n" B1 "target=192.0.2.26 port=25 form=P01\n" B3 B4 "\n" },
	{ "cut before its end", LETTER_NO_BLOCK, HEAD "\n" B1 B2 B3 },
	{ "no body", LETTER_NO_BLOCK, HEAD },
	{ "block in the second part", LETTER_NO_BLOCK, HEAD MULTI "--=_x\n\nno\n--=_x\n\n" TEXT "--=_x--\n" },
	{ "block in html", LETTER_NO_BLOCK, HEAD "Content-Type: text/html\n\n" TEXT },
	{ "forwarded as attachment", LETTER_NO_HEADER, "Subject: Fwd\n" MULTI
	    "--=_x\n\nsee there\n--=_x\nContent-Type: message/rfc822\n\n" HEAD "\n" TEXT "--=_x--\n" },
	{ "forwarded as attachment, token copied on top", LETTER_NO_BLOCK, HEAD MULTI
	    "--=_x\nContent-Type: message/rfc822\n\n" HEAD "\n" TEXT "--=_x--\n" },
	{ "forwarded inline", LETTER_NO_HEADER, "Subject: FW: relay test\n\n"
	    "-----Original Message-----\n" HEAD "\n" TEXT },
	{ "token in the subject", LETTER_NO_HEADER, "Subject: " TOKEN "\n\n" TEXT },
	{ "token in the body", LETTER_NO_HEADER, "Subject: x\n\n" LETTER_FIELD ": " TOKEN "\n" TEXT },
	{ "another's token", LETTER_NO_HEADER, LETTER_FIELD ": k7q3\n\n" TEXT },
	{ "two tokens", LETTER_NO_HEADER, HEAD LETTER_FIELD ": k7q3\n\n" TEXT },
	{ "token and more", LETTER_NO_HEADER, LETTER_FIELD ": " TOKEN " x\n\n" TEXT },
	{ "a bounce", LETTER_BOUNCE, "Content-Type: multipart/report; report-type=delivery-status;\n boundary=x\n\n"
	    "--x\n\nfailed\n--x\nContent-Type: message/rfc822\n\n" HEAD "\n" TEXT "--x--\n" },
	{ "a bounce that copies all", LETTER_BOUNCE, HEAD "Content-Type: Multipart/Report; boundary=x\n\n" TEXT },
	{ "an autoresponder", LETTER_AUTO, "Auto-Submitted: auto-replied\nSubject: away\n\n" TEXT },
	{ "one that copies all", LETTER_AUTO, HEAD "auto-submitted: (vacation) auto-replied\n\n" TEXT },
	{ "one from before RFC 3834", LETTER_AUTO, "X-Autoreply: yes\n" HEAD "\n" TEXT },
	{ "one that says precedence", LETTER_AUTO, "Precedence: auto_reply\n" HEAD "\n" TEXT },
	{ "nothing", LETTER_NO_HEADER, "" },
};

static void
check(const char *name, struct str mail, enum letter_is want)
{
	enum letter_is got = letter_is(mail, STR(TOKEN), STR(BLOCK));

	if (got != want)
		fail_msg("%s: want %s, got %s", name, letter_is_name(want),
		    letter_is_name(got));
}

static void
letters_are_told_apart(void **state)
{
	char crlf[8192];

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		size_t n = 0;

		check(cases[i].name, str_of(cases[i].mail), cases[i].want);
		for (const char *p = cases[i].mail; *p != '\0'; p++) {
			if (*p == '\n')
				crlf[n++] = '\r';
			crlf[n++] = *p;
		}
		check(cases[i].name, (struct str){ crlf, n }, cases[i].want);
	}
}

/* RFC 2045 6.8 in lines of 76. */
static size_t
encode(char *out, const char *in)
{
	static const char abc[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = 0, len = strlen(in), col = 0;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)(uint8_t)in[i] << 16;

		v |= i + 1 < len ? (uint32_t)(uint8_t)in[i + 1] << 8 : 0;
		v |= i + 2 < len ? (uint32_t)(uint8_t)in[i + 2] : 0;
		for (int k = 0; k < 4; k++)
			out[n++] = i + (size_t)k > len ? '=' : abc[v >> (18 - 6 * k) & 63];
		if ((col += 4) % 76 == 0) {
			out[n++] = '\r';
			out[n++] = '\n';
		}
	}
	return n;
}

static void
base64_is_undone(void **state)
{
	static const char head[] = HEAD
	    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n";
	char mail[4096];
	size_t n = sizeof(head) - 1;

	(void)state;
	memcpy(mail, head, n);
	n += encode(mail + n, "\xe9\x96\xa2\xe5\xae\x88\r\n" TEXT);
	check("base64", (struct str){ mail, n }, LETTER_PROBE);
	check("base64 cut in the block", (struct str){ mail, n - 110 }, LETTER_NO_BLOCK);
	/* ours was base64; a gateway made 8bit of it */
	check("8bit", STR(HEAD "Content-Transfer-Encoding: 8bit\n\n\xe9\x96\xa2\n" TEXT),
	    LETTER_PROBE);
}

static void
long_lines_match_nothing(void **state)
{
	size_t n = 100000;
	char *mail = malloc(n);
	const size_t head = sizeof(HEAD "\n") - 1;

	(void)state;
	assert_non_null(mail);
	memset(mail, 'a', n);
	memcpy(mail, HEAD "\n", head);
	check("one long line", (struct str){ mail, n }, LETTER_NO_BLOCK);
	memcpy(mail + n - sizeof("\n" BLOCK), "\n" BLOCK "\n", sizeof("\n" BLOCK));
	check("long line, then the block", (struct str){ mail, n }, LETTER_PROBE);
	free(mail);
}

static void
empty_arguments_prove_nothing(void **state)
{
	(void)state;
	assert_int_equal(letter_is(STR(LETTER_FIELD ":\n\n" TEXT), STR(""),
	    STR(BLOCK)), LETTER_NO_HEADER);
	assert_int_equal(letter_is(STR(HEAD "\n" TEXT), STR(TOKEN), STR("")),
	    LETTER_NO_BLOCK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_are_told_apart),
		cmocka_unit_test(base64_is_undone),
		cmocka_unit_test(long_lines_match_nothing),
		cmocka_unit_test(empty_arguments_prove_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
