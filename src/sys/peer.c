#include "sys/peer.h"

#include <netinet/in.h>
#include <string.h>

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

uint16_t
peer_port(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *v4 = (const void *)ss;
	const struct sockaddr_in6 *v6 = (const void *)ss;

	return ss->ss_family == AF_INET ? ntohs(v4->sin_port) :
	    ss->ss_family == AF_INET6 ? ntohs(v6->sin6_port) : 0;
}

socklen_t
peer_sockaddr(struct sockaddr_storage *ss, const struct addr *a, uint16_t port)
{
	struct sockaddr_in *v4 = (void *)ss;
	struct sockaddr_in6 *v6 = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (addr_is_v4(a)) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, a->o + 12, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	memcpy(&v6->sin6_addr, a->o, 16);
	return sizeof(*v6);
}
