#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/i18n.h"
#include "sys/frame.h"
#include "tool/check.h"

/* argv[1]: directory of the catalogues of this build */
static const char *catalogues;
static char dir[] = "/tmp/sekimori-check.XXXXXX";

struct ran {
	int	 code;
	char	*out, *err;
};

/* Runs a command line; @ at the start of a word is the test's directory. */
static void
run(struct ran *r, const char *line)
{
	char copy[1024], words[32][256], *argv[34], *save = NULL;
	size_t n_out = 0, n_err = 0;
	FILE *out = open_memstream(&r->out, &n_out);
	FILE *err = open_memstream(&r->err, &n_err);
	int argc = 0;

	snprintf(copy, sizeof(copy), "check %s", line);
	for (char *p = strtok_r(copy, " ", &save); p != NULL && argc < 32;
	    p = strtok_r(NULL, " ", &save)) {
		snprintf(words[argc], sizeof(words[argc]), "%s%s",
		    p[0] == '@' ? dir : "", p[0] == '@' ? p + 1 : p);
		argv[argc] = words[argc];
		argc++;
	}
	argv[argc] = NULL;
	r->code = check_main(argc, argv, out, err);
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
		{ "nothing to check", "", 64, "nothing to check; give an address", "対象がありません" },
		{ "two formats", "--json --csv a.example", 64, "--json, --csv, --nagios: only one", "どれか 1 つ" },
		{ "a mark without CSV", "--bom a.example", 64, "--bom: goes with --csv only", "--csv と一緒のときだけ" },
		{ "levels without a monitor", "--critical 2 a.example", 64, "go with --nagios only", "--nagios と一緒のときだけ" },
		{ "no list, but a list", "--no-list --list bl.example a.example", 64,
		  "--no-list: goes without --list", "一緒に使えません" },
		{ "the past of other lists", "--at 2026-11-22 --list bl.example a.example", 64,
		  "only our own journal knows the past", "過去が分かるのは" },
		{ "no time", "--at yesterday a.example", 64, "yesterday: not a time; write 2026-11-22T22:06:36Z", "時刻ではありません" },
		{ "the future", "--at 2999-01-01 a.example", 64, "not a moment of the past", "過去の時点ではありません" },
		{ "an operand that is none", "a.example 192.0.2.256", 64,
		  "192.0.2.256: neither an address nor a host name", "アドレスでもホスト名でもありません" },
		{ "codes that are none", "--list bl.example=1 a.example", 64, "bl.example=1: codes are 127.0.0.2", "コードは 127.0.0.2" },
		{ "a list twice", "--list bl.example --list BL.example. a.example", 64, "the list is given twice", "2 回指定" },
		{ "our own list twice", "--zone bl.example --list bl.example a.example", 64, "the list is given twice", "2 回指定" },
		{ "no list at all", "a.example", 64, "which list?", "どのリストですか" },
		{ "a resolver that is none", "--zone bl.example --resolver nobody a.example", 64,
		  "nobody: not a resolver; write 192.0.2.53", "リゾルバではありません" },
		{ "a named socket without a daemon", "--socket @/nobody a.example", 69, "the daemon does not answer at", "応答しません" },
		{ "the past without a daemon", "--at 2026-11-22 --socket @/nobody a.example", 69,
		  "the daemon does not answer at", "応答しません" },
		{ "a file that is not there", "--no-list --resolver 127.0.0.1:9 -f @/none", 66, "/none: No such file", "/none: " },
	};
	struct ran r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int ja = 0; ja < 2; ja++) {
			const char *want = ja ? cases[i].ja : cases[i].en;

			i18n_setup(ja ? "ja" : "en", catalogues);
			run(&r, cases[i].line);
			if (r.code != cases[i].code || strstr(r.err, want) == NULL ||
			    strncmp(r.err, "sekimori check: ", 16) != 0)
				fail_msg("%s: got %d, out \"%s\", err \"%s\"", cases[i].name,
				    r.code, r.out, r.err);
			ran_free(&r);
		}
	i18n_setup("en", catalogues);
}

static void
a_monitor_gets_a_line_for_every_error(void **state)
{
	static const struct { const char *line, *out; } cases[] = {
		{ "--nagios", "SEKIMORI UNKNOWN - sekimori check: nothing to check" },
		{ "--nagios --warning 3 --critical 2 a.example", "SEKIMORI UNKNOWN - sekimori check: --warning: is more" },
		{ "a.example --nagios --at yesterday", "SEKIMORI UNKNOWN - sekimori check: yesterday: not a time" },
		{ "--nagios --nonsense", "SEKIMORI UNKNOWN - sekimori check: --nonsense: no such option" },
	};
	struct ran r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run(&r, cases[i].line);
		if (r.code != 3 || strncmp(r.out, cases[i].out, strlen(cases[i].out)) != 0 ||
		    strchr(r.out, '\n') != r.out + strlen(r.out) - 1)
			fail_msg("%s: %d \"%s\"", cases[i].line, r.code, r.out);
		ran_free(&r);
	}
}

/* --- with a keeper --- */

struct says {
	const char *request, *answer;	/* a text in the request; "" ends the connection */
};

static void
keep(int sock, const struct says *says)
{
	static struct frame f;
	struct pollfd p = { .fd = sock, .events = POLLIN };
	char request[512] = "";

	while (poll(&p, 1, 20000) == 1 && frame_read(sock, &f) == 0) {
		const struct says *s = says;
		struct msg_part part;

		if (f.type != MSG_CTL_GO && frame_decode(&part, sizeof(part), &f) == 0) {
			snprintf(request, sizeof(request), "%.*s", (int)part.octets.n,
			    part.octets.p);
			continue;
		}
		while (s->request != NULL && strstr(request, s->request) == NULL)
			s++;
		part.octets = str_of(s->request == NULL ? "{\"exit\":64}" : s->answer);
		if (part.octets.n == 0 || frame_write(sock, MSG_CTL_DONE, &part, -1) != 0)
			break;
	}
	close(sock);
}

