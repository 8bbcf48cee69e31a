#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/i18n.h"
#include "sys/frame.h"
#include "tool/ask.h"
#include "tool/json.h"

static char dir[] = "/tmp/sekimori-ask.XXXXXX";
static char socket_path[64];
static const char *catalogues;

struct ran {
	int	 code;
	char	*out, *err;
};

/* Runs a command line; ~ in it stands for a space inside a word, @ at the
 * start of one for the test's directory. */
static void
run(struct ran *r, const char *line)
{
	char copy[1024], words[32][256], *argv[33], *save = NULL;
	size_t n_out = 0, n_err = 0;
	FILE *out = open_memstream(&r->out, &n_out);
	FILE *err = open_memstream(&r->err, &n_err);
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *p = strtok_r(copy, " ", &save); p != NULL && argc < 32;
	    p = strtok_r(NULL, " ", &save)) {
		snprintf(words[argc], sizeof(words[argc]), "%s%s",
		    p[0] == '@' ? dir : "", p[0] == '@' ? p + 1 : p);
		for (char *q = words[argc]; *q != '\0'; q++)
			if (*q == '~')
				*q = ' ';
		argv[argc] = words[argc];
		argc++;
	}
	argv[argc] = NULL;
	r->code = ask_main(argv[0], argc, argv, out, err);
	fclose(out);
	fclose(err);
}

static void
ran_free(struct ran *r)
{
	free(r->out);
	free(r->err);
}

