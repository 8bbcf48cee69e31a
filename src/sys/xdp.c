#include "sys/xdp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/if_xdp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/xdp_size.h"

static int say(struct conf_why *why, const char *fmt, ...) PRINTF_LIKE(2, 3);

static int
say(struct conf_why *why, const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	errno = err;
	return SEK_ESYS;
}

static int
bpf(int what, union bpf_attr *a)
{
	long r = syscall(SYS_bpf, what, a, sizeof(*a));

	return r < 0 ? SEK_ESYS : (int)r;
}

/* The hook --------------------------------------------------------------- */

/* Receive queues of the interface; 1 where the driver does not say. */
static unsigned
queues_of(const char *interface)
{
	struct ethtool_channels c = { .cmd = ETHTOOL_GCHANNELS };
	struct ifreq r = { .ifr_data = (void *)&c };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned n = 0;

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", interface);
	if (fd >= 0 && ioctl(fd, SIOCETHTOOL, &r) == 0)
		n = c.combined_count + c.rx_count;
	if (fd >= 0)
		close(fd);
	return n == 0 ? 1 : n > XDP_QUEUES ? XDP_QUEUES : n;
}

static int
make_map(unsigned queues)
{
	union bpf_attr a = { .map_type = BPF_MAP_TYPE_XSKMAP,
		.key_size = sizeof(uint32_t), .value_size = sizeof(uint32_t),
		.max_entries = queues, .map_name = "sekimori_dns" };

	return bpf(BPF_MAP_CREATE, &a);
}

/* The link holds the program; its end takes it off the interface. */
static int
attach(int ifindex, int program)
{
	union bpf_attr a = { .link_create = { .prog_fd = (uint32_t)program,
		.target_ifindex = (uint32_t)ifindex, .attach_type = BPF_XDP } };
	int fd = bpf(BPF_LINK_CREATE, &a), err = errno;

	close(program);
	errno = err;
	return fd;
}

static bool
all_definite(const struct conf_listen *at, size_t n)
{
	const struct addr any4 = addr_v4(0, 0, 0, 0);

	for (size_t i = 0; i < n; i++)
		if (addr_is_none(&at[i].addr) || addr_eq(&at[i].addr, &any4) ||
		    at[i].port == 0)
			return false;
	return true;
}

static int
hook(struct xdp_hook *h, const char *interface, const struct conf_listen *at,
    size_t n, struct conf_why *why)
{
	int program;

	h->map = make_map(h->queues);
	if (h->map < 0)
		return say(why, "dns.xdp: no map for AF_XDP: %s; it needs a kernel "
		    "with CONFIG_XDP_SOCKETS, and root", strerror(errno));
	program = xdp_filter_load(h->map, at, n);
	if (program < 0)
		return say(why, "dns.xdp: the kernel does not take the filter: %s",
		    strerror(errno));
	h->link = attach(h->ifindex, program);
	if (h->link >= 0)
		return 0;
	if (errno == EBUSY)
		return say(why, "dns.xdp: interface %s has an XDP program already; "
		    "`ip link show dev %s` names it", interface, interface);
	return say(why, "dns.xdp: the filter cannot be attached to %s: %s",
	    interface, strerror(errno));
}

int
xdp_hook_open(struct xdp_hook *h, const char *interface,
    const struct conf_listen *at, size_t n, struct conf_why *why)
{
	int err;

	*h = (struct xdp_hook){ .map = -1, .link = -1 };	/* no queues */
	h->ifindex = (int)if_nametoindex(interface);
	if (h->ifindex == 0)
		return say(why, "dns.xdp: there is no interface %s; `ip link` "
		    "lists them", interface);
	if (!all_definite(at, n))
		return say(why, "dns.xdp: each address and port of dns.listen "
		    "must be written out, not 0.0.0.0, :: or 0");
	h->queues = queues_of(interface);
	err = hook(h, interface, at, n, why);
	if (err != 0)
		xdp_hook_close(h);
	return err;
}

