#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/frame.h"

static int
open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
make_pair(int pair[2])
{
	assert_int_equal(frame_pair(pair), 0);
}

static void
close_pair(int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

static void
message_arrives_as_it_was(void **state)
{
	struct msg_said m = { 7, 3, STR("S: 220 mx\0.example") }, got;
	struct frame f;
	int pair[2];

	(void)state;
	make_pair(pair);
	assert_int_equal(frame_write(pair[0], MSG_SAID, &m, -1), 0);
	assert_int_equal(frame_read(pair[1], &f), 0);
	assert_int_equal(f.type, MSG_SAID);
	assert_int_equal(f.fd, -1);
	assert_int_equal(frame_decode(&got, sizeof(got), &f), 0);
	assert_int_equal(got.order, 7);
	assert_int_equal(got.part, 3);
	assert_true(str_eq(got.octets, m.octets));
	assert_int_equal(frame_read(pair[1], &f), FRAME_AGAIN);
	close_pair(pair);
}

static void
largest_text_fits_one_more_does_not(void **state)
{
	static char text[MESSAGE_TEXT + 1];
	struct msg_text m = { { text, MESSAGE_TEXT } }, got;
	struct frame f;
	int pair[2];

	(void)state;
	memset(text, 'x', sizeof(text));
	make_pair(pair);
	assert_int_equal(frame_write(pair[0], MSG_CONF, &m, -1), 0);
	assert_int_equal(frame_read(pair[1], &f), 0);
	assert_int_equal(frame_decode(&got, sizeof(got), &f), 0);
	assert_int_equal(got.text.n, MESSAGE_TEXT);
	m.text.n++;
	assert_int_equal(frame_write(pair[0], MSG_CONF, &m, -1), SEK_ELIMIT);
	assert_int_equal(frame_read(pair[1], &f), FRAME_AGAIN);
	close_pair(pair);
}

static void
peer_that_left_is_eof_on_both_ways(void **state)
{
	struct msg_id m = { 1 };
	struct frame f;
	int pair[2];

	(void)state;
	make_pair(pair);
	close(pair[0]);
	assert_int_equal(frame_read(pair[1], &f), FRAME_EOF);
	assert_int_equal(frame_write(pair[1], MSG_GO, &m, -1), FRAME_EOF);
	close(pair[1]);
}

static void
last_words_come_before_eof_also_when_ours_were_not_read(void **state)
{
	struct msg_id m = { 1 };
	struct frame f;
	int pair[2];

	(void)state;
	make_pair(pair);
	assert_int_equal(frame_write(pair[1], MSG_GO, &m, -1), 0);	/* unread */
	assert_int_equal(frame_write(pair[0], MSG_ASK, &m, -1), 0);
	close(pair[0]);
	assert_int_equal(frame_read(pair[1], &f), 0);
	assert_int_equal(f.type, MSG_ASK);
	assert_int_equal(frame_read(pair[1], &f), FRAME_EOF);
	close(pair[1]);
}

static void
full_socket_is_again_and_loses_nothing(void **state)
{
	char text[8000];
	struct msg_text m = { { text, sizeof(text) } };
	struct frame f;
	int pair[2], sent = 0, got = 0, rc;

	(void)state;
	memset(text, 'x', sizeof(text));
	make_pair(pair);
	while ((rc = frame_write(pair[0], MSG_CONF, &m, -1)) == 0)
		assert_true(++sent < 10000);
	assert_int_equal(rc, FRAME_AGAIN);
	while (frame_read(pair[1], &f) == 0)
		got++;
	assert_int_equal(got, sent);
	close_pair(pair);
}

static void
descriptor_comes_along_and_closes_on_exec(void **state)
{
	struct msg_socket m = { STR("smtp") };
	struct frame f;
	int pair[2], pipes[2];
	char c = 0;

	(void)state;
	make_pair(pair);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(frame_write(pair[0], MSG_SOCKET, &m, pipes[1]), 0);
	close(pipes[1]);
	assert_int_equal(frame_read(pair[1], &f), 0);
	assert_true(f.fd >= 0);
	assert_int_equal(fcntl(f.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(f.fd, "x", 1), 1);
	assert_int_equal(read(pipes[0], &c, 1), 1);
	assert_int_equal(c, 'x');
	close(f.fd);
	close(pipes[0]);
	close_pair(pair);
}

/* Sends raw octets with n copies of descriptor 0. */
static void
send_raw(int sock, const void *p, size_t n, size_t fds)
{
	struct iovec io = { (void *)(uintptr_t)p, n };
	union {
		struct cmsghdr	align;
		char		o[CMSG_SPACE(8 * sizeof(int))];
	} control;
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	int all[8] = { 0 };

	memset(&control, 0, sizeof(control));
	if (fds > 0) {
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(fds * sizeof(int));
		CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(fds * sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), all, fds * sizeof(int));
	}
	assert_int_equal(sendmsg(sock, &m, 0), n);
}

static const struct {
	const char	*name;
	const char	*octets;
	size_t		 n;
	size_t		 fds;
	int		 want;
} raw[] = {
#define RAW(s) s, sizeof(s) - 1
	{ "whole empty message", RAW("\0\6\0\1\0\0\0\1\0"), 0, 0 },
	{ "one descriptor", RAW("\0\6\0\1\0\0\0\1\0"), 1, 0 },
	{ "two descriptors, where alignment has room for both",
	    RAW("\0\6\0\1\0\0\0\1\0"), 2, SEK_EPARSE },
	{ "eight descriptors", RAW("\0\6\0\1\0\0\0\1\0"), 8, SEK_EPARSE },
	{ "half a head", RAW("\0\6\0"), 0, SEK_EPARSE },
	{ "half a head with a descriptor", RAW("\0\6\0"), 1, SEK_EPARSE },
	{ "type 0", RAW("\0\0\0\1\0\0\0\1\0"), 0, SEK_EPARSE },
	{ "type past the table", RAW("\xff\xff\0\1\0\0\0\1\0"), 1, SEK_EPARSE },
	{ "other version", RAW("\0\6\0\2\0\0\0\1\0"), 0, SEK_EPARSE },
	{ "length says less", RAW("\0\6\0\1\0\0\0\0\0"), 0, SEK_EPARSE },
	{ "length says more", RAW("\0\6\0\1\0\0\0\2\0"), 1, SEK_EPARSE },
	{ "length says 4 GiB", RAW("\0\6\0\1\xff\xff\xff\xff\0"), 0, SEK_EPARSE },
};

static void
raw_frames(void **state)
{
	struct frame f;
	int pair[2], before, rc;

	(void)state;
	make_pair(pair);
	before = open_fds();
	for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++) {
		send_raw(pair[0], raw[i].octets, raw[i].n, raw[i].fds);
		rc = frame_read(pair[1], &f);
		if (rc == 0 && f.fd >= 0)
			close(f.fd);
		if (rc != raw[i].want)
			fail_msg("%s: want %d, got %d", raw[i].name,
			    raw[i].want, rc);
		if (rc != 0)
			assert_int_equal(f.fd, -1);
		if (open_fds() != before)
			fail_msg("%s: a descriptor leaked", raw[i].name);
	}
	close_pair(pair);
}

