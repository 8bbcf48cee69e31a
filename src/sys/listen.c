#include "sys/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

enum { FIRST_FD = 3, BACKLOG = 511, DRAWS = 64 };

static const struct {
	const char	*name;
	const char	*key;	/* of the configuration */
	int		 type;
} kinds[] = {
	[LISTEN_DNS_UDP] = { "dns-udp", "dns.listen", SOCK_DGRAM },
	[LISTEN_DNS_TCP] = { "dns-tcp", "dns.listen", SOCK_STREAM },
	[LISTEN_SMTP] = { "smtp", "receive.listen", SOCK_STREAM },
	[LISTEN_WEB] = { "web", "web.listen", SOCK_STREAM },
	[LISTEN_NOTIFY] = { "notify", "dns.secondaries", SOCK_DGRAM },
	[LISTEN_KEYS] = { "transfer-keys", "dns.transfer_keys", 0 },
	[LISTEN_SIGNED_OUT] = { "signed-out", NULL, 0 },
	[LISTEN_SIGNED_IN] = { "signed-in", NULL, 0 },
};

static int say(struct listen_why *why, int code, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static int
say(struct listen_why *why, int code, const char *fmt, ...)
{
	va_list ap;

	why->exit = code;
	va_start(ap, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return SEK_EPARSE;
}

const char *
listen_name(enum listen_kind k)
{
	return kinds[k].name;
}

union any {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
};

static socklen_t
to_any(union any *out, const struct addr *a, uint16_t port)
{
	memset(out, 0, sizeof(*out));
	if (addr_is_v4(a)) {
		out->in.sin_family = AF_INET;
		out->in.sin_port = htons(port);
		memcpy(&out->in.sin_addr, a->o + 12, 4);
		return sizeof(out->in);
	}
	out->in6.sin6_family = AF_INET6;
	out->in6.sin6_port = htons(port);
	memcpy(&out->in6.sin6_addr, a->o, 16);
	return sizeof(out->in6);
}

/* Address and port to which fd is bound; false: it is no internet socket. */
static bool
bound_to(int fd, struct addr *a, uint16_t *port)
{
	union any any = { .in = { 0 } };
	socklen_t n = sizeof(any);

	if (getsockname(fd, &any.sa, &n) != 0)
		return false;
	if (any.sa.sa_family == AF_INET) {
		*a = addr_v4(0, 0, 0, 0);
		memcpy(a->o + 12, &any.in.sin_addr, 4);
		*port = ntohs(any.in.sin_port);
		return true;
	}
	memcpy(a->o, &any.in6.sin6_addr, 16);
	*port = ntohs(any.in6.sin6_port);
	return any.sa.sa_family == AF_INET6;
}

static void
address_text(char out[64], const struct addr *a, uint16_t port)
{
	char text[ADDR_TEXT];

	addr_text(text, a);
	snprintf(out, 64, addr_is_v4(a) ? "%s:%u" : "[%s]:%u", text, port);
}

void
listen_address(char out[64], int fd)
{
	struct addr a;
	uint16_t port;

	if (bound_to(fd, &a, &port))
		address_text(out, &a, port);
	else
		snprintf(out, 64, "-");
}

static int
int_option(int fd, int option)
{
	int v = -1;
	socklen_t n = sizeof(v);

	return getsockopt(fd, SOL_SOCKET, option, &v, &n) == 0 ? v : -1;
}

/* Room for a burst of LISTEN_BURST small datagrams: the kernel counts up to
 * 2,304 octets for each.  Root may have it in any case, others as far as
 * net.core.rmem_max goes.  What was reached is said by listen_buffer(). */
static void
make_room(int fd)
{
	const int want = LISTEN_BURST * 2304 / 2;	/* the kernel doubles it */

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof(want)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &want, sizeof(want));
}

int
listen_buffer(int fd)
{
	return int_option(fd, SO_RCVBUF);
}

static int
keep(struct listeners *l, enum listen_kind kind, int fd, int worker)
{
	if (l->n == LISTENERS_MAX)
		return SEK_ELIMIT;
	if (kind == LISTEN_DNS_UDP)
		make_room(fd);
	l->at[l->n++] = (struct listener){ kind, fd, worker };
	return 0;
}

/* Is fd what name says?  Makes a stream socket listen that does not yet. */
static int
inherit_one(struct listeners *l, int fd, struct str name, struct listen_why *why)
{
	struct addr a;
	uint16_t port;
	char shown[40];
	size_t k = 0;

	str_clean(shown, sizeof(shown), name);
	while (k < LISTEN_KINDS && !str_eq(name, str_of(kinds[k].name)))
		k++;
	if (k == LISTEN_KINDS)
		return say(why, EXIT_USAGE, "LISTEN_FDNAMES: descriptor %d is "
		    "named \"%s\", which is none of dns-udp, dns-tcp, smtp, web, notify",
		    fd, shown);
	if (int_option(fd, SO_TYPE) != kinds[k].type)
		return say(why, EXIT_USAGE, "descriptor %d (%s) is not a %s socket",
		    fd, shown, kinds[k].type == SOCK_DGRAM ? "datagram" : "stream");
	if (!bound_to(fd, &a, &port) || port == 0)
		return say(why, EXIT_USAGE, "descriptor %d (%s) is not bound to "
		    "an address and port", fd, shown);
	if (kinds[k].type == SOCK_STREAM &&
	    int_option(fd, SO_ACCEPTCONN) != 1 && listen(fd, BACKLOG) != 0)
		return say(why, EXIT_USAGE, "descriptor %d (%s) cannot listen: %s",
		    fd, shown, strerror(errno));
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return say(why, EXIT_OSERR, "descriptor %d (%s): %s", fd, shown,
		    strerror(errno));
	if (keep(l, (enum listen_kind)k, fd, LISTEN_FOR_ALL) != 0)
		return say(why, EXIT_USAGE, "LISTEN_FDS: more than %d", LISTENERS_MAX);
	return 0;
}

static int
inherit_all(struct listeners *l, struct str fds, struct str names,
    struct listen_why *why)
{
	uint64_t n;
	int rc = 0;

	if (str_u64(&n, fds, LISTENERS_MAX) != 0)
		return say(why, EXIT_USAGE, "LISTEN_FDS is not a number within 0..%d",
		    LISTENERS_MAX);
	for (uint64_t i = 0; rc == 0 && i < n; i++)
		rc = inherit_one(l, FIRST_FD + (int)i, str_cut(&names, ':'), why);
	return rc;
}

int
listen_inherit(struct listeners *l, struct listen_why *why)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint64_t me;
	int rc = 0;

	if (pid != NULL && fds != NULL &&
	    str_u64(&me, str_of(pid), UINT32_MAX) == 0 &&
	    (pid_t)me == getpid())
		rc = inherit_all(l, str_of(fds), str_of(getenv("LISTEN_FDNAMES")),
		    why);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return rc;
}

