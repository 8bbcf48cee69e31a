#include "sys/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A mapped address goes out as IPv4: the host need not have IPv6 at all. */
static socklen_t
dialer_name(struct sockaddr_storage *out, const struct addr *a, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	memset(out, 0, sizeof(*out));
	if (addr_is_v4(a)) {
		v4.sin_port = htons(port);
		memcpy(&v4.sin_addr, a->o + 12, 4);
		memcpy(out, &v4, sizeof(v4));
		return sizeof(v4);
	}
	v6.sin6_port = htons(port);
	memcpy(&v6.sin6_addr, a->o, 16);
	memcpy(out, &v6, sizeof(v6));
	return sizeof(v6);
}

/* Binds the source address, leaving the port to connect(2): else each dial
 * would use up a port for all destinations. */
static int
dialer_source(int fd, const struct addr *from)
{
	struct sockaddr_storage name;
	socklen_t n = dialer_name(&name, from, 0);
	int on = 1;

	(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	return bind(fd, (struct sockaddr *)&name, n);
}

static int
dialer_connect(struct dialer *d, const struct addr *to, uint16_t port,
    const struct addr *from)
{
	struct sockaddr_storage name;
	socklen_t n = dialer_name(&name, to, port);
	int on = 1, fd, why;

	(void)d;
	fd = socket(name.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return SEK_ESYS;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!addr_is_none(from) && addr_is_v4(from) != addr_is_v4(to)) {
		errno = EAFNOSUPPORT;
		goto fail;
	}
	if (!addr_is_none(from) && dialer_source(fd, from) != 0)
		goto fail;
	if (connect(fd, (struct sockaddr *)&name, n) != 0 &&
	    errno != EINPROGRESS && errno != EINTR)
		goto fail;
	return fd;
fail:
	why = errno;
	close(fd);
	errno = why;
	return SEK_ESYS;
}

struct dialer dialer_real = { dialer_connect };