static void
mistakes_have_one_message_and_a_code(void **state)
{
	static const struct { const char *name, *line; int code; const char *en, *ja; } cases[] = {
		{ "wrong address", "nominate 192.0.2.256 --basis owner --reason x", 64,
		  "192.0.2.256: neither an address nor a host name", "アドレスでもホスト名でもありません" },
		{ "unknown basis names the four", "nominate 192.0.2.25 --basis friend --reason x", 64,
		  "--basis friend: no such word; one of owner evidence authority log", "使えるのは owner evidence authority log" },
		{ "no basis", "nominate 192.0.2.25 --reason x", 64,
		  "--basis WORD is missing: why a probe may be made: owner, evidence, authority, log", "--basis WORD がありません" },
		{ "no reason", "nominate 192.0.2.25 --basis owner", 64,
		  "--reason TEXT is missing", "--reason TEXT がありません" },
		{ "empty reason", "remove 192.0.2.25 --reason=", 64, "--reason: write one line", "1 行" },
		{ "evidence without a mail", "nominate 192.0.2.25 --basis evidence --reason x", 64,
		  "--basis evidence needs --evidence FILE", "--evidence FILE が要ります" },
		{ "a mail without need", "nominate 192.0.2.25 --basis owner --reason x --evidence @/mail", 64,
		  "--evidence goes with --basis evidence or log only", "ときだけ使えます" },
		{ "evidence not there", "nominate 192.0.2.25 --basis evidence --reason x --evidence @/none", 66,
		  "/none: No such file or directory", "/none: " },
		{ "evidence is a directory", "nominate 192.0.2.25 --basis log --reason x --evidence @/", 66,
		  "Is a directory", "/: " },
		{ "evidence too large", "nominate 192.0.2.25 --basis log --reason x --evidence @/big", 65,
		  "more than 10 megabytes", "10 メガバイトを超えています" },
		{ "evidence empty", "nominate 192.0.2.25 --basis log --reason x --evidence @/empty", 65,
		  "the file is empty", "ファイルが空です" },
		{ "nobody there", "status --socket @/nobody", 69,
		  "the daemon does not answer at", "応答しません" },
		{ "nobody listens", "status --socket @/stale", 69,
		  "Connection refused", "応答しません" },
		{ "path too long", "status --socket /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 64,
		  "longer than 107 octets", "107 オクテット" },
		{ "port out of range", "nominate 192.0.2.25 --basis owner --reason x --port 65536", 64,
		  "--port 65536: not a number from 1 to 65535", "1 から 65535 までの数ではありません" },
		{ "a port where none belongs", "show 192.0.2.25:25", 64, "takes no port", "ポートは書けません" },
		{ "a wrong address is no domain", "optout 192.0.2.300 --reason x", 64, "not an address", "アドレスではありません" },
		{ "a further target that is none", "optout corp.example --also 192.0.2.1/24 --reason x", 64, "192.0.2.1/24: not a prefix", "プレフィックスではありません" },
		{ "host bits in a prefix", "optout 192.0.2.1/24 --reason x", 64, "not a prefix", "プレフィックスではありません" },
		{ "an operand too many", "status now", 64, "takes no operand", "対象の指定は要りません" },
		{ "a name where one address is meant", "remove mail.example --reason x", 64, "not an address; a name may lead", "アドレスではありません" },
		{ "no operand", "show", 64, "an operand is missing: ADDRESS", "対象の指定がありません" },
		{ "unknown depth", "nominate 192.0.2.25 --basis owner --reason x --depth abyss", 64,
		  "one of gentle normal full owner lab", "使えるのは gentle normal full owner lab" },
		{ "unknown language", "status --lang fr", 64, "--lang fr: no such word; one of ja en", "使えるのは ja en" },
		{ "key has three works", "key mend", 64, "mend: no such work; only: add NAME, list, revoke NUMBER", "使えるのは add NAME、list、revoke NUMBER" },
		{ "a key without a name", "key add", 64, "key add needs a name", "名前が要ります" },
		{ "a key's name of two lines", "key add a\nb", 64, "key add needs a name", "名前が要ります" },
		{ "revoke without a number", "key revoke", 64, "key revoke needs the key's number", "番号が要ります" },
		{ "revoke a word", "key revoke x --reason y", 64, "key revoke needs the key's number", "番号が要ります" },
		{ "revoke number none", "key revoke 0 --reason y", 64, "key revoke needs the key's number", "番号が要ります" },
		{ "revoke without a reason", "key revoke 3", 64, "key revoke needs --reason TEXT", "--reason TEXT が要ります" },
		{ "list takes nothing", "key list all", 64, "all: key list takes no operand", "対象の指定は要りません" },
		{ "a key for a second", "key add x --for 1s", 64, "--for 1s: not a time from", "--for 1s" },
		{ "no such step", "sunset close", 64, "close: no such step; only: status, announce, freeze, empty, end, cancel", "そのような段階はありません" },
		{ "a step without a reason", "sunset freeze", 64, "freeze: needs --reason TEXT", "--reason TEXT が必要です" },
		{ "an announcement without a day", "sunset announce --reason x", 64, "announce: needs --on DATE", "--on DATE が必要です" },
		{ "a day where none belongs", "sunset empty --reason x --on 2027-06-01", 64, "empty: takes no --on", "--on は使えません" },
		{ "a day that is none", "sunset announce --reason x --on tomorrow", 64, "announce: --on is neither a date", "でもありません" },
		{ "status takes nothing", "sunset status --reason x", 64, "status: takes neither", "使えません" },
		{ "journal has one work", "journal mend", 64, "mend: no such work; only: verify", "使えるのは verify だけです" },
	};
	struct ran r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int ja = 0; ja < 2; ja++) {
			const char *want = ja ? cases[i].ja : cases[i].en;

			i18n_setup(ja ? "ja" : "en", catalogues);
			run(&r, cases[i].line);
			if (r.code != cases[i].code || r.out[0] != '\0' ||
			    strstr(r.err, want) == NULL ||
			    strncmp(r.err, "sekimori ", 9) != 0)
				fail_msg("%s: %s\n got %d, out \"%s\", err \"%s\"\n"
				    " want %d and \"%s\"", cases[i].name, cases[i].line,
				    r.code, r.out, r.err, cases[i].code, want);
			ran_free(&r);
		}
	i18n_setup("en", catalogues);
}

static void
send_line(int sock, unsigned type, const char *json)
{
	struct msg_part part = { 1, str_of(json) };

	if (frame_write(sock, type, &part, -1) != 0)
		_exit(9);
}

