#include "tool/house.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "keep/keeper.h"
#include "keep/permit.h"
#include "probe/run.h"
#include "receive/smtpd.h"
#include "sys/own.h"
#include "sys/pem.h"

enum { BACKLOG = 1024 };	/* hundreds of relays may deliver at once */

struct house {
	struct rand		 rand;
	struct tls_ctx		*tls;
	struct plan_list	*list;
	struct resolver		*resolver;
	struct prober		*prober;
	struct channel		*prober_up;	/* to keeper */
	struct smtpd		*mailbox;
	struct channel		*mailbox_up;
	struct keep		*keep;
	struct client		*client;
	struct addr		 own[OWN_MAX];
	size_t			 n_own;
	int			 lock;		/* see lock_machine(); or -1 */
};

static int
fail(struct house_why *why, int exit, int err, const char *what)
{
	why->exit = exit;
	snprintf(why->text, sizeof(why->text), "%s: %s", what, sek_strerror(err));
	return err;
}

/* ---- the ends that the roles' main()s have ---- */

static void
prober_said(void *ctx, struct channel *c, struct frame *f)
{
	struct house *h = ctx;

	(void)c;
	prober_message(h->prober, f);
}

static void
prober_gone(void *ctx, struct channel *c)
{
	struct house *h = ctx;

	prober_keeper(h->prober, NULL);
	h->prober_up = NULL;
	channel_free(c);
}

static void
mailbox_said(void *ctx, struct channel *c, struct frame *f)
{
	struct house *h = ctx;

	(void)c;
	smtpd_message(h->mailbox, f);
}

static void
mailbox_gone(void *ctx, struct channel *c)
{
	struct house *h = ctx;

	smtpd_keeper(h->mailbox, NULL);
	h->mailbox_up = NULL;
	channel_free(c);
}

static const struct channel_events prober_events = {
	.message = prober_said, .gone = prober_gone,
};
static const struct channel_events mailbox_events = {
	.message = mailbox_said, .gone = mailbox_gone,
};

/* ---- opening ---- */

static int
use_pair(void *ctx, struct str cert, struct str key)
{
	struct house *h = ctx;

	return tls_client_pair(h->tls, cert, key);
}

/* What it shows servers that ask who it is. */
static int
certify(struct house *h, const struct conf *c)
{
	if ((c->probe_cert[0] == '\0') != (c->probe_key[0] == '\0'))
		return SEK_EPARSE;
	return c->probe_cert[0] == '\0' ? tls_client_self(h->tls, c->probe_helo) :
	    pem_use(c->probe_cert, c->probe_key, use_pair, h);
}

/* What is wrong with the pair: a file that cannot be read, or both. */
static const char *
not_a_pair(const struct conf *c)
{
	if (c->probe_cert[0] != '\0' && access(c->probe_cert, R_OK) != 0)
		return c->probe_cert;
	if (c->probe_key[0] != '\0' && access(c->probe_key, R_OK) != 0)
		return c->probe_key;
	return "--cert, --key";
}

static int
open_prober(struct house *h, const struct house_in *in, struct house_why *why)
{
	struct prober_with with = { .loop = in->loop, .dialer = in->dialer,
	    .conf = in->conf };
	int err;

	err = tls_client_new(&h->tls);
	if (err == 0)
		err = plan_list_new(&h->list);
	if (err != 0)
		return fail(why, EXIT_OSERR, err, "prober");
	err = certify(h, in->conf);
	if (err != 0)
		return fail(why, EXIT_USAGE, err, not_a_pair(in->conf));
	err = resolver_new(&h->resolver, in->loop, in->conf->resolver);
	if (err != 0)
		return fail(why, EXIT_USAGE, err, "resolver");
	with.resolver = h->resolver;
	with.tls = h->tls;
	with.list = h->list;
	err = prober_new(&h->prober, &with);
	return err == 0 ? 0 : fail(why, EXIT_OSERR, err, "prober");
}

static socklen_t
to_sockaddr(struct sockaddr_storage *out, const struct conf_listen *at)
{
	struct sockaddr_in *v4 = (void *)out;
	struct sockaddr_in6 *v6 = (void *)out;

	memset(out, 0, sizeof(*out));
	if (addr_is_v4(&at->addr)) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(at->port);
		memcpy(&v4->sin_addr, at->addr.o + 12, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(at->port);
	memcpy(&v6->sin6_addr, at->addr.o, 16);
	return sizeof(*v6);
}

/* A port below 1024 without the right, a port in use, an address that is not
 * ours: what the kernel says is what the person needs. */
static int
listen_one(struct house *h, const struct conf_listen *at, struct house_why *why)
{
	struct sockaddr_storage sa;
	socklen_t len = to_sockaddr(&sa, at);
	char addr[ADDR_TEXT], what[80];
	int on = 1, fd, err;

	addr_text(addr, &at->addr);
	snprintf(what, sizeof(what), "--receive: %s port %u", addr, at->port);
	fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(why, EXIT_OSERR, SEK_ESYS, what);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (sa.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sa, len) != 0 || listen(fd, BACKLOG) != 0) {
		fail(why, errno == EACCES ? EXIT_NOPERM : EXIT_CANTCREAT,
		    SEK_ESYS, what);
		close(fd);
		return SEK_ESYS;
	}
	err = smtpd_listen(h->mailbox, fd);
	return err == 0 ? 0 : fail(why, EXIT_OSERR, err, what);
}