void
xdp_hook_close(struct xdp_hook *h)
{
	if (h->link >= 0)
		close(h->link);
	if (h->map >= 0)
		close(h->map);
	*h = (struct xdp_hook){ .map = -1, .link = -1 };
}

/* A socket --------------------------------------------------------------- */

/* All frames to receive with, so that from the first moment on the queue holds
 * what comes until a worker looks. */
static int
fill_first(int sock)
{
	struct xdp_mmap_offsets o;
	socklen_t n = sizeof(o);
	uint8_t *p;

	if (getsockopt(sock, SOL_XDP, XDP_MMAP_OFFSETS, &o, &n) != 0)
		return SEK_ESYS;
	n = (socklen_t)o.fr.desc + XDP_RING * sizeof(uint64_t);
	p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, sock,
	    (off_t)XDP_UMEM_PGOFF_FILL_RING);
	if (p == MAP_FAILED)
		return SEK_ESYS;
	for (uint32_t i = 0; i < XDP_RING; i++)
		((uint64_t *)(void *)(p + o.fr.desc))[i] = (uint64_t)i * XDP_FRAME;
	__atomic_store_n((uint32_t *)(void *)(p + o.fr.producer), XDP_RING,
	    __ATOMIC_RELEASE);
	munmap(p, n);
	return 0;
}

/* Memory that neither side can cut off under the other. */
static int
frames_new(void **at)
{
	const size_t octets = (size_t)XDP_FRAMES * XDP_FRAME;
	int fd = memfd_create("sekimori-xdp", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return SEK_ESYS;
	*at = MAP_FAILED;
	if (ftruncate(fd, (off_t)octets) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0)
		*at = mmap(NULL, octets, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (*at != MAP_FAILED)
		return fd;
	close(fd);
	return SEK_ESYS;
}

static bool
set_up(int sock, const struct xdp_hook *h, unsigned queue, void *frames)
{
	const struct xdp_umem_reg umem = { .addr = (uintptr_t)frames,
		.len = (uint64_t)XDP_FRAMES * XDP_FRAME, .chunk_size = XDP_FRAME };
	const struct sockaddr_xdp to = { .sxdp_family = AF_XDP,
		.sxdp_flags = XDP_USE_NEED_WAKEUP,
		.sxdp_ifindex = (uint32_t)h->ifindex, .sxdp_queue_id = queue };
	static const int rings[] = { XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING,
		XDP_RX_RING, XDP_TX_RING };
	const int entries = XDP_RING;

	if (setsockopt(sock, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem)) != 0)
		return false;
	for (size_t i = 0; i < 4; i++)
		if (setsockopt(sock, SOL_XDP, rings[i], &entries, sizeof(entries)) != 0)
			return false;
	return fill_first(sock) == 0 &&
	    bind(sock, (const struct sockaddr *)&to, sizeof(to)) == 0;
}

int
xdp_socket_open(int *sock, int *frames, const struct xdp_hook *h, unsigned queue)
{
	void *at;
	bool good;
	int err;

	*frames = frames_new(&at);
	if (*frames < 0)
		return SEK_ESYS;
	*sock = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	good = *sock >= 0 && set_up(*sock, h, queue, at);
	err = errno;
	munmap(at, (size_t)XDP_FRAMES * XDP_FRAME);	/* the kernel has its pages */
	if (good)
		return 0;
	close(*frames);
	if (*sock >= 0)
		close(*sock);
	errno = err;
	return SEK_ESYS;
}

int
xdp_socket_join(const struct xdp_hook *h, unsigned queue, int sock)
{
	uint32_t key = queue, value = (uint32_t)sock;
	union bpf_attr a = { .map_fd = (uint32_t)h->map,
		.key = (uintptr_t)&key, .value = (uintptr_t)&value };

	return bpf(BPF_MAP_UPDATE_ELEM, &a) < 0 ? SEK_ESYS : 0;
}
