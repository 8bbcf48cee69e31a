#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/channel.h"

struct end {
	struct channel	*c;
	int		 got, drained, gone;
	uint64_t	 last;
	int		 fd;		/* kept of a message */
	int		 free_at;	/* free at this message */
	bool		 free_in_drained;
	size_t		 queued_at_drained;
};

static struct clock_fake now;
static struct loop *loop;
static struct end a, b;

static void
message(void *ctx, struct channel *c, struct frame *f)
{
	struct end *e = ctx;
	struct msg_id m;

	assert_ptr_equal(c, e->c);
	assert_int_equal(e->gone, 0);
	e->got++;
	if (f->type == MSG_GO && frame_decode(&m, sizeof(m), f) == 0) {
		if (m.id != e->last + 1)
			fail_msg("order: want %d, got %d", (int)e->last + 1, (int)m.id);
		e->last = m.id;
	}
	if (e->fd == -2) {
		e->fd = f->fd;
		f->fd = -1;
	}
	if (e->got == e->free_at) {
		channel_free(c);
		e->c = NULL;
	}
}

static void
drained(void *ctx, struct channel *c)
{
	struct end *e = ctx;

	e->drained++;
	e->queued_at_drained = channel_queued(c);
	if (e->free_in_drained) {
		channel_free(c);
		e->c = NULL;
	}
}

static void
gone(void *ctx, struct channel *c)
{
	struct end *e = ctx;

	e->gone++;
	assert_int_equal(channel_queued(c), 0);
	channel_free(c);
	e->c = NULL;
}

static const struct channel_events events = { message, drained, gone };

static int
setup(void **state)
{
	int pair[2];

	(void)state;
	clock_fake_init(&now, (struct wall){ 1000 });
	loop = loop_new_fake(&now);
	a = b = (struct end){ .fd = -1 };
	if (loop == NULL || frame_pair(pair) != 0)
		return -1;
	return channel_new(&a.c, loop, pair[0], &events, &a) != 0 ||
	    channel_new(&b.c, loop, pair[1], &events, &b) != 0;
}

static int
teardown(void **state)
{
	(void)state;
	channel_free(a.c);
	channel_free(b.c);
	loop_free(loop);
	return 0;
}

/* All that can happen now. */
static void
settle(void)
{
	clock_fake_pass(&now, 1);
	loop_run(loop, now.mono);
}

static void
send_ids(struct channel *c, uint64_t from, uint64_t to)
{
	for (uint64_t id = from; id <= to; id++) {
		struct msg_id m = { id };

		assert_int_equal(channel_send(c, MSG_GO, &m, -1), 0);
	}
}

/* Sends big messages until the channel says full; returns how many. */
static int
fill(struct channel *c)
{
	static char text[MESSAGE_PART];
	struct msg_part m = { 1, { text, sizeof(text) } };
	int n = 0;

	for (; !channel_full(c); n++)
		assert_int_equal(channel_send(c, MSG_CTL_EVENT, &m, -1), 0);
	return n;
}

static void
messages_keep_their_order_through_the_queue(void **state)
{
	(void)state;
	send_ids(a.c, 1, 5000);		/* far more than the socket holds */
	assert_true(channel_queued(a.c) > 0);
	settle();
	assert_int_equal(b.last, 5000);
	assert_int_equal(channel_queued(a.c), 0);
	send_ids(b.c, 1, 1);
	settle();
	assert_int_equal(a.last, 1);
}

static void
above_the_high_mark_it_is_full_and_drained_comes_below_the_low_one(void **state)
{
	int n;

	(void)state;
	n = fill(a.c);
	assert_true(channel_queued(a.c) > CHANNEL_HIGH);
	assert_int_equal(a.drained, 0);
	settle();
	assert_int_equal(b.got, n);
	assert_int_equal(a.drained, 1);
	assert_true(a.queued_at_drained < CHANNEL_LOW);
	assert_false(channel_full(a.c));
	send_ids(a.c, 1, 10);		/* a short queue drains without an event */
	settle();
	assert_int_equal(a.drained, 1);
}

