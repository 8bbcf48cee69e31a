#include "tool/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/frame.h"

struct client {
	int		sock;
	struct frame	frame;
};

int
client_state(char *out, size_t cap)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int n;

	if (geteuid() == 0)
		n = snprintf(out, cap, "/var/lib/sekimori");
	else if (xdg != NULL && xdg[0] == '/')
		n = snprintf(out, cap, "%s/sekimori", xdg);
	else if (home != NULL && home[0] == '/')
		n = snprintf(out, cap, "%s/.local/state/sekimori", home);
	else
		return SEK_ELIMIT;
	return n >= 0 && (size_t)n < cap ? 0 : SEK_ELIMIT;
}

int
client_path(char out[CLIENT_PATH], const char *given)
{
	char state[CLIENT_PATH];
	int n;

	if (given != NULL)
		return given[0] == '\0' ? SEK_ELIMIT :
		    str_copy(out, CLIENT_PATH, str_of(given));
	if (client_state(state, sizeof(state)) != 0)
		return SEK_ELIMIT;
	n = snprintf(out, CLIENT_PATH, "%s/control", state);
	return n < CLIENT_PATH ? 0 : SEK_ELIMIT;
}

/* Closes sock with errno kept. */
static int
give_up(int sock)
{
	int keep = errno;

	close(sock);
	errno = keep;
	return SEK_ESYS;
}

int
client_adopt(struct client **out, int sock)
{
	int flags = fcntl(sock, F_GETFL);
	struct client *c;

	if (flags < 0 || fcntl(sock, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(sock, F_SETFD, FD_CLOEXEC) < 0)
		return give_up(sock);
	c = calloc(1, sizeof(*c));
	if (c == NULL) {
		close(sock);
		return SEK_ENOMEM;
	}
	c->sock = sock;
	*out = c;
	return 0;
}

int
client_open(struct client **out, const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int sock;

	if (str_copy(sa.sun_path, sizeof(sa.sun_path), str_of(path)) != 0) {
		errno = ENAMETOOLONG;
		return SEK_ESYS;
	}
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return SEK_ESYS;
	if (connect(sock, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return give_up(sock);
	return client_adopt(out, sock);
}

void
client_close(struct client *c)
{
	if (c == NULL)
		return;
	close(c->sock);
	free(c);
}

int
client_fd(const struct client *c)
{
	return c->sock;
}

static int
wait_for(struct client *c, short want, int wait_ms)
{
	struct pollfd p = { .fd = c->sock, .events = want };
	int n = poll(&p, 1, wait_ms);

	if (n > 0)
		return 0;
	if (n == 0)
		return CLIENT_TIME;
	return errno == EINTR ? CLIENT_STOP : SEK_ESYS;
}

static int
send_one(struct client *c, unsigned type, const void *msg)
{
	int err;

	for (;;) {
		err = frame_write(c->sock, type, msg, -1);
		if (err == FRAME_EOF)
			return CLIENT_GONE;
		if (err != FRAME_AGAIN)
			return err;
		err = wait_for(c, POLLOUT, -1);
		if (err != 0 && err != CLIENT_STOP)
			return err;
	}
}

int
client_send(struct client *c, uint64_t id, struct str request,
    struct str evidence)
{
	struct msg_part part = { .id = id, .octets = request };
	struct msg_id go = { .id = id };
	int err;

	if (request.n > CLIENT_REQUEST || request.n > MESSAGE_PART)
		return SEK_ELIMIT;
	err = send_one(c, MSG_CTL, &part);
	while (err == 0 && evidence.n > 0) {
		size_t n = evidence.n < MESSAGE_PART ? evidence.n : MESSAGE_PART;

		part.octets = (struct str){ evidence.p, n };
		evidence.p += n;
		evidence.n -= n;
		err = send_one(c, MSG_CTL_PART, &part);
	}
	return err != 0 ? err : send_one(c, MSG_CTL_GO, &go);
}

static int
take(struct client *c, uint64_t *id, struct str *json)
{
	struct msg_part part;

	if (c->frame.fd >= 0)
		close(c->frame.fd);	/* nobody sends us one */
	if (c->frame.type != MSG_CTL_EVENT && c->frame.type != MSG_CTL_DONE)
		return SEK_EPARSE;
	if (frame_decode(&part, sizeof(part), &c->frame) != 0)
		return SEK_EPARSE;
	*id = part.id;
	*json = part.octets;
	return c->frame.type == MSG_CTL_DONE ? CLIENT_DONE : 0;
}

int
client_read(struct client *c, uint64_t *id, struct str *json, int wait_ms)
{
	int err;

	for (;;) {
		err = frame_read(c->sock, &c->frame);
		if (err == 0)
			return take(c, id, json);
		if (err == FRAME_EOF)
			return CLIENT_GONE;
		if (err != FRAME_AGAIN)
			return err;
		err = wait_for(c, POLLIN, wait_ms);
		if (err != 0)
			return err;
	}
}