/* The scripted keeper: reads a request whole, writes it to @/request, says
 * its lines (the last one is MSG_CTL_DONE unless cut) and is gone. */
static void
keep_one(int listener, const char *const *lines, bool cut)
{
	static struct frame f;
	struct pollfd p = { .events = POLLIN };
	char path[96];
	FILE *log;
	int sock;

	snprintf(path, sizeof(path), "%s/request", dir);
	log = fopen(path, "w");
	sock = accept(listener, NULL, NULL);
	if (log == NULL || sock < 0)
		_exit(8);
	p.fd = sock;
	do {
		struct msg_part part;

		if (poll(&p, 1, 5000) != 1 || frame_read(sock, &f) != 0)
			_exit(7);
		if (f.type != MSG_CTL_GO && frame_decode(&part, sizeof(part), &f) == 0)
			fwrite(part.octets.p, 1, part.octets.n, log);
	} while (f.type != MSG_CTL_GO);
	fclose(log);
	for (; *lines != NULL; lines++)
		send_line(sock, lines[1] == NULL && !cut ? MSG_CTL_DONE :
		    MSG_CTL_EVENT, *lines);
	close(sock);
	_exit(0);
}

static pid_t
keeper_start(const char *const *lines, bool cut)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	pid_t pid;

	unlink(socket_path);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", socket_path);
	assert_int_equal(bind(listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(listener, 1), 0);
	pid = fork();
	if (pid == 0)
		keep_one(listener, lines, cut);
	close(listener);
	return pid;
}

static void
keeper_end(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static json_t *
request(void)
{
	char path[96], text[8192];
	json_t *o;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/request", dir);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	o = json_loadb(text, n, JSON_DISABLE_EOF_CHECK, NULL);
	assert_non_null(o);
	return o;
}

#define QUEUED "{\"event\":\"queued\",\"addr\":\"198.18.0.25\",\"forms\":31,\"depth\":\"normal\",\"pace\":\"lab\",\"basis\":\"authority\"}"
#define VERDICT(v, p) "{\"event\":\"verdict\",\"verdict\":\"" v "\",\"provisional\":" p ",\"done\":31,\"total\":31,\"catalogue\":86,\"depth\":\"normal\",\"why\":\"all-refused\",\"ports\":\"25\"}"

static void
a_followed_verdict_is_the_exit_code(void **state)
{
	static const struct { const char *name, *lines[4]; int code; const char *out; } cases[] = {
		{ "closed", { QUEUED, VERDICT("closed", "false"), "{\"exit\":0}", NULL }, 0,
		  "198.18.0.25: closed: 31 of 86 forms (31 planned at depth normal), port 25\n" },
		{ "open", { QUEUED, VERDICT("open", "false"), "{\"exit\":1}", NULL }, 1,
		  "198.18.0.25: open: 31 of 86 forms (31 planned at depth normal), port 25\n" },
		{ "provisional at the end", { QUEUED, VERDICT("accepts", "true"), "{\"exit\":2}", NULL }, 2,
		  "198.18.0.25: accepts but does not deliver (provisional): 31 of 86 forms (31 planned at depth normal), port 25\n" },
	};
	struct ran r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pid_t pid = keeper_start(cases[i].lines, false);

		run(&r, "nominate OPEN.example:26 --basis authority --reason a~test "
		    "--who ops --follow --wait 2m --socket @/control");
		keeper_end(pid);
		if (r.code != cases[i].code || strcmp(r.out, cases[i].out) != 0 ||
		    r.err[0] != '\0')
			fail_msg("%s: got %d \"%s\" \"%s\"", cases[i].name, r.code,
			    r.out, r.err);
		ran_free(&r);
	}
}

