#include "sys/control_socket.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 16 };

/* Is somebody listening there already? */
static bool
taken(const struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool yes = fd >= 0 &&
	    connect(fd, (const struct sockaddr *)(const void *)sun, sizeof(*sun)) == 0;

	if (fd >= 0)
		close(fd);
	return yes;
}

/* Where there is root, the roles' user may use it too. */
static int
hand_over(const char *path, const char *user)
{
	struct passwd *pw = geteuid() == 0 && user[0] != '\0' ? getpwnam(user) : NULL;

	return pw == NULL ? 0 : chown(path, pw->pw_uid, pw->pw_gid);
}

int
control_listen_at(const struct conf *c)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int n = c->control[0] != '\0' ?
	    snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", c->control) :
	    snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/control", c->state);
	int fd;

	if (n < 0 || (size_t)n >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return SEK_ESYS;
	}
	if (taken(&sun)) {
		errno = EADDRINUSE;
		return SEK_ESYS;
	}
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return SEK_ESYS;
	unlink(sun.sun_path);
	if (bind(fd, (const struct sockaddr *)(const void *)&sun, sizeof(sun)) != 0 ||
	    chmod(sun.sun_path, 0660) != 0 ||
	    hand_over(sun.sun_path, c->user) != 0 || listen(fd, BACKLOG) != 0) {
		close(fd);
		return SEK_ESYS;
	}
	return fd;
}