static void
an_owner_that_ignores_full_meets_a_wall(void **state)
{
	static char text[MESSAGE_PART];
	struct msg_part m = { 1, { text, sizeof(text) } };
	int rc = 0, n = 0;

	(void)state;
	while (rc == 0 && n++ < 2000)
		rc = channel_send(a.c, MSG_CTL_EVENT, &m, -1);
	assert_int_equal(rc, SEK_ELIMIT);
	assert_true(channel_queued(a.c) <= CHANNEL_MAX);
	settle();
	assert_int_equal(b.got, n - 1);
}

static void
freeing_inside_a_message_ends_it_there(void **state)
{
	(void)state;
	b.free_at = 3;
	send_ids(a.c, 1, 10);
	settle();
	assert_int_equal(b.got, 3);
	assert_int_equal(b.gone, 0);
	assert_int_equal(a.gone, 1);	/* the other end hears of it */
}

static void
freeing_inside_drained_is_safe(void **state)
{
	(void)state;
	a.free_in_drained = true;
	fill(a.c);
	settle();
	assert_int_equal(a.drained, 1);
	assert_int_equal(b.gone, 1);
}

static void
the_peers_last_words_come_before_gone(void **state)
{
	(void)state;
	send_ids(b.c, 1, 5);	/* unread by a, while a has much for b */
	fill(a.c);
	channel_free(b.c);
	b.c = NULL;
	settle();
	assert_int_equal(a.last, 5);
	assert_int_equal(a.gone, 1);
}

static void
sending_to_a_peer_that_left_is_no_error(void **state)
{
	(void)state;
	channel_free(b.c);
	b.c = NULL;
	send_ids(a.c, 1, 3);
	assert_int_equal(channel_queued(a.c), 0);
	settle();
	assert_int_equal(a.gone, 1);
}

static void
garbage_is_gone_with_its_reason(void **state)
{
	static const char junk[] = "not a frame at all";
	int pair[2];
	struct end c = { .fd = -1 };

	(void)state;
	assert_int_equal(frame_pair(pair), 0);
	assert_int_equal(channel_new(&c.c, loop, pair[0], &events, &c), 0);
	assert_int_equal(channel_err(c.c), 0);
	assert_int_equal(write(pair[1], junk, sizeof(junk)), sizeof(junk));
	settle();
	assert_int_equal(c.gone, 1);
	assert_int_equal(c.got, 0);
	close(pair[1]);
}

static int
next_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void
descriptors_are_copied_when_queued_and_closed_when_not_kept(void **state)
{
	struct msg_socket m = { STR("smtp") };
	int before = next_fd(), pipes[2];
	char c = 0;

	(void)state;
	fill(a.c);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(channel_send(a.c, MSG_SOCKET, &m, pipes[1]), 0);
	close(pipes[1]);	/* the queue has its own */
	settle();		/* b does not keep it */
	assert_int_equal(read(pipes[0], &c, 1), 0);	/* EOF: all copies are gone */
	close(pipes[0]);
	assert_int_equal(next_fd(), before);

	b.fd = -2;		/* keep the next */
	assert_int_equal(channel_send(a.c, MSG_SOCKET, &m, 0), 0);
	settle();
	assert_true(b.fd >= 0);
	assert_int_equal(fcntl(b.fd, F_GETFD), FD_CLOEXEC);
	close(b.fd);
	assert_int_equal(next_fd(), before);
}

static void
queued_descriptors_are_closed_with_the_channel(void **state)
{
	struct msg_socket m = { STR("smtp") };
	int pipes[2];
	char c = 0;

	(void)state;
	fill(a.c);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(channel_send(a.c, MSG_SOCKET, &m, pipes[1]), 0);
	close(pipes[1]);
	channel_free(a.c);
	a.c = NULL;
	assert_int_equal(read(pipes[0], &c, 1), 0);
	close(pipes[0]);
	settle();
	assert_int_equal(b.gone, 1);
}