/* Serves connections times times, then is gone. */
static pid_t
keeper_start(const struct says *says, int times)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	pid_t pid;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/control", dir);
	unlink(sa.sun_path);
	assert_int_equal(bind(listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(listener, 4), 0);
	pid = fork();
	if (pid == 0) {
		while (times-- > 0)
			keep(accept(listener, NULL, NULL), says);
		_exit(0);
	}
	close(listener);
	return pid;
}

#define STATUS { "\"status\"", "{\"exit\":0,\"zone\":\"bl.example\",\"serial\":7,\"lab\":true}" }
#define AT(listed, rest) { "\"at\":1795305600", "{\"exit\":0,\"addr\":\"192.0.2.25\",\"at\":1795305600," \
	"\"listed\":" listed ",\"serial\":7,\"begins\":1790000000,\"listings\":[" rest "]}" }
#define ENTRY "\"code\":2,\"since\":1795300000,\"until\":1795400000,\"proofs\":1"
#define HEAD "as of 2026-11-22 00:00:00 UTC, by the journal of bl.example\n192.0.2.25: "

static void
the_past_is_told_by_the_journal(void **state)
{
	static const struct { const char *name; struct says says[4]; int times, code; const char *out; } cases[] = {
		{ "listed, and removed later", { STATUS, AT("true", "{" ENTRY ",\"removed\":1795310000,\"retracted\":false}") }, 1, 1,
		  HEAD "listed\n  192.0.2.25      listed: bl.example 127.0.0.2\n"
		  "                  since 2026-11-21 22:26:40 UTC, until 2026-11-23 02:13:20 UTC; removed on 2026-11-22 01:13:20 UTC\n"
		  "1 of 1 addresses is listed\n" },
		{ "listed in error", { STATUS, AT("true", "{" ENTRY ",\"removed\":1795310000,\"retracted\":true}") }, 1, 1,
		  HEAD "listed\n  192.0.2.25      listed: bl.example 127.0.0.2\n"
		  "                  since 2026-11-21 22:26:40 UTC, until 2026-11-23 02:13:20 UTC; taken back on 2026-11-22 01:13:20 UTC: it had been listed in error\n"
		  "1 of 1 addresses is listed\n" },
		{ "not listed", { STATUS, AT("false", "") }, 1, 0,
		  HEAD "not listed\n  192.0.2.25      not listed\n0 of 1 addresses are listed\n" },
		{ "an exit stands in another zone", { STATUS, AT("true", "{\"code\":3,\"since\":1795300000}") }, 1, 0,
		  HEAD "not listed\n  192.0.2.25      not listed\n0 of 1 addresses are listed\n" },
		{ "before the journal nothing is known", { STATUS, { "\"at\":", "{\"exit\":0,\"listed\":false,\"listings\":[],\"begins\":1795305601}" } }, 1, 2,
		  HEAD "undecided\n  192.0.2.25      no answer: bl.example (the journal begins later: nothing is known of that time)\n"
		  "0 of 1 addresses are listed\nundecided: 1\n" },
		{ "a daemon that knows no past", { STATUS }, 1, 2,
		  HEAD "undecided\n  192.0.2.25      no answer: bl.example\n0 of 1 addresses are listed\nundecided: 1\n" },
		{ "a daemon that goes away", { STATUS, { "\"at\":", "" } }, 1, 2,
		  HEAD "undecided\n  192.0.2.25      no answer: bl.example\n0 of 1 addresses are listed\nundecided: 1\n" },
		{ "an answer that is none", { STATUS, { "\"at\":", "[]" } }, 2, 2,
		  HEAD "undecided\n  192.0.2.25      no answer: bl.example\n0 of 1 addresses are listed\nundecided: 1\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pid_t pid = keeper_start(cases[i].says, cases[i].times);
		struct ran r;

		run(&r, "192.0.2.25 --at 2026-11-22 --socket @/control");
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		if (r.code != cases[i].code || strcmp(r.out, cases[i].out) != 0)
			fail_msg("%s: %d\n%s%s", cases[i].name, r.code, r.out, r.err);
		ran_free(&r);
	}
}

static void
a_daemon_of_another_zone_knows_nothing_of_ours(void **state)
{
	static const struct says says[] = { STATUS, { NULL, NULL } };
	pid_t pid = keeper_start(says, 1);
	struct ran r;

	(void)state;
	run(&r, "192.0.2.25 --at 2026-11-22 --zone other.example --socket @/control");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(r.code, 64);
	assert_non_null(strstr(r.err, "other.example: the daemon serves another zone"));
	ran_free(&r);
}

static int
make_dir(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	unsetenv("SEKIMORI_ZONE");
	if (mkdtemp(dir) == NULL)
		return -1;
	return setenv("XDG_STATE_HOME", dir, 1) + setenv("HOME", dir, 1);
}

static int
remove_dir(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/control", dir);
	unlink(path);
	return rmdir(dir);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_have_one_message_and_a_code),
		cmocka_unit_test(a_monitor_gets_a_line_for_every_error),
		cmocka_unit_test(the_past_is_told_by_the_journal),
		cmocka_unit_test(a_daemon_of_another_zone_knows_nothing_of_ours),
	};

	catalogues = argc > 1 ? argv[1] : NULL;
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
