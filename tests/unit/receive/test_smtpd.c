#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "receive/session.h"
#include "receive/smtpd.h"

#define R(x) x "\r\n"
#define TO_RCPT R("EHLO c.example") R("MAIL FROM:<s@pd.example>") R("RCPT TO:<t@pd.example>")
#define PEER "192.0.2.25"

/* A receiver and a keeper on one loop with a clock that jumps; clients are
 * ends of socket pairs. */
struct world {
	struct clock_fake	 clock;
	struct loop		*loop;
	struct conf		 conf;
	struct smtpd		*d;
	struct channel		*ours, *keeper;
	/* what the keeper heard and how it answers */
	bool			 mute;		/* it answers nothing */
	uint16_t		 rcpt_code, stored_code;
	unsigned		 asked, begun, ended, dropped;
	uint64_t		 last_end, last_begun;
	struct msg_mail		 mail;
	char			 rcpts[600];
	struct gbuf		 octets;
};

static void
keeper_says(struct world *w, unsigned type, uint64_t id, uint16_t code)
{
	struct msg_grant g = { .id = id, .ok = code < 400, .code = code,
		.why = STR("test") };

	if (!w->mute)
		assert_int_equal(channel_send(w->keeper, type, &g, -1), 0);
}

static void
keeper_hears(void *ctx, struct channel *c, struct frame *f)
{
	struct world *w = ctx;
	struct msg_rcpt rcpt;
	struct msg_part part;
	struct msg_id id;

	(void)c;
	switch (f->type) {
	case MSG_RCPT:
		assert_int_equal(frame_decode(&rcpt, sizeof(rcpt), f), 0);
		w->asked++;
		keeper_says(w, MSG_RCPT_IS, rcpt.id, w->rcpt_code);
		break;
	case MSG_MAIL:
		assert_int_equal(frame_decode(&w->mail, sizeof(w->mail), f), 0);
		assert_int_equal(str_copy(w->rcpts, sizeof(w->rcpts), w->mail.rcpts), 0);
		w->last_begun = w->mail.id;
		w->begun++;
		break;
	case MSG_MAIL_PART:
		assert_int_equal(frame_decode(&part, sizeof(part), f), 0);
		assert_in_range(part.octets.n, 1, MESSAGE_PART);
		assert_int_equal(gbuf_add(&w->octets, part.octets.p, part.octets.n), 0);
		break;
	case MSG_MAIL_END:
		assert_int_equal(frame_decode(&id, sizeof(id), f), 0);
		w->ended++;
		w->last_end = id.id;
		keeper_says(w, MSG_STORED, id.id, w->stored_code);
		break;
	case MSG_MAIL_DROP:
		w->dropped++;
		break;
	default:
		fail_msg("message %u", f->type);
	}
}

static void
keeper_gone(void *ctx, struct channel *c)
{
	struct world *w = ctx;

	channel_free(c);
	w->keeper = NULL;
}

static void
ours_hears(void *ctx, struct channel *c, struct frame *f)
{
	(void)c;
	smtpd_message(((struct world *)ctx)->d, f);
}

static void
ours_gone(void *ctx, struct channel *c)
{
	struct world *w = ctx;

	smtpd_keeper(w->d, NULL);
	channel_free(c);
	w->ours = NULL;
}

static void
keeper_start(struct world *w)
{
	static const struct channel_events ours = {
		.message = ours_hears, .gone = ours_gone,
	}, keeper = { .message = keeper_hears, .gone = keeper_gone };
	int pair[2];

	assert_int_equal(frame_pair(pair), 0);
	assert_int_equal(channel_new(&w->ours, w->loop, pair[0], &ours, w), 0);
	assert_int_equal(channel_new(&w->keeper, w->loop, pair[1], &keeper, w), 0);
	smtpd_keeper(w->d, w->ours);
}

static void
pass(struct world *w, int64_t ms)
{
	loop_run(w->loop, (struct mono){ w->clock.mono.ms + ms });
}

