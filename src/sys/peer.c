#include "sys/peer.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

struct addr
peer_addr(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *v4 = (const void *)ss;
	const struct sockaddr_in6 *v6 = (const void *)ss;
	struct addr a = addr_none;

	if (ss->ss_family == AF_INET) {
		a = addr_v4(0, 0, 0, 0);
		memcpy(a.o + 12, &v4->sin_addr, 4);
	} else if (ss->ss_family == AF_INET6) {
		memcpy(a.o, &v6->sin6_addr, 16);
	}
	return a;
}