static void
bind_failed(enum listen_kind k, const struct conf_listen *at,
    struct listen_why *why)
{
	const char *key = why->option != NULL ? why->option : kinds[k].key;
	const char *proto =
	    kinds[k].type == SOCK_DGRAM ? "UDP" : "TCP";
	char text[64];
	int err = errno;

	address_text(text, &at->addr, at->port);
	if (err == EADDRINUSE)
		say(why, EXIT_CANTCREAT, "%s %s (%s) is in use by another "
		    "program; stop it (`ss -lpn 'sport = :%u'` names it) or "
		    "choose another address or port with %s", proto, text, key,
		    at->port, key);
	else if (err == EACCES || err == EPERM)
		say(why, EXIT_NOPERM, "%s %s (%s): no permission; ports below "
		    "1024 need root, CAP_NET_BIND_SERVICE or a socket handed "
		    "down (LISTEN_FDS)", proto, text, key);
	else if (err == EADDRNOTAVAIL)
		say(why, EXIT_CANTCREAT, "%s %s (%s): this machine has no such "
		    "address", proto, text, key);
	else
		say(why, EXIT_OSERR, "%s %s (%s): %s", proto, text, key,
		    strerror(err));
	errno = err;
}

/* A bound socket, or -1 with errno. */
static int
bind_one(enum listen_kind k, const struct conf_listen *at, bool shared)
{
	int type = kinds[k].type | SOCK_CLOEXEC | SOCK_NONBLOCK, on = 1, err;
	union any any;
	socklen_t n = to_any(&any, &at->addr, at->port);
	int fd = socket(any.sa.sa_family, type, 0);

	if (fd < 0)
		return -1;
	if ((!addr_is_v4(&at->addr) && setsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &on, sizeof(on)) != 0) ||
	    (kinds[k].type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET,
	    SO_REUSEADDR, &on, sizeof(on)) != 0) ||
	    (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on,
	    sizeof(on)) != 0) ||
	    bind(fd, &any.sa, n) != 0 ||
	    (kinds[k].type == SOCK_STREAM && listen(fd, BACKLOG) != 0)) {
		err = errno;
		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

/* A UDP socket, or -1 with errno.  Port 0 becomes one that is free for TCP
 * too, which is to share it. */
static int
bind_drawn(struct conf_listen *at)
{
	struct conf_listen one = *at;
	struct addr bound;
	int fd, tcp;

	for (unsigned draw = 1; ; draw++) {
		fd = bind_one(LISTEN_DNS_UDP, at, false);
		if (fd < 0 || at->port != 0)
			return fd;
		if (!bound_to(fd, &bound, &one.port)) {
			close(fd);
			return -1;
		}
		tcp = bind_one(LISTEN_DNS_TCP, &one, false);
		if (tcp >= 0 || draw == DRAWS)
			break;
		close(fd);
	}
	if (tcp >= 0)
		close(tcp);
	*at = one;
	return fd;
}

/* SO_REUSEPORT lets a second daemon of the same user in without a word, so
 * one socket without it asks first whether the port is free.  With port 0 it
 * also is the one that draws it. */
static int
bind_shared(struct listeners *l, struct conf_listen at, unsigned workers)
{
	int fd = bind_drawn(&at), rc = 0;

	if (fd < 0)
		return SEK_ESYS;
	if (workers == 1)
		return keep(l, LISTEN_DNS_UDP, fd, 0);
	close(fd);
	for (unsigned i = 0; rc == 0 && i < workers; i++) {
		fd = bind_one(LISTEN_DNS_UDP, &at, true);
		rc = fd < 0 ? SEK_ESYS : keep(l, LISTEN_DNS_UDP, fd, (int)i);
	}
	return rc;
}

static bool
has_kind(const struct listeners *l, enum listen_kind k)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->at[i].kind == k)
			return true;
	return false;
}

