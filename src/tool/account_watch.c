#include "tool/account_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/order.h"
#include "base/str.h"

bool
account_watch_may_grow(const char *name)
{
	static const char *const packed[] = { ".gz", ".xz", ".zst", ".bz2" };
	struct account_place p;

	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++)
		if (str_iends(str_of(name), str_of(packed[i])))
			return false;
	account_order_name(&p, name);
	return p.number == 0 && p.name_s == 0;
}

int
account_watch_init(struct account_watch *w, struct account_files *f, int fd)
{
	*w = (struct account_watch){ .at = calloc(f->n + 1, sizeof(*w->at)), .n = f->n,
	    .fd = fd };
	if (w->at == NULL)
		return SEK_ENOMEM;
	for (size_t i = 0; i < f->n; i++) {
		struct account_seen *s = &f->seen[i];
		struct stat st = { 0 };

		if (strcmp(s->name, "-") == 0 || !account_watch_may_grow(s->name) ||
		    (s->fd >= 0 && (fstat(s->fd, &st) != 0 || !S_ISREG(st.st_mode))))
			continue;
		s->live = s->fd >= 0;
		w->at[i] = (struct account_watched){ s->name, st.st_dev, st.st_ino };
	}
	return 0;
}

void
account_watch_free(struct account_watch *w)
{
	free(w->at);
	if (w->fd >= 0)
		close(w->fd);
	*w = (struct account_watch){ .fd = -1 };
}

/* Returns 0 or SEK_ESYS: the child takes nothing at the moment. */
static int
hand_over(int sock, size_t input, int fd)
{
	union {
		struct cmsghdr	head;
		char		room[CMSG_SPACE(sizeof(int))];
	} control = { .room = { 0 } };
	struct iovec io = { &input, sizeof(input) };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control,
	    .msg_controllen = sizeof(control) };

	control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
	    .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(sock, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? SEK_ESYS : 0;
}

static void
look_at(struct account_watch *w, size_t i)
{
	struct account_watched *a = &w->at[i];
	struct stat st;
	int fd;

	if (stat(a->path, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (st.st_dev == a->dev && st.st_ino == a->ino))
		return;
	fd = open(a->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && hand_over(w->fd, i, fd) == 0) {
		a->dev = st.st_dev;
		a->ino = st.st_ino;
	}
	close(fd);
}

void
account_watch_look(struct account_watch *w)
{
	for (size_t i = 0; w->fd >= 0 && i < w->n; i++)
		if (w->at[i].path != NULL)
			look_at(w, i);
}

int
account_watch_take(int sock, size_t *input)
{
	union {
		struct cmsghdr	head;
		char		room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec io = { input, sizeof(*input) };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control,
	    .msg_controllen = sizeof(control) };
	int fd = -1;

	if (recvmsg(sock, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(*input))
		return -1;
	if (m.msg_controllen >= CMSG_LEN(sizeof(int)) &&
	    control.head.cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}
