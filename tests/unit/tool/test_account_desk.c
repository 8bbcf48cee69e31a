/* The parent of a log that is followed: real messages, a real program of
 * --on-alert, a real file of metrics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <jansson.h>
#include <cmocka.h>

#include "base/i18n.h"
#include "tool/account_desk.h"
#include "tool/json.h"

static struct rig {
	struct account_desk desk;
	int	ends[2];	/* the child's, the parent's */
	char	dir[64], program[96], out[96], metrics[96];
	char	*said, *erred;
	size_t	said_n, erred_n;
} rig;

static const struct account_alert alert = { .kind = ACCOUNT_ALERT_ACCOUNT, .first_s = 1795417000,
    .last_s = 1795417005, .now_s = 1795417006, .messages = 200, .recipients = 400, .line = 30,
    .file = "mail.log", .who = "a@corp.example; rm $(x)" };

static void
write_program(const char *text)
{
	FILE *f = fopen(rig.program, "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", text);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(rig.program, 0700), 0);
}

static int
up(void **state)
{
	(void)state;
	rig = (struct rig){ .dir = "/tmp/account-desk.XXXXXX" };
	assert_non_null(mkdtemp(rig.dir));
	snprintf(rig.program, sizeof(rig.program), "%s/hook", rig.dir);
	snprintf(rig.out, sizeof(rig.out), "%s/out", rig.dir);
	snprintf(rig.metrics, sizeof(rig.metrics), "%s/a.prom", rig.dir);
	setenv("OUT", rig.out, 1);
	rig.desk.out = open_memstream(&rig.said, &rig.said_n);
	rig.desk.err = open_memstream(&rig.erred, &rig.erred_n);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, rig.ends), 0);
	return 0;
}

static int
down(void **state)
{
	char part[128];

	(void)state;
	account_desk_stop(&rig.desk);
	fclose(rig.desk.out);
	fclose(rig.desk.err);
	free(rig.said);
	free(rig.erred);
	if (rig.ends[0] >= 0)
		close(rig.ends[0]);
	close(rig.ends[1]);
	unlink(rig.program);
	unlink(rig.out);
	unlink(rig.metrics);
	snprintf(part, sizeof(part), "%s.part", rig.metrics);
	assert_int_not_equal(access(part, F_OK), 0);
	return rmdir(rig.dir);
}

static struct mono
at(int64_t ms)
{
	return (struct mono){ ms };
}

static int
read_now(void)
{
	int rc = account_desk_read(&rig.desk, rig.ends[1], at(0));

	fflush(rig.desk.out);
	fflush(rig.desk.err);
	return rc;
}

static void
wait_for_programs(int64_t ms)
{
	while (account_desk_busy(&rig.desk)) {
		account_desk_tick(&rig.desk, at(ms));
		usleep(2000);
	}
	fflush(rig.desk.err);
}

static void
an_alert_is_a_line(void **state)
{
	(void)state;
	assert_int_equal(read_now(), 0);
	assert_int_equal(account_tell_alert(rig.ends[0], &alert), 0);
	assert_int_equal(read_now(), 0);
	assert_string_equal(rig.said, "2026-11-23 15:56:46 JST  ALERT: an account sends unlike before: "
	    "a@corp.example; rm $(x); since 2026-11-23 15:56:40 JST (mail.log:30), seen 6 s later; "
	    "messages 200, recipients 400\n");
}

static void
an_alert_in_json(void **state)
{
	json_t *o;

	(void)state;
	rig.desk.json = true;
	assert_int_equal(account_tell_alert(rig.ends[0], &alert), 0);
	assert_int_equal(read_now(), 0);
	o = json_loads(rig.said, 0, NULL);
	assert_string_equal(tool_json_text(o, "event"), "account-begins");
	assert_string_equal(tool_json_text(o, "first"), "2026-11-23T06:56:40Z");
	assert_string_equal(tool_json_text(o, "who"), "a@corp.example; rm $(x)");
	assert_int_equal(tool_json_int(o, "after_s"), 6);
	assert_int_equal(tool_json_int(o, "line"), 30);
	json_decref(o);
}

