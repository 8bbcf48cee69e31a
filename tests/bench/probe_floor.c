/* tests/bench/probe_floor.c -- what a bare client costs that says the same.
 *
 * probe_floor SCRIPT TARGETS AT_ONCE PORT: says the lines of SCRIPT, one by one
 * after the greeting, to 127.1.0.0 and the addresses behind it, so many at a
 * time.  Of a reply nothing is read but its code and where it ends.  Prints the
 * microseconds of processor time for a dialogue.
 *
 * To be the floor of the prober it makes its system calls and no others:
 * socket, connect, one epoll_wait for all that are ready, one read and one write
 * for a reply and a command, shutdown, close. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "need.h"

enum { LINES_MAX = 128, SCRIPT_MAX = 64 * 1024, REPLY_MAX = 16 * 1024, EVENTS = 1024 };

struct talk {
	int		fd;
	bool		up;
	unsigned	line;	/* to be said next */
	unsigned	code;	/* of the last reply */
};

static struct { const char *p; size_t n; } lines[LINES_MAX];
static unsigned n_lines, n_targets, begun, ended, odd;
static char script[SCRIPT_MAX];
static uint16_t port;
static int epoll_fd;

static void
read_script(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t n;

	need(f != NULL, path);
	n = fread(script, 1, sizeof(script) - 1, f);
	fclose(f);
	for (char *p = script, *end; p < script + n && n_lines < LINES_MAX; p = end + 1) {
		end = memchr(p, '\n', (size_t)(script + n - p));
		need(end != NULL, "a line without an end");
		lines[n_lines].p = p;
		lines[n_lines++].n = (size_t)(end + 1 - p);	/* with its CRLF */
	}
	need(n_lines > 0, "an empty script");
}

static void
dial(struct talk *t)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(0x7f010000u + begun) };
	struct epoll_event e = { .events = EPOLLOUT, .data.ptr = t };

	begun++;
	*t = (struct talk){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) };
	need(t->fd >= 0, "socket");
	need(connect(t->fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
	    errno == EINPROGRESS, "connect");
	need(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, t->fd, &e) == 0, "epoll_ctl");
}

static void
end(struct talk *t)
{
	odd += t->line != n_lines;
	close(t->fd);
	ended++;
	if (begun < n_targets)
		dial(t);
}

static void
connected(struct talk *t)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = t };
	int err = 0;
	socklen_t n = sizeof(err);

	need(getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &err, &n) == 0 && err == 0, "connect");
	need(epoll_ctl(epoll_fd, EPOLL_CTL_MOD, t->fd, &e) == 0, "epoll_ctl");
	t->up = true;
}

/* The last line of the reply is there: a code and a blank. */
static bool
is_whole(struct talk *t, const char *p, size_t n)
{
	const char *last = memrchr(p, '\n', n - 1);

	last = last == NULL ? p : last + 1;
	if (p[n - 1] != '\n' || p + n - last < 4 || last[3] == '-')
		return false;
	t->code = (unsigned)((last[0] - '0') * 100 + (last[1] - '0') * 10 + last[2] - '0');
	return true;
}

static void
ready(struct talk *t)
{
	char reply[REPLY_MAX];
	ssize_t n;

	if (!t->up) {
		connected(t);
		return;
	}
	n = recv(t->fd, reply, sizeof(reply), 0);
	if (n <= 0 && errno == EAGAIN && n < 0)
		return;
	if (n <= 0) {
		end(t);
		return;
	}
	if (!is_whole(t, reply, (size_t)n) || t->line == n_lines)
		return;
	need(send(t->fd, lines[t->line].p, lines[t->line].n, MSG_NOSIGNAL) ==
	    (ssize_t)lines[t->line].n, "send");
	if (++t->line == n_lines)
		shutdown(t->fd, SHUT_WR);
}

static double
processor_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

int
main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	struct talk *talks;
	unsigned at_once;
	double began;

	if (argc != 5) {
		fprintf(stderr, "usage: probe_floor SCRIPT TARGETS AT_ONCE PORT\n");
		return EXIT_FAILURE;
	}
	read_script(argv[1]);
	n_targets = (unsigned)strtoul(argv[2], NULL, 10);
	at_once = (unsigned)strtoul(argv[3], NULL, 10);
	port = (uint16_t)strtoul(argv[4], NULL, 10);
	talks = calloc(at_once, sizeof(*talks));
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	need(talks != NULL && epoll_fd >= 0, "start");
	began = processor_us();
	for (unsigned i = 0; i < at_once && begun < n_targets; i++)
		dial(&talks[i]);
	while (ended < n_targets) {
		int n = epoll_wait(epoll_fd, events, EVENTS, -1);

		for (int i = 0; i < n; i++)
			ready(events[i].data.ptr);
	}
	printf("us=%.1f odd=%u\n", (processor_us() - began) / n_targets, odd);
	return odd == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