static int
open_mailbox(struct house *h, const struct house_in *in, struct house_why *why)
{
	int err = smtpd_new(&h->mailbox, in->loop, in->conf, NULL);

	if (err != 0)
		return fail(why, EXIT_OSERR, err, "mailbox");
	for (size_t i = 0; err == 0 && i < in->conf->n_smtp; i++)
		err = listen_one(h, &in->conf->smtp[i], why);
	return err;
}

static int
open_keeper(struct house *h, const struct house_in *in, struct house_why *why)
{
	struct keeper_in k = { .loop = in->loop, .rand = &h->rand,
	    .conf = in->conf, .store = in->store, .own = h->own,
	    .n_own = h->n_own, .boot = own_boot(), .alone = true,
	    .itself = strcmp(in->store, "memory:") != 0 };
	char text[256] = "";
	int err = keeper_new(&h->keep, &k, text);

	if (err == 0)
		return 0;
	fail(why, err == SEK_ENOMEM ? EXIT_OSERR : EXIT_IOERR, err, "ledger");
	if (text[0] != '\0')
		snprintf(why->text, sizeof(why->text), "%s", text);
	return err;
}

/* A pair of channels: keeper's end and the role's. */
static int
join(struct house *h, const struct house_in *in,
    int (*keeper_end)(struct keep *k, int sock), struct channel **role_end,
    const struct channel_events *ev)
{
	int pair[2], err = frame_pair(pair);

	if (err != 0)
		return err;
	err = keeper_end(h->keep, pair[0]);
	if (err != 0) {
		close(pair[1]);
		return err;
	}
	return channel_new(role_end, in->loop, pair[1], ev, h);
}

static int
join_prober(struct keep *k, int sock)
{
	return keeper_probe(k, 0, sock);
}

/* The control socket has a name only while we connect to it, in a directory
 * that nobody else can enter: there is no other client. */
static int
open_control(struct house *h)
{
	char dir[] = "/tmp/sekimori.XXXXXX";
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, err = SEK_ESYS;

	if (mkdtemp(dir) == NULL)
		return SEK_ESYS;
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/control", dir);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0) {
		if (listen(fd, 1) == 0)
			err = client_open(&h->client, sa.sun_path);
		unlink(sa.sun_path);
	}
	rmdir(dir);
	if (err == 0)
		return keeper_control(h->keep, fd);
	if (fd >= 0)
		close(fd);
	return err;
}

/* Two ledgers cannot keep one pace.  A name of the abstract space is one process's
 * in its network namespace, is nobody's to delete, and goes with the process. */
static int
lock_machine(struct house *h, const struct house_in *in, struct house_why *why)
{
	static const char name[] = "sekimori probe";
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	socklen_t n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof(name));

	if (!permit_paced_lab(in->conf))
		return 0;
	memcpy(sa.sun_path + 1, name, sizeof(name) - 1);
	h->lock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (h->lock >= 0 && bind(h->lock, (struct sockaddr *)&sa, n) == 0)
		return 0;
	if (h->lock < 0 || errno != EADDRINUSE)
		return fail(why, EXIT_OSERR, SEK_ESYS, "lock");
	why->exit = EXIT_TEMPFAIL;
	snprintf(why->text, sizeof(why->text), "another sekimori probe runs on this "
	    "machine, and two could not keep the pace that RFC 1918 addresses have: wait "
	    "for it, or leave these ranges out");
	return SEK_ELIMIT;
}

static int
open_doors(struct house *h, const struct house_in *in, struct house_why *why)
{
	int err = join(h, in, keeper_receive, &h->mailbox_up, &mailbox_events);

	if (err == 0) {
		smtpd_keeper(h->mailbox, h->mailbox_up);
		err = join(h, in, join_prober, &h->prober_up, &prober_events);
	}
	if (err == 0) {
		prober_keeper(h->prober, h->prober_up);
		err = open_control(h);
	}
	return err == 0 ? 0 : fail(why, EXIT_OSERR, err, "channels");
}

int
house_new(struct house **out, const struct house_in *in, struct house_why *why)
{
	struct house *h = calloc(1, sizeof(*h));
	int err;

	if (h == NULL)
		return fail(why, EXIT_OSERR, SEK_ENOMEM, "start");
	h->lock = -1;
	rand_real(&h->rand);
	h->n_own = own_addresses(h->own);
	err = open_prober(h, in, why);
	if (err == 0)
		err = open_mailbox(h, in, why);
	if (err == 0)
		err = open_keeper(h, in, why);
	if (err == 0)
		err = lock_machine(h, in, why);
	if (err == 0)
		err = open_doors(h, in, why);
	if (err != 0) {
		house_free(h);
		return err;
	}
	*out = h;
	return 0;
}

struct client *
house_client(struct house *h)
{
	return h->client;
}

struct resolver *
house_resolver(struct house *h)
{
	return h->resolver;
}

void
house_free(struct house *h)
{
	if (h == NULL)
		return;
	client_close(h->client);
	keeper_free(h->keep);
	if (h->prober != NULL)
		prober_keeper(h->prober, NULL);
	channel_free(h->prober_up);
	if (h->resolver != NULL)
		h->resolver->free(h->resolver);
	prober_free(h->prober);
	if (h->mailbox != NULL)
		smtpd_keeper(h->mailbox, NULL);
	channel_free(h->mailbox_up);
	smtpd_free(h->mailbox);
	plan_list_free(h->list);
	tls_free(h->tls);
	if (h->lock >= 0)
		close(h->lock);
	free(h);
}