/* --- many in one frame --- */

static void
gathered_messages_keep_their_order(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(channel_gather(a.c), 0);
	assert_int_equal(channel_gather(a.c), 0);	/* twice is once */
	for (uint64_t i = 1; i <= 1000; i++) {
		struct msg_id m = { i };

		/* one with a descriptor goes behind those before it */
		assert_int_equal(channel_send(a.c, MSG_GO, &m, i % 100 == 50 ? fd : -1), 0);
	}
	assert_true(channel_queued(a.c) > 0);
	for (int i = 0; i < 100; i++)
		settle();
	assert_int_equal(b.got, 1000);
	assert_int_equal(b.last, 1000);
	assert_int_equal(channel_queued(a.c), 0);
	close(fd);
}

/* As who ends in the very round in which it said its last. */
static void
what_was_gathered_is_said_at_the_end(void **state)
{
	struct msg_id m = { 1 };

	(void)state;
	assert_int_equal(channel_gather(a.c), 0);
	assert_int_equal(channel_send(a.c, MSG_GO, &m, -1), 0);
	channel_free(a.c);
	a.c = NULL;
	settle();
	assert_int_equal(b.got, 1);
	assert_int_equal(b.gone, 1);
}

/* In the middle of a frame: the rest of it is nobody's. */
static void
freed_in_the_middle_of_many(void **state)
{
	(void)state;
	b.free_at = 3;
	assert_int_equal(channel_gather(a.c), 0);
	for (uint64_t i = 1; i <= 10; i++)
		assert_int_equal(channel_send(a.c, MSG_GO, &(struct msg_id){ i }, -1), 0);
	settle();
	settle();
	assert_int_equal(b.got, 3);
}

static void
one_in_another_breaks_the_channel(void **state)
{
	uint8_t inner[64], outer[128];
	struct msg_many m = { STR("") };
	ssize_t n = frame_encode(inner, sizeof(inner), MSG_MANY, &m);

	(void)state;
	assert_true(n > 0);
	m.frames = (struct str){ (const char *)inner, (size_t)n };
	n = frame_encode(outer, sizeof(outer), MSG_MANY, &m);
	assert_true(n > 0);
	assert_int_equal(frame_send(channel_fd(a.c), outer, (size_t)n, -1), 0);
	settle();
	assert_int_equal(b.got, 0);
	assert_int_equal(b.gone, 1);
}

static void
a_bag_that_nobody_reads_is_bounded(void **state)
{
	uint64_t i = 0;
	int err = 0;

	(void)state;
	assert_int_equal(channel_gather(a.c), 0);
	while (err == 0 && i < 10 * 1000 * 1000)
		err = channel_send(a.c, MSG_GO, &(struct msg_id){ ++i }, -1);
	assert_int_equal(err, SEK_ELIMIT);
	assert_true(channel_full(a.c));
	assert_in_range(channel_queued(a.c), CHANNEL_MAX / 2, CHANNEL_MAX);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(messages_keep_their_order_through_the_queue),
		T(above_the_high_mark_it_is_full_and_drained_comes_below_the_low_one),
		T(an_owner_that_ignores_full_meets_a_wall),
		T(freeing_inside_a_message_ends_it_there),
		T(freeing_inside_drained_is_safe),
		T(the_peers_last_words_come_before_gone),
		T(sending_to_a_peer_that_left_is_no_error),
		T(garbage_is_gone_with_its_reason),
		T(descriptors_are_copied_when_queued_and_closed_when_not_kept),
		T(queued_descriptors_are_closed_with_the_channel),
		T(gathered_messages_keep_their_order),
		T(what_was_gathered_is_said_at_the_end),
		T(freed_in_the_middle_of_many),
		T(one_in_another_breaks_the_channel),
		T(a_bag_that_nobody_reads_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
