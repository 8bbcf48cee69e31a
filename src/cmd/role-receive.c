/* cmd/role-receive.c -- sekimori-role-receive: the probe mailbox's process. */
#include <unistd.h>

#include "base/log.h"
#include "receive/smtpd.h"
#include "sys/pem.h"
#include "sys/role.h"

struct receive {
	struct tls_ctx	*tls;
	struct smtpd	*d;	/* NULL before start and after stop */
};

static int
certify(void *ctx, struct str cert, struct str key)
{
	struct receive *rx = ctx;

	return tls_server_new(&rx->tls, cert, key);
}

/* Certificate and key are read before the sandbox, which has no files. */
static int
prepare(struct role *r)
{
	int err;

	if (r->conf->smtp_cert[0] == '\0')
		return 0;
	err = pem_use(r->conf->smtp_cert, r->conf->smtp_key, certify, r->ctx);
	if (err != 0)
		r->exit = EXIT_CONFIG;
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
