/* A build without the option `xdp`. */
#include "sys/xdp.h"

int
xdp_hook_open(struct xdp_hook *h, const char *interface,
    const struct conf_listen *at, size_t n, struct conf_why *why)
{
	(void)at;
	(void)n;
	*h = (struct xdp_hook){ .map = -1, .link = -1 };
	snprintf(why->text, sizeof(why->text), "dns.xdp: %s: this sekimori was "
	    "built without AF_XDP; build it with -Dxdp=true, or empty the key",
	    interface);
	return SEK_EPARSE;
}

void
xdp_hook_close(struct xdp_hook *h)
{
	(void)h;
}

int
xdp_socket_open(int *sock, int *frames, const struct xdp_hook *h, unsigned queue)
{
	(void)sock;
	(void)frames;
	(void)h;
	(void)queue;
	return SEK_ESYS;
}

int
xdp_socket_join(const struct xdp_hook *h, unsigned queue, int sock)
{
	(void)h;
	(void)queue;
	(void)sock;
	return SEK_ESYS;
}
