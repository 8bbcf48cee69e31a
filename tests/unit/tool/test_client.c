#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "sys/frame.h"
#include "tool/client.h"

/* A keeper that is only the other end of a socket pair. */
struct fake {
	struct client	*c;
	int		 keeper;
};

static void
open_fake(struct fake *f)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(client_adopt(&f->c, pair[0]), 0);
	f->keeper = pair[1];
}

static void
close_fake(struct fake *f)
{
	client_close(f->c);
	if (f->keeper >= 0)
		close(f->keeper);
}

static void
say(struct fake *f, unsigned type, uint64_t id, const char *json)
{
	struct msg_part part = { id, str_of(json) };

	assert_int_equal(frame_write(f->keeper, type, &part, -1), 0);
}

static void
a_request_arrives_whole(void **state)
{
	static struct frame frame;
	char mail[MESSAGE_PART + 7];
	struct msg_part part;
	struct msg_id go;
	struct fake f;
	size_t got = 0;

	(void)state;
	memset(mail, 'm', sizeof(mail));
	open_fake(&f);
	assert_int_equal(client_send(f.c, 1, STR("{\"verb\":\"status\"}"),
	    (struct str){ mail, sizeof(mail) }), 0);
	assert_int_equal(frame_read(f.keeper, &frame), 0);
	assert_int_equal(frame.type, MSG_CTL);
	assert_int_equal(frame_decode(&part, sizeof(part), &frame), 0);
	assert_true(str_eq(part.octets, STR("{\"verb\":\"status\"}")));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(frame_read(f.keeper, &frame), 0);
		assert_int_equal(frame.type, MSG_CTL_PART);
		assert_int_equal(frame_decode(&part, sizeof(part), &frame), 0);
		got += part.octets.n;
	}
	assert_int_equal(got, sizeof(mail));
	assert_int_equal(frame_read(f.keeper, &frame), 0);
	assert_int_equal(frame.type, MSG_CTL_GO);
	assert_int_equal(frame_decode(&go, sizeof(go), &frame), 0);
	assert_true(go.id == part.id);
	close_fake(&f);
}

static void
events_come_in_order_and_end(void **state)
{
	struct fake f;
	struct str s;
	uint64_t id;

	(void)state;
	open_fake(&f);
	say(&f, MSG_CTL_EVENT, 99, "{\"of\":\"another\"}");
	say(&f, MSG_CTL_EVENT, 1, "{\"event\":\"a\"}");
	say(&f, MSG_CTL_DONE, 1, "{\"exit\":0}");
	assert_int_equal(client_read(f.c, &id, &s, 1000), 0);
	assert_int_equal(id, 99);
	assert_int_equal(client_read(f.c, &id, &s, 1000), 0);
	assert_int_equal(id, 1);
	assert_true(str_eq(s, STR("{\"event\":\"a\"}")));
	assert_int_equal(client_read(f.c, &id, &s, 1000), CLIENT_DONE);
	assert_true(str_eq(s, STR("{\"exit\":0}")));
	close_fake(&f);
}

static void
silence_and_loss_are_told_apart(void **state)
{
	struct fake f;
	struct str s;
	uint64_t id;

	(void)state;
	open_fake(&f);
	assert_int_equal(client_read(f.c, &id, &s, 10), CLIENT_TIME);
	close(f.keeper);
	f.keeper = -1;
	assert_int_equal(client_read(f.c, &id, &s, 1000), CLIENT_GONE);
	assert_int_equal(client_send(f.c, 1, STR("{}"), STR("")), CLIENT_GONE);
	close_fake(&f);
}

static void
what_is_not_the_protocol_is_refused(void **state)
{
	struct msg_id go = { 1 };
	struct fake f;
	struct str s;
	uint64_t id;

	(void)state;
	open_fake(&f);
	assert_int_equal(frame_write(f.keeper, MSG_GO, &go, -1), 0);
	assert_int_equal(client_read(f.c, &id, &s, 1000), SEK_EPARSE);
	assert_int_equal(send(f.keeper, "junk", 4, 0), 4);
	assert_int_equal(client_read(f.c, &id, &s, 1000), SEK_EPARSE);
	/* a descriptor that nobody asked for is not kept */
	assert_int_equal(frame_write(f.keeper, MSG_GO, &go, STDOUT_FILENO), 0);
	assert_int_equal(client_read(f.c, &id, &s, 1000), SEK_EPARSE);
	close_fake(&f);
}

static void
requests_are_bounded(void **state)
{
	static char big[CLIENT_REQUEST + 1];
	struct fake f;

	(void)state;
	open_fake(&f);
	assert_int_equal(client_send(f.c, 1, (struct str){ big, sizeof(big) },
	    STR("")), SEK_ELIMIT);
	close_fake(&f);
}

static void
the_socket_is_found(void **state)
{
	char path[CLIENT_PATH], state_dir[64], tiny[8], longer[200];
	struct client *c;

	(void)state;
	assert_int_equal(client_path(path, "/run/x/control"), 0);
	assert_string_equal(path, "/run/x/control");
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(client_path(path, longer), SEK_ELIMIT);
	assert_int_equal(client_path(path, ""), SEK_ELIMIT);
	setenv("XDG_STATE_HOME", "/state", 1);
	assert_int_equal(client_state(state_dir, sizeof(state_dir)), 0);
	assert_string_equal(state_dir, geteuid() == 0 ? "/var/lib/sekimori" :
	    "/state/sekimori");
	assert_int_equal(client_path(path, NULL), 0);
	assert_non_null(strstr(path, "/sekimori/control"));
	assert_int_equal(client_state(tiny, sizeof(tiny)), SEK_ELIMIT);
	errno = 0;
	assert_int_equal(client_open(&c, "/nonexistent/control"), SEK_ESYS);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(client_open(&c, longer), SEK_ESYS);
	assert_int_equal(errno, ENAMETOOLONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_arrives_whole),
		cmocka_unit_test(events_come_in_order_and_end),
		cmocka_unit_test(silence_and_loss_are_told_apart),
		cmocka_unit_test(what_is_not_the_protocol_is_refused),
		cmocka_unit_test(requests_are_bounded),
		cmocka_unit_test(the_socket_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