static void
the_request_carries_what_was_typed(void **state)
{
	static const char *const lines[] = { "{\"exit\":0}", NULL };
	pid_t pid = keeper_start(lines, false);
	json_t *o;
	struct ran r;

	(void)state;
	run(&r, "nominate OPEN.example:26 --basis authority --reason a~test "
	    "--who ops --follow --wait 2m --socket @/control");
	keeper_end(pid);
	ran_free(&r);
	o = request();
	assert_string_equal(tool_json_text(o, "verb"), "nominate");
	assert_string_equal(tool_json_text(o, "target"), "open.example");
	assert_string_equal(tool_json_text(o, "basis"), "authority");
	assert_string_equal(tool_json_text(o, "reason"), "a test");
	assert_string_equal(tool_json_text(o, "who"), "ops");
	assert_int_equal(tool_json_int(o, "port"), 26);
	assert_int_equal(tool_json_int(o, "wait_s"), 120);
	assert_true(tool_json_bool(o, "follow"));
	json_decref(o);
}

static void
a_step_carries_its_day(void **state)
{
	static const char *const lines[] = { "{\"exit\":0}", NULL };
	pid_t pid = keeper_start(lines, false);
	json_t *o;
	struct ran r;

	(void)state;
	run(&r, "sunset announce --on 2027-06-01 --reason no~hands -n --who ops --socket @/control");
	keeper_end(pid);
	ran_free(&r);
	o = request();
	assert_string_equal(tool_json_text(o, "verb"), "sunset");
	assert_string_equal(tool_json_text(o, "step"), "announce");
	assert_string_equal(tool_json_text(o, "reason"), "no hands");
	assert_int_equal(tool_json_int(o, "day"), 1811808000);
	assert_true(tool_json_bool(o, "dry_run"));
	json_decref(o);
}

static void
evidence_goes_with_it(void **state)
{
	static const char *const lines[] = { "{\"exit\":0,\"addr\":\"198.18.0.25\"}", NULL };
	pid_t pid = keeper_start(lines, false);
	char path[96], text[4096];
	size_t n;
	FILE *f;
	struct ran r;

	(void)state;
	run(&r, "nominate 198.18.0.25 --basis evidence --reason x --evidence @/mail --socket @/control");
	keeper_end(pid);
	assert_int_equal(r.code, 0);
	ran_free(&r);
	snprintf(path, sizeof(path), "%s/request", dir);
	f = fopen(path, "r");
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	assert_non_null(strstr(text, "}Received: from [198.18.0.25]"));
}

static void
json_lines_pass_through(void **state)
{
	static const char *const lines[] = {
		"{\"event\":\"found\",\"form\":\"P01\",\"said\":\"\\u001b[2J\xe9\x96\xa2\"}",
		"{\"exit\":2,\"addr\":\"198.18.0.25\"}", NULL,
	};
	pid_t pid = keeper_start(lines, false);
	struct ran r;

	(void)state;
	run(&r, "follow 198.18.0.25 --json --socket @/control");
	keeper_end(pid);
	assert_int_equal(r.code, 2);
	assert_string_equal(r.out,
	    "{\"event\":\"found\",\"form\":\"P01\",\"said\":\"\\u001B[2J\\u95A2\"}\n"
	    "{\"event\":\"done\",\"exit\":2,\"addr\":\"198.18.0.25\"}\n");
	assert_string_equal(r.err, "");
	ran_free(&r);
}

static void
without_follow_it_says_how_to_go_on(void **state)
{
	static const char *const lines[] = { "{\"exit\":0}", NULL };
	pid_t pid = keeper_start(lines, false);
	struct ran r;

	(void)state;
	run(&r, "retest 198.18.0.25 --socket @/control");
	keeper_end(pid);
	assert_int_equal(r.code, 0);
	assert_string_equal(r.out,
	    "198.18.0.25: queued (follow it: sekimori follow 198.18.0.25)\n");
	ran_free(&r);
}

static void
a_wait_that_ran_out_says_the_verdict_all_the_same(void **state)
{
	static const char *const lines[] = {
		"{\"exit\":2,\"verdict\":\"accepts\",\"provisional\":true}", NULL,
	};
	pid_t pid = keeper_start(lines, false);
	struct ran r;

	(void)state;
	run(&r, "follow 198.18.0.25 --wait 1 --socket @/control");
	keeper_end(pid);
	assert_int_equal(r.code, 2);
	assert_string_equal(r.out,
	    "198.18.0.25: accepts but does not deliver (provisional)\n");
	ran_free(&r);
}