/* No shell: what the log chose is only text. */
static void
facts_for_the_program(void **state)
{
	char text[1024];
	size_t n;
	FILE *f;

	(void)state;
	write_program("echo \"$# $SEKIMORI_EVENT|$SEKIMORI_WHO|$SEKIMORI_FIRST|$SEKIMORI_AFTER|$SEKIMORI_MESSAGES|"
	    "$SEKIMORI_RECIPIENTS|$SEKIMORI_FILE|$SEKIMORI_LINE\" >\"$OUT\"");
	rig.desk.on_alert = rig.program;
	assert_int_equal(account_tell_alert(rig.ends[0], &alert), 0);
	assert_int_equal(read_now(), 0);
	wait_for_programs(0);
	f = fopen(rig.out, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	assert_string_equal(text, "0 account-begins|a@corp.example; rm $(x)|1795417000|6|200|400|mail.log|30\n");
	assert_string_equal(rig.erred, "");
}

static void
the_end_of_it_runs_nothing(void **state)
{
	struct account_alert over = alert;

	(void)state;
	over.over = true;
	write_program("echo ran >\"$OUT\"");
	rig.desk.on_alert = rig.program;
	assert_int_equal(account_tell_alert(rig.ends[0], &over), 0);
	assert_int_equal(read_now(), 0);
	assert_false(account_desk_busy(&rig.desk));
	assert_non_null(strstr(rig.said, "the account sends no more like that"));
}

static void
a_program_that_fails_is_said(void **state)
{
	(void)state;
	write_program("exit 3");
	rig.desk.on_alert = rig.program;
	assert_int_equal(account_tell_alert(rig.ends[0], &alert), 0);
	assert_int_equal(read_now(), 0);
	wait_for_programs(0);
	assert_string_equal(rig.erred, "sekimori account: --on-alert: ended with 3\n");
}

static void
a_program_that_hangs_is_killed(void **state)
{
	(void)state;
	write_program("exec sleep 1000");
	rig.desk.on_alert = rig.program;
	assert_int_equal(account_tell_alert(rig.ends[0], &alert), 0);
	assert_int_equal(read_now(), 0);
	account_desk_tick(&rig.desk, at(HOOK_S * 1000 - 1));
	assert_true(account_desk_busy(&rig.desk));
	wait_for_programs(HOOK_S * 1000);
	assert_string_equal(rig.erred, "sekimori account: --on-alert: killed after 30 s\n");
}

static void
programs_are_not_without_number(void **state)
{
	(void)state;
	write_program("exec sleep 1000");
	rig.desk.on_alert = rig.program;
	for (int i = 0; i < ACCOUNT_DESK_HOOKS + 1; i++)
		assert_int_equal(account_tell_alert(rig.ends[0], &alert), 0);
	assert_int_equal(read_now(), 0);
	assert_string_equal(rig.erred, "sekimori account: --on-alert: too many run already\n");
}

static void
metrics_are_a_file(void **state)
{
	char text[128] = "";
	FILE *f;

	(void)state;
	rig.desk.metrics = rig.metrics;
	assert_int_equal(account_tell_metrics(rig.ends[0], STR("a 1\n")), 0);
	assert_int_equal(account_tell_metrics(rig.ends[0], STR("a 2\n")), 0);
	assert_int_equal(read_now(), 0);
	f = fopen(rig.metrics, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_string_equal(text, "a 2\n");
}

static void
metrics_that_cannot_be_written_are_said_once(void **state)
{
	(void)state;
	rig.desk.metrics = "/nonexistent/a.prom";
	assert_int_equal(account_tell_metrics(rig.ends[0], STR("a 1\n")), 0);
	assert_int_equal(account_tell_metrics(rig.ends[0], STR("a 2\n")), 0);
	assert_int_equal(read_now(), 0);
	assert_string_equal(rig.erred, "sekimori account: /nonexistent/a.prom: cannot be written: "
	    "No such file or directory\n");
}

static void
a_child_that_tells_nonsense(void **state)
{
	(void)state;
	assert_int_equal(write(rig.ends[0], "\x01\x07nonsense", 10), 10);
	assert_int_equal(read_now(), SEK_EPARSE);
	assert_int_equal(account_tell_metrics(rig.ends[0], STR("\033[2J")), 0);
	assert_int_equal(read_now(), SEK_EPARSE);
	assert_string_equal(rig.said, "");
}

static void
a_child_that_is_no_more(void **state)
{
	(void)state;
	close(rig.ends[0]);
	rig.ends[0] = -1;
	errno = EIO;
	assert_int_equal(read_now(), SEK_ESYS);
	assert_int_equal(errno, 0);
}

static void
a_message_that_is_too_long(void **state)
{
	static char text[ACCOUNT_TELL + 1];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(account_tell_metrics(rig.ends[0], (struct str){ text, sizeof(text) }), SEK_ELIMIT);
	assert_int_equal(write(rig.ends[0], text, sizeof(text)), sizeof(text));
	assert_int_equal(read_now(), SEK_EPARSE);
}

#define T(name) cmocka_unit_test_setup_teardown(name, up, down)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(an_alert_is_a_line), T(an_alert_in_json), T(facts_for_the_program),
		T(the_end_of_it_runs_nothing), T(a_program_that_fails_is_said),
		T(a_program_that_hangs_is_killed), T(programs_are_not_without_number),
		T(metrics_are_a_file), T(metrics_that_cannot_be_written_are_said_once),
		T(a_child_that_tells_nonsense), T(a_child_that_is_no_more), T(a_message_that_is_too_long),
	};

	if (argc != 2)
		return 2;
	setenv("TZ", "JST-9", 1);
	tzset();
	i18n_setup("en", argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
