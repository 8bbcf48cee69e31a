/* The program of --on-open: real children, on a real clock where they end by
 * themselves, on a fake one where they do not. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/err.h"
#include "tool/gate_hook.h"
#include "tool/hook.h"

struct rig {
	struct loop	*loop;
	struct gate_hooks *hooks;
	char		 dir[64], program[96], out[96];
	char		 said[400];
	unsigned	 said_n;
};

static void
said(void *ctx, const char *addr, const char *text)
{
	struct rig *r = ctx;

	size_t n = strlen(r->said);

	snprintf(r->said + n, sizeof(r->said) - n, "%s: %s\n", addr, text);
	r->said_n++;
}

static void
idle(void *ctx)
{
	loop_stop(((struct rig *)ctx)->loop);
}

static void
script(struct rig *r, const char *text)
{
	FILE *f;

	snprintf(r->program, sizeof(r->program), "%s/hook", r->dir);
	snprintf(r->out, sizeof(r->out), "%s/out", r->dir);
	f = fopen(r->program, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", text);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(r->program, 0700), 0);
	setenv("OUT", r->out, 1);
}

static void
rig_up(struct rig *r, struct loop *l, const char *text)
{
	*r = (struct rig){ .loop = l, .dir = "/tmp/gate-hook.XXXXXX" };
	assert_non_null(mkdtemp(r->dir));
	script(r, text);
	assert_int_equal(gate_hooks_new(&r->hooks, l, r->program, said, r), 0);
	gate_hooks_idle(r->hooks, idle, r);
}

static void
rig_down(struct rig *r)
{
	gate_hooks_free(r->hooks);
	loop_free(r->loop);
	unlink(r->program);
	unlink(r->out);
	rmdir(r->dir);
}

static void
read_out(const struct rig *r, char *text, size_t cap)
{
	FILE *f = fopen(r->out, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, cap - 1, f);
	text[n] = '\0';
	fclose(f);
}

static json_t *
event(const char *addr)
{
	return json_pack("{ss ss ss si sI sI sI ss}", "event", "gate-open", "addr", addr,
	    "form", "P01", "port", 25, "taken", (json_int_t)100, "told", (json_int_t)102,
	    "closed_before", (json_int_t)90, "gate", "abc");
}

static void
run(struct rig *r, const char *addr, const char *reason)
{
	json_t *ev = event(addr);

	gate_hooks_run(r->hooks, "mx.corp.example", reason, ev);
	json_decref(ev);
}

/* Facts are there, ours win over what was inherited, and there is no shell: what a
 * person wrote is only text. */
static void
facts(void **state)
{
	char text[4096];
	struct rig r;

	(void)state;
	setenv("SEKIMORI_ADDR", "forged", 1);
	rig_up(&r, loop_new(), "echo \"$# $SEKIMORI_ADDR $SEKIMORI_HOST $SEKIMORI_FORM "
	    "$SEKIMORI_PORT $SEKIMORI_TAKEN $SEKIMORI_TOLD $SEKIMORI_CLOSED_BEFORE "
	    "$SEKIMORI_EVENT\" >\"$OUT\"; echo \"$SEKIMORI_REASON\" >>\"$OUT\"; cat >>\"$OUT\"");
	run(&r, "192.0.2.25", "4711; touch \"$OUT.touched\" `id` $(id)");
	assert_int_equal(gate_hooks_busy(r.hooks), 1);
	loop_run(r.loop, (struct mono){ -1 });
	read_out(&r, text, sizeof(text));
	assert_string_equal(text, "0 192.0.2.25 mx.corp.example P01 25 100 102 90 open\n"
	    "4711; touch \"$OUT.touched\" `id` $(id)\n");
	assert_int_equal(r.said_n, 0);
	assert_int_equal(gate_hooks_busy(r.hooks), 0);
	rig_down(&r);
	unsetenv("SEKIMORI_ADDR");
}

static void
failures_are_told(void **state)
{
	struct rig r;

	(void)state;
	rig_up(&r, loop_new(), "exit 3");
	run(&r, "192.0.2.25", NULL);
	loop_run(r.loop, (struct mono){ -1 });
	assert_string_equal(r.said, "192.0.2.25: --on-open: ended with 3\n");
	r.said[0] = '\0';
	unlink(r.program);
	run(&r, "192.0.2.25", NULL);
	loop_run(r.loop, (struct mono){ -1 });
	assert_string_equal(r.said, "192.0.2.25: --on-open: could not be started\n");
	r.said[0] = '\0';
	script(&r, "kill -TERM $$");
	run(&r, "192.0.2.25", NULL);
	loop_run(r.loop, (struct mono){ -1 });
	assert_string_equal(r.said, "192.0.2.25: --on-open: ended by signal 15\n");
	rig_down(&r);
}

static void
alive_or_die(pid_t pid, bool alive)
{
	if ((kill(pid, 0) == 0) != alive)
		fail_msg("process %d is %s", (int)pid, alive ? "gone" : "still there");
}

/* One that hangs is killed after 30 s with what it started; one an address at a
 * time, and another address has its own. */
static void
hangs(void **state)
{
	struct clock_fake clock;
	char text[64] = "";
	struct rig r;
	pid_t child;

	(void)state;
	clock_fake_init(&clock, (struct wall){ 1795000000 });
	rig_up(&r, loop_new_fake(&clock), "sleep 1000 & echo $! >\"$OUT.new\"; "
	    "mv \"$OUT.new\" \"$OUT\"; wait");
	run(&r, "192.0.2.25", NULL);
	run(&r, "192.0.2.25", NULL);
	assert_int_equal(gate_hooks_busy(r.hooks), 1);
	while (access(r.out, R_OK) != 0)
		usleep(1000);
	read_out(&r, text, sizeof(text));
	child = (pid_t)atoi(text);
	loop_run(r.loop, (struct mono){ clock.mono.ms + 29 * 1000 });
	assert_int_equal(gate_hooks_busy(r.hooks), 1);
	alive_or_die(child, true);
	run(&r, "192.0.2.26", NULL);
	assert_int_equal(gate_hooks_busy(r.hooks), 2);
	while (r.said_n < 2)	/* a process takes real time to end */
		loop_run(r.loop, (struct mono){ clock.mono.ms + 1000 });
	assert_non_null(strstr(r.said, "192.0.2.25: --on-open: killed after 30 s\n"));
	assert_non_null(strstr(r.said, "192.0.2.26: --on-open: killed after 30 s\n"));
	for (int i = 0; i < 2000 && kill(child, 0) == 0; i++)
		usleep(1000);		/* until init has taken note */
	alive_or_die(child, false);
	rig_down(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts), cmocka_unit_test(failures_are_told),
		cmocka_unit_test(hangs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