/* UDP and TCP of one address share its port, also one that was drawn. */
static uint16_t
drawn_port(const struct listeners *l, const struct conf_listen *at)
{
	struct addr a;
	uint16_t port;

	for (size_t i = 0; at->port == 0 && i < l->n; i++)
		if (l->at[i].kind == LISTEN_DNS_UDP &&
		    bound_to(l->at[i].fd, &a, &port) && addr_eq(&a, &at->addr))
			return port;
	return at->port;
}

static int
bind_kind(struct listeners *l, enum listen_kind k, const struct conf_listen *at,
    size_t n, unsigned workers, struct listen_why *why)
{
	int rc = 0, fd;

	if (has_kind(l, k))
		return 0;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct conf_listen one = at[i];

		if (k == LISTEN_DNS_UDP) {
			rc = bind_shared(l, one, workers);
		} else {
			if (k == LISTEN_DNS_TCP)
				one.port = drawn_port(l, &one);
			fd = bind_one(k, &one, false);
			rc = fd < 0 ? SEK_ESYS : keep(l, k, fd, LISTEN_FOR_ALL);
		}
		if (rc != 0)
			bind_failed(k, &one, why);
	}
	return rc;
}

/* Where NOTIFY comes from: the address that a secondary knows us by, so that of
 * the first dns.listen of the family. */
static int
bind_notify(struct listeners *l, const struct conf *c, bool v4,
    struct listen_why *why)
{
	struct conf_listen from = { v4 ? addr_v4(0, 0, 0, 0) : addr_none, 0 };
	bool wanted = false;
	int fd;

	for (size_t i = 0; i < c->n_secondaries; i++)
		wanted |= addr_is_v4(&c->secondaries[i].addr) == v4;
	if (!wanted)
		return 0;
	for (size_t i = c->n_dns; i-- > 0; )
		if (addr_is_v4(&c->dns[i].addr) == v4)
			from.addr = c->dns[i].addr;
	fd = bind_one(LISTEN_NOTIFY, &from, false);
	if (fd >= 0)
		return keep(l, LISTEN_NOTIFY, fd, LISTEN_FOR_ALL);
	bind_failed(LISTEN_NOTIFY, &from, why);
	return SEK_ESYS;
}

int
listen_bind(struct listeners *l, const struct conf *c, unsigned workers,
    struct listen_why *why)
{
	int rc = bind_kind(l, LISTEN_DNS_UDP, c->dns, c->n_dns, workers, why);

	if (rc == 0)
		rc = bind_kind(l, LISTEN_DNS_TCP, c->dns, c->n_dns, 1, why);
	if (rc == 0)
		rc = bind_kind(l, LISTEN_SMTP, c->smtp, c->n_smtp, 1, why);
	if (rc == 0)
		rc = bind_kind(l, LISTEN_WEB, c->web, c->n_web, 1, why);
	if (has_kind(l, LISTEN_NOTIFY))
		return rc;
	if (rc == 0)
		rc = bind_notify(l, c, true, why);
	if (rc == 0)
		rc = bind_notify(l, c, false, why);
	return rc;
}

void
listen_log(const struct listeners *l)
{
	char text[64];

	for (size_t i = 0; i < l->n; i++) {
		if (l->at[i].kind >= LISTEN_NOTIFY)
			continue;	/* nobody speaks first there */
		listen_address(text, l->at[i].fd);
		if (l->at[i].worker <= 0)
			log_event(LOG_LV_INFO, "listening",
			    LOG_Z("name", listen_name(l->at[i].kind)),
			    LOG_N("buffer", listen_buffer(l->at[i].fd)),
			    LOG_Z("address", text));
	}
}

void
listen_close(struct listeners *l)
{
	while (l->n > 0)
		close(l->at[--l->n].fd);
}
