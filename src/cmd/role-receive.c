/* cmd/role-receive.c -- sekimori-role-receive: the probe mailbox's process. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "receive/smtpd.h"
#include "sys/role.h"

enum { PEM_MAX = 256 * 1024 };

struct receive {
	struct tls_ctx	*tls;
	struct smtpd	*d;	/* NULL before start and after stop */
};

static int
read_file(struct gbuf *out, const char *path)
{
	uint8_t part[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return SEK_ESYS;
	while (err == 0 && (n = read(fd, part, sizeof(part))) != 0)
		err = n < 0 ? SEK_ESYS : gbuf_add(out, part, (size_t)n);
	close(fd);
	explicit_bzero(part, sizeof(part));
	return err;
}

static struct str
text_of(const struct gbuf *g)
{
	return (struct str){ (const char *)g->p, g->len };
}

/* Certificate and key are read before the sandbox, which has no files. */
static int
prepare(struct role *r)
{
	struct receive *rx = r->ctx;
	struct gbuf cert = { .max = PEM_MAX }, key = { .max = PEM_MAX };
	const char *path = r->conf->smtp_cert;
	int err;

	if (path[0] == '\0')
		return 0;
	err = read_file(&cert, path);
	if (err == 0) {
		path = r->conf->smtp_key[0] != '\0' ? r->conf->smtp_key : path;
		err = read_file(&key, path);
	}
	if (err == 0)
		err = tls_server_new(&rx->tls, text_of(&cert), text_of(&key));
	if (err != 0) {
		log_event(LOG_LV_ERR, "certificate", LOG_Z("file", path),
		    LOG_Z("why", sek_strerror(err)));
		r->exit = EXIT_CONFIG;
	}
	if (key.p != NULL)
		explicit_bzero(key.p, key.len);
	gbuf_free(&cert);
	gbuf_free(&key);
	return err;
}

static int
start(struct role *r)
{
	struct receive *rx = r->ctx;

	return smtpd_new(&rx->d, r->loop, r->conf, rx->tls);
}

static void
take_socket(struct role *r, struct str name, int fd)
{
	struct receive *rx = r->ctx;
	int err;

	if (rx->d == NULL || !str_eq(name, STR("smtp"))) {
		log_event(LOG_LV_ERR, "strange-socket", LOG_T("name", name));
		close(fd);
		return;
	}
	err = smtpd_listen(rx->d, fd);
	if (err != 0)
		log_event(LOG_LV_ERR, "listen-failed",
		    LOG_Z("why", sek_strerror(err)));
}

static void
keeper_up(struct role *r)
{
	struct receive *rx = r->ctx;

	if (rx->d != NULL)
		smtpd_keeper(rx->d, r->keeper);
}

static void
keeper_down(struct role *r)
{
	struct receive *rx = r->ctx;

	if (rx->d != NULL)
		smtpd_keeper(rx->d, NULL);
}

static void
keeper_message(struct role *r, struct frame *f)
{
	struct receive *rx = r->ctx;

	if (rx->d != NULL)
		smtpd_message(rx->d, f);
}

static void
stop(struct role *r)
{
	struct receive *rx = r->ctx;

	smtpd_free(rx->d);
	rx->d = NULL;
	tls_free(rx->tls);
	rx->tls = NULL;
	loop_stop(r->loop);
}

int
main(void)
{
	static const struct role_events events = {
		.prepare = prepare, .start = start, .socket = take_socket,
		.keeper_up = keeper_up, .keeper_down = keeper_down,
		.keeper_message = keeper_message, .stop = stop,
	};
	const struct sandbox box = { .role = "receive", .may = MAY_ACCEPT };
	struct receive rx = { 0 };

	return role_main("receive", &box, &events, &rx);
}
