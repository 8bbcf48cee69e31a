#include "serve/signed.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "sys/frame.h"

static bool
may_transfer(const struct signed_way *s, const struct addr *peer)
{
	for (size_t i = 0; i < s->n_from; i++)
		if (net_has(&s->from[i], peer))
			return true;
	return false;
}

enum signed_end
signed_hand_over(const struct signed_way *s, const struct msg_signed *q, int fd)
{
	if (s->to < 0 || fd < 0 || q->query.n > MESSAGE_QUERY ||
	    !may_transfer(s, &q->peer))
		return SIGNED_NOT;
	return frame_write(s->to, MSG_SIGNED, q, fd) == 0 ? SIGNED_OVER :
	    SIGNED_LOST;
}

struct addr
signed_local(struct msghdr *m)
{
	struct addr a = addr_none;
	struct in_pktinfo v4;
	struct in6_pktinfo v6;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&v4, CMSG_DATA(c), sizeof(v4));
			a = addr_v4(0, 0, 0, 0);
			memcpy(a.o + 12, &v4.ipi_addr, 4);
		}
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&v6, CMSG_DATA(c), sizeof(v6));
			memcpy(a.o, &v6.ipi6_addr, sizeof(a.o));
		}
	}
	return a;
}