static void
too_long_a_packet_is_refused_with_its_descriptor(void **state)
{
	static uint8_t big[FRAME_MAX + 1] = { 0, MSG_CONF, 0, 1, 0, 0, 0xff, 0xf9 };
	struct frame f;
	int pair[2], before;

	(void)state;
	make_pair(pair);
	before = open_fds();
	send_raw(pair[0], big, sizeof(big), 1);
	assert_int_equal(frame_read(pair[1], &f), SEK_EPARSE);
	assert_int_equal(open_fds(), before);
	close_pair(pair);
}

static void
body_that_lies_is_not_decoded(void **state)
{
	struct frame f = { .type = MSG_CONF, .len = 8,
	    .body = { 0, 0, 0, 5, 'a', 'b', 'c', 'd' } };
	struct msg_text m;

	(void)state;
	assert_int_equal(frame_decode(&m, sizeof(m), &f), SEK_EPARSE);
	f.body[3] = 3;		/* and one octet left over */
	assert_int_equal(frame_decode(&m, sizeof(m), &f), SEK_EPARSE);
	f.body[3] = 4;
	assert_int_equal(frame_decode(&m, sizeof(m), &f), 0);
	f.type = MSG_N;
	assert_int_equal(frame_decode(&m, sizeof(m), &f), SEK_EPARSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_arrives_as_it_was),
		cmocka_unit_test(largest_text_fits_one_more_does_not),
		cmocka_unit_test(peer_that_left_is_eof_on_both_ways),
		cmocka_unit_test(last_words_come_before_eof_also_when_ours_were_not_read),
		cmocka_unit_test(full_socket_is_again_and_loses_nothing),
		cmocka_unit_test(descriptor_comes_along_and_closes_on_exec),
		cmocka_unit_test(raw_frames),
		cmocka_unit_test(too_long_a_packet_is_refused_with_its_descriptor),
		cmocka_unit_test(body_that_lies_is_not_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