static void
a_refusal_is_a_sentence_in_ones_language(void **state)
{
	static const char *const lines[] = {
		"{\"exit\":77,\"error\":\"opted-out\",\"text\":\"198.18.0.25: opted out\\u001b[2J\"}", NULL,
	};
	struct ran r;
	pid_t pid;

	(void)state;
	pid = keeper_start(lines, false);
	run(&r, "retest 198.18.0.25 --socket @/control");
	keeper_end(pid);
	assert_int_equal(r.code, 77);
	assert_string_equal(r.err, "sekimori retest: 198.18.0.25: opted out\\x1b[2J\n");
	ran_free(&r);

	i18n_setup("ja", catalogues);
	pid = keeper_start(lines, false);
	run(&r, "retest 198.18.0.25 --json --socket @/control");
	keeper_end(pid);
	assert_int_equal(r.code, 77);
	assert_string_equal(r.err, "sekimori retest: そのアドレスまたはホスト名は、所有者の"
	    "申出により検査対象外です (198.18.0.25: opted out\\x1b[2J)\n");
	assert_string_equal(r.out, "{\"event\":\"done\",\"exit\":77,\"error\":"
	    "\"opted-out\",\"text\":\"198.18.0.25: opted out\\u001B[2J\"}\n");
	ran_free(&r);
	i18n_setup("en", catalogues);
}

static void
a_keeper_that_dies_or_babbles_is_said(void **state)
{
	static const char *const died[] = { QUEUED, NULL };
	static const char *const babble[] = { "[1,2]", NULL };
	static const char *const no_exit[] = { "{\"addr\":\"x\"}", NULL };
	struct ran r;
	pid_t pid;

	(void)state;
	pid = keeper_start(died, true);
	run(&r, "follow 198.18.0.25 --socket @/control");
	keeper_end(pid);
	assert_int_equal(r.code, 69);
	assert_non_null(strstr(r.err, "went away before the end"));
	ran_free(&r);

	pid = keeper_start(babble, false);
	run(&r, "status --socket @/control");
	keeper_end(pid);
	assert_int_equal(r.code, 69);
	assert_non_null(strstr(r.err, "cannot be read"));
	ran_free(&r);

	pid = keeper_start(no_exit, false);
	run(&r, "status --socket @/control");
	keeper_end(pid);
	assert_int_equal(r.code, 70);
	ran_free(&r);
}

static void
write_file(const char *name, const char *text, off_t size)
{
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	if (size > 0)
		assert_int_equal(truncate(path, size), 0);
}

static int
setup(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int sock;

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(socket_path, sizeof(socket_path), "%s/control", dir);
	write_file("mail", "Received: from [198.18.0.25]\r\n\r\nx\r\n", 0);
	write_file("empty", "", 0);
	write_file("big", "x", ASK_EVIDENCE_MAX + 1);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/stale", dir);
	sock = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	if (bind(sock, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		return -1;
	return close(sock);	/* the name stays, nobody listens */
}

static int
teardown(void **state)
{
	static const char *const names[] = {
		"control", "mail", "empty", "big", "stale", "request",
	};
	char path[96];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_have_one_message_and_a_code),
		cmocka_unit_test(a_followed_verdict_is_the_exit_code),
		cmocka_unit_test(the_request_carries_what_was_typed),
		cmocka_unit_test(a_step_carries_its_day),
		cmocka_unit_test(evidence_goes_with_it),
		cmocka_unit_test(json_lines_pass_through),
		cmocka_unit_test(without_follow_it_says_how_to_go_on),
		cmocka_unit_test(a_wait_that_ran_out_says_the_verdict_all_the_same),
		cmocka_unit_test(a_refusal_is_a_sentence_in_ones_language),
		cmocka_unit_test(a_keeper_that_dies_or_babbles_is_said),
	};

	if (argc != 2)
		return 2;
	catalogues = argv[1];
	i18n_setup("en", catalogues);
	return cmocka_run_group_tests(tests, setup, teardown);
}