static int
world_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	static char name[] = "mx.pd.example", empty[] = "";

	assert_non_null(w);
	clock_fake_init(&w->clock, (struct wall){ 1795000000 });
	w->loop = loop_new_fake(&w->clock);
	assert_non_null(w->loop);
	w->conf = (struct conf){ .probe_helo = name, .probe_domain = empty,
		.smtp_size = 8 << 20, .smtp_sessions = 4, .smtp_per_addr = 2 };
	w->octets.max = 16 << 20;
	w->rcpt_code = w->stored_code = 250;
	assert_int_equal(smtpd_new(&w->d, w->loop, &w->conf, NULL), 0);
	keeper_start(w);
	*state = w;
	return 0;
}

static int
world_down(void **state)
{
	struct world *w = *state;

	smtpd_free(w->d);
	channel_free(w->ours);
	channel_free(w->keeper);
	pass(w, 10000);		/* flushes end */
	loop_free(w->loop);
	gbuf_free(&w->octets);
	free(w);
	return 0;
}

static int
dial_from(struct world *w, const char *from, const char *early)
{
	struct addr peer;
	int pair[2];

	assert_int_equal(addr_parse(&peer, str_of(from)), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	if (early != NULL)
		assert_true(write(pair[1], early, strlen(early)) > 0);
	smtpd_adopt(w->d, pair[0], &peer);
	pass(w, 0);
	return pair[1];
}

/* What has come for the client: all of it, or "" */
static const char *
heard(struct world *w, int fd)
{
	static char text[8192];
	ssize_t n;

	pass(w, 0);
	n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static const char *
talk(struct world *w, int fd, const char *say)
{
	assert_int_equal(write(fd, say, strlen(say)), strlen(say));
	return heard(w, fd);
}

static bool
hung_up(struct world *w, int fd)
{
	char octet;

	pass(w, 0);
	return read(fd, &octet, 1) == 0;
}

#define HAS(text, want) do { const char *t_ = (text); \
	if (strstr(t_, (want)) == NULL) \
		fail_msg("want %s, got %s", (want), t_); } while (0)

static void
a_mail_reaches_the_keeper(void **state)
{
	struct world *w = *state;
	int fd = dial_from(w, PEER, NULL);
	struct addr peer;

	HAS(heard(w, fd), "220 mx.pd.example ESMTP");
	HAS(talk(w, fd, TO_RCPT R("DATA")), "250 2.1.5 Ok\r\n354 ");
	HAS(talk(w, fd, "A: 1\r\n\r\n..dot\r\n.\r\n"), "250 2.6.0 Kept\r\n");
	assert_int_equal(w->ended, 1);
	assert_int_equal(w->last_end, w->last_begun);
	assert_string_equal(w->rcpts, "t@pd.example");
	assert_int_equal(addr_parse(&peer, STR(PEER)), 0);
	assert_true(addr_eq(&w->mail.peer, &peer));
	assert_int_equal(w->octets.len, 14);
	assert_memory_equal(w->octets.p, "A: 1\r\n\r\n.dot\r\n", 14);
	HAS(talk(w, fd, R("QUIT")), "221 ");
	assert_true(hung_up(w, fd));
	close(fd);
	pass(w, 0);
	assert_int_equal(smtpd_sessions(w->d), 0);
	assert_int_equal(w->dropped, 0);
}

static void
no_250_before_the_keeper_stored_it(void **state)
{
	struct world *w = *state;
	int fd = dial_from(w, PEER, NULL);

	HAS(talk(w, fd, TO_RCPT R("DATA")), "354");
	w->mute = true;
	/* also the command behind it waits */
	assert_string_equal(talk(w, fd, "x\r\n.\r\nNOOP\r\n"), "");
	assert_int_equal(w->ended, 1);
	pass(w, 30000);
	assert_string_equal(heard(w, fd), "");
	w->mute = false;
	keeper_says(w, MSG_STORED, w->last_end + 100, 250);	/* another's */
	assert_string_equal(heard(w, fd), "");
	keeper_says(w, MSG_STORED, w->last_end, 250);
	assert_string_equal(heard(w, fd), "250 2.6.0 Kept\r\n250 2.0.0 Ok\r\n");
	close(fd);
}

static void
what_the_keeper_says_is_said(void **state)
{
	struct world *w = *state;
	int fd = dial_from(w, PEER, NULL);

	w->rcpt_code = 550;
	HAS(talk(w, fd, TO_RCPT), "550 5.1.1");
	w->rcpt_code = 451;
	HAS(talk(w, fd, R("RCPT TO:<t@pd.example>")), "451 4.3.0");
	w->rcpt_code = 250;
	w->stored_code = 452;
	HAS(talk(w, fd, R("RCPT TO:<t@pd.example>") R("DATA") ".\r\n"), "452 4.3.0");
	close(fd);
}

static void
a_mute_keeper_gives_451_in_a_minute(void **state)
{
	struct world *w = *state;
	int fd = dial_from(w, PEER, NULL);

	heard(w, fd);
	w->mute = true;
	assert_non_null(strstr(talk(w, fd, TO_RCPT), "250 2.1.0 Ok\r\n"));
	pass(w, 59000);
	assert_string_equal(heard(w, fd), "");
	pass(w, 1500);
	assert_string_equal(heard(w, fd), "451 4.3.0 Try again later\r\n");
	/* and its late word changes nothing */
	w->mute = false;
	keeper_says(w, MSG_RCPT_IS, 1, 250);
	assert_string_equal(talk(w, fd, R("DATA")), "503 5.5.1 Not now\r\n");
	HAS(talk(w, fd, R("RCPT TO:<t@pd.example>") R("DATA")), "354");
	w->mute = true;
	assert_string_equal(talk(w, fd, ".\r\n"), "");
	pass(w, 60500);
	assert_string_equal(heard(w, fd), "451 4.3.0 Try again later\r\n");
	close(fd);
}

static void
a_keeper_that_dies_gives_451(void **state)
{
	struct world *w = *state;
	int a = dial_from(w, PEER, NULL), b = dial_from(w, "192.0.2.26", NULL);
	int c = dial_from(w, "192.0.2.27", NULL);

	HAS(talk(w, a, TO_RCPT R("DATA") "half"), "354");	/* in a mail */
	HAS(talk(w, c, TO_RCPT R("DATA")), "354");
	w->mute = true;
	HAS(talk(w, b, TO_RCPT), "250 2.1.0");			/* with a question */
	assert_string_equal(talk(w, c, "x\r\n.\r\n"), "");		/* with a whole mail */
	channel_free(w->keeper);
	w->keeper = NULL;
	assert_string_equal(heard(w, b), "451 4.3.0 Try again later\r\n");
	assert_string_equal(heard(w, c), "451 4.3.0 Try again later\r\n");
	assert_string_equal(heard(w, a), "");
	w->mute = false;
	keeper_start(w);
	assert_string_equal(talk(w, a, " a mail\r\n.\r\n"), "451 4.3.0 Try again later\r\n");
	assert_int_equal(w->ended, 1);
	HAS(talk(w, a, R("MAIL FROM:<>") R("RCPT TO:<t@pd.example>") R("DATA") ".\r\n"), "250 2.6.0");
	assert_int_equal(w->ended, 2);
	close(a);
	close(b);
	close(c);
}

static void
two_sessions_do_not_mix(void **state)
{
	struct world *w = *state;
	int a = dial_from(w, PEER, NULL), b = dial_from(w, PEER, NULL);
	uint64_t first;

	w->mute = true;
	heard(w, a);
	heard(w, b);
	HAS(talk(w, a, TO_RCPT), "250 2.1.0");
	HAS(talk(w, b, TO_RCPT), "250 2.1.0");
	w->mute = false;
	keeper_says(w, MSG_RCPT_IS, 2, 550);
	assert_string_equal(heard(w, a), "");
	assert_string_equal(heard(w, b), "550 5.1.1 No such recipient here\r\n");
	keeper_says(w, MSG_RCPT_IS, 1, 250);
	assert_string_equal(heard(w, a), "250 2.1.5 Ok\r\n");
	HAS(talk(w, b, R("RCPT TO:<t@pd.example>") R("DATA")), "354");
	HAS(talk(w, a, R("DATA")), "354");
	w->mute = true;
	talk(w, a, "a\r\n.\r\n");
	first = w->last_end;
	talk(w, b, "b\r\n.\r\n");
	assert_int_not_equal(first, w->last_end);
	w->mute = false;
	keeper_says(w, MSG_STORED, w->last_end, 451);
	keeper_says(w, MSG_STORED, first, 250);
	HAS(heard(w, a), "250 2.6.0");
	HAS(heard(w, b), "451 4.3.0");
	close(a);
	close(b);
}

static void
a_client_that_leaves_drops_its_mail(void **state)
{
	struct world *w = *state;
	int fd = dial_from(w, PEER, NULL);

	HAS(talk(w, fd, TO_RCPT R("DATA") "half"), "354");
	close(fd);
	pass(w, 0);
	assert_int_equal(w->begun, 1);
	assert_int_equal(w->dropped, 1);
	assert_int_equal(w->ended, 0);
	assert_int_equal(smtpd_sessions(w->d), 0);
}

static void
smuggling_is_cut_off(void **state)
{
	struct world *w = *state;
	int fd = dial_from(w, PEER, NULL);

	talk(w, fd, TO_RCPT R("DATA"));
	HAS(talk(w, fd, "a\n.\nMAIL FROM:<evil@pd.example>\r\n"), "521 5.5.2");
	assert_true(hung_up(w, fd));
	assert_int_equal(w->dropped, 1);
	assert_int_equal(w->ended, 0);
	close(fd);
}

static void
silence_and_drip_end(void **state)
{
	struct world *w = *state;
	int fd = dial_from(w, PEER, NULL);

	heard(w, fd);
	pass(w, 299000);
	assert_string_equal(heard(w, fd), "");
	pass(w, 1500);
	HAS(heard(w, fd), "421 4.4.2");
	assert_true(hung_up(w, fd));
	close(fd);
	fd = dial_from(w, PEER, NULL);
	talk(w, fd, TO_RCPT R("DATA"));
	for (int i = 0; i < 11; i++) {	/* a word a minute */
		assert_true(write(fd, "word ", 5) == 5 || i >= 10);
		pass(w, 60000);
	}
	HAS(heard(w, fd), "421 4.4.2");
	assert_int_equal(w->dropped, 1);
	close(fd);
}

static void
early_talkers_are_refused(void **state)
{
	struct world *w = *state;
	int fd = dial_from(w, PEER, "EHLO c.example\r\n");

	HAS(heard(w, fd), "554 5.5.0");
	assert_true(hung_up(w, fd));
	assert_int_equal(smtpd_sessions(w->d), 0);
	close(fd);
}

static void
sessions_are_counted(void **state)
{
	static const struct { const char *from; const char *want; } dials[] = {
		{ "192.0.2.1", "220" }, { "192.0.2.1", "220" }, { "192.0.2.1", "421 4.7.0" },
		{ "2001:db8::1", "220" }, { "2001:db8::ffff", "220" },
		{ "192.0.2.9", "421 4.7.0" },	/* four in all */
	};
	struct world *w = *state;
	int fd[6];

	for (size_t i = 0; i < 6; i++) {
		fd[i] = dial_from(w, dials[i].from, NULL);
		HAS(heard(w, fd[i]), dials[i].want);
	}
	close(fd[0]);
	pass(w, 0);
	fd[0] = dial_from(w, "2001:db8::2:1", NULL);	/* the /64 has its two */
	HAS(heard(w, fd[0]), "421 4.7.0");
	close(fd[0]);
	fd[0] = dial_from(w, "192.0.2.9", NULL);
	HAS(heard(w, fd[0]), "220");
	for (size_t i = 0; i < 6; i++)
		close(fd[i]);
}

static void
a_slow_keeper_slows_the_client(void **state)
{
	struct world *w = *state;
	const size_t all = 4 << 20;
	int fd, pair[2];
	size_t sent = 0;
	static char text[32768];
	struct frame f;

	/* a keeper that reads nothing */
	smtpd_keeper(w->d, NULL);
	channel_free(w->ours);
	assert_int_equal(frame_pair(pair), 0);
	static const struct channel_events ours = { .message = ours_hears, .gone = ours_gone };
	assert_int_equal(channel_new(&w->ours, w->loop, pair[0], &ours, w), 0);
	smtpd_keeper(w->d, w->ours);
	fd = dial_from(w, PEER, NULL);
	talk(w, fd, TO_RCPT);
	assert_int_equal(frame_read(pair[1], &f), 0);
	assert_int_equal(frame_write(pair[1], MSG_RCPT_IS, &(struct msg_grant){
	    .id = 1, .ok = 1, .code = 250 }, -1), 0);
	HAS(talk(w, fd, R("DATA")), "354");
	memset(text, 'a', sizeof(text));
	for (size_t i = 998; i < sizeof(text); i += 1000)
		memcpy(text + i, "\r\n", 2);
	for (int i = 0; i < 1000 && sent < all; i++) {
		ssize_t n = write(fd, text, 32000);

		sent += n > 0 ? (size_t)n : 0;
		pass(w, 0);
	}
	assert_in_range(sent, CHANNEL_HIGH / 2, 3 << 20);	/* it stopped */
	assert_in_range(channel_queued(w->ours), CHANNEL_HIGH, CHANNEL_HIGH + 65536);
	/* it reads again: the client goes on */
	for (int i = 0; i < 400; i++) {
		if (frame_read(pair[1], &f) == FRAME_AGAIN)
			pass(w, SMTPD_RETRY_MS);
	}
	assert_true(write(fd, text, 32000) > 0);
	/* and stands still for a minute: the mail is void */
	for (int i = 0; i < 1000 && sent < 2 * all; i++) {
		ssize_t n = write(fd, text, 32000);

		sent += n > 0 ? (size_t)n : 0;
		pass(w, 0);
	}
	pass(w, 1000 * SMTPD_KEEPER_S + 1000);
	assert_int_equal(smtpd_sessions(w->d), 1);
	close(fd);
	pass(w, 0);
	assert_int_equal(smtpd_sessions(w->d), 0);
	close(pair[1]);
}

static void
a_listening_socket_is_served(void **state)
{
	struct world *w = *state;
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), c;
	struct timeval tv = { 2, 0 };
	char text[64] = "";

	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(smtpd_listen(w->d, fd), 0);
	c = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(c, (struct sockaddr *)&a, len), 0);
	pass(w, 100);
	setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	assert_true(read(c, text, sizeof(text) - 1) > 0);
	HAS(text, "220 mx.pd.example");
	assert_int_equal(smtpd_sessions(w->d), 1);
	close(c);
}

