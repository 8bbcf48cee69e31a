#include "tool/once.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "sys/json_put.h"
#include "tool/json.h"
#include "tool/render.h"
#include "tool/stop.h"

enum {
	ONCE_WAIT_MS = 120 * 1000,
	ONCE_ID = 1,
	EXIT_STOPPED = 130,	/* 128 + SIGINT, as shells say it */
};

static int
cannot_connect(const char *command, const char *path, FILE *err)
{
	if (errno == EACCES || errno == EPERM) {
		fprintf(err, _("sekimori %s: %s: permission denied; be root, the "
		    "daemon's user or in its group\n"), command, path);
		return EXIT_NOPERM;
	}
	fprintf(err, _("sekimori %s: the daemon does not answer at %s (%s); "
	    "start sekimorid, or name its socket with --socket PATH\n"),
	    command, path, strerror(errno));
	return EXIT_UNAVAILABLE;
}

int
once_connect(struct client **out, const char *given, const char *command,
    FILE *err)
{
	char path[CLIENT_PATH];
	int rc;

	if (client_path(path, given) != 0) {
		fprintf(err, _("sekimori %s: the path of the control socket is "
		    "empty or longer than %d octets; name another with --socket "
		    "PATH\n"), command, CLIENT_PATH - 1);
		return EXIT_USAGE;
	}
	rc = client_open(out, path);
	if (rc == SEK_ESYS)
		return cannot_connect(command, path, err);
	if (rc == 0)
		return 0;
	fprintf(err, "sekimori %s: %s\n", command, sek_strerror(rc));
	return EXIT_OSERR;
}

static int
take_answer(json_t **done, struct str line, const char *command, FILE *err)
{
	struct render r = { .out = err };
	json_t *o = tool_json_read(line);
	int64_t code = tool_json_int(o, "exit");

	if (o != NULL && code == 0 && json_object_get(o, "exit") != NULL) {
		*done = o;
		return 0;
	}
	if (o == NULL)
		fprintf(err, _("sekimori %s: the daemon's answer cannot be read; "
		    "are both of the same version?\n"), command);
	else
		render_failure(&r, err, command, o);
	json_decref(o);
	return code > 0 && code < 256 ? (int)code : EXIT_UNAVAILABLE;
}

/* The answer of c to the request that was sent; events are nothing to us. */
static int
wait_answer(json_t **done, struct client *c, int wait_ms, const char *command,
    FILE *err)
{
	struct str line;
	uint64_t id;
	int rc;

	do {
		rc = client_read(c, &id, &line, wait_ms);
		if (rc == CLIENT_STOP && stop_asked())
			return EXIT_STOPPED;
	} while (rc == 0 || rc == CLIENT_STOP);
	if (rc == CLIENT_DONE)
		return take_answer(done, line, command, err);
	fprintf(err, _("sekimori %s: the daemon took the request and says "
	    "nothing; see its log\n"), command);
	return EXIT_UNAVAILABLE;
}

int
once_request(json_t **done, const char *given, const json_t *request,
    int wait_ms, const char *command, FILE *err)
{
	char *text = json_put_text(request);
	struct client *c;
	int rc;

	if (text == NULL) {
		fprintf(err, "sekimori %s: %s\n", command, sek_strerror(SEK_ENOMEM));
		return EXIT_OSERR;
	}
	rc = once_connect(&c, given, command, err);
	if (rc == 0) {
		rc = client_send(c, ONCE_ID, str_of(text), (struct str){ 0 });
		if (rc == 0 || rc == CLIENT_GONE)	/* it may have said why */
			rc = wait_answer(done, c, wait_ms, command, err);
		else {
			fprintf(err, "sekimori %s: %s\n", command, sek_strerror(rc));
			rc = EXIT_UNAVAILABLE;
		}
		client_close(c);
	}
	free(text);
	return rc;
}

int
once_ask(json_t **done, const char *given, const char *verb,
    const char *command, FILE *err)
{
	json_t *request = json_pack("{ss}", "verb", verb);
	int rc = once_request(done, given, request, ONCE_WAIT_MS, command, err);

	json_decref(request);
	return rc;
}