static int
open_descriptors(void)
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
a_thousand_sessions_leave_nothing(void **state)
{
	struct world *w = *state;
	int before = open_descriptors();

	for (int i = 0; i < 1000; i++) {
		int fd = dial_from(w, PEER, i % 10 == 9 ? "x" : NULL);

		talk(w, fd, i % 3 == 0 ? TO_RCPT R("DATA") "half" : i % 3 == 1 ?
		    TO_RCPT R("DATA") "x\r\n.\r\n" R("QUIT") : "a\n");
		close(fd);
		pass(w, 0);
	}
	assert_int_equal(smtpd_sessions(w->d), 0);
	assert_int_equal(w->begun, w->ended + w->dropped);
	assert_int_equal(open_descriptors(), before);
}

#define T(f) cmocka_unit_test_setup_teardown(f, world_up, world_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_mail_reaches_the_keeper),
		T(no_250_before_the_keeper_stored_it),
		T(what_the_keeper_says_is_said),
		T(a_mute_keeper_gives_451_in_a_minute),
		T(a_keeper_that_dies_gives_451),
		T(two_sessions_do_not_mix),
		T(a_client_that_leaves_drops_its_mail),
		T(smuggling_is_cut_off),
		T(silence_and_drip_end),
		T(early_talkers_are_refused),
		T(sessions_are_counted),
		T(a_slow_keeper_slows_the_client),
		T(a_listening_socket_is_served),
		T(a_thousand_sessions_leave_nothing),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
