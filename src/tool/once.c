#include "tool/once.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "tool/json.h"
#include "tool/render.h"

enum { ONCE_WAIT_MS = 120 * 1000, ONCE_ID = 1 };

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

int
once_ask(json_t **done, const char *given, const char *verb,
    const char *command, FILE *err)
{
	char request[64];
	struct client *c;
	struct str line;
	uint64_t id;
	int rc = once_connect(&c, given, command, err);

	if (rc != 0)
		return rc;
	snprintf(request, sizeof(request), "{\"verb\":\"%s\"}", verb);
	rc = client_send(c, ONCE_ID, str_of(request), (struct str){ 0 });
	if (rc == 0 || rc == CLIENT_GONE)
		do	/* events are nothing to us */
			rc = client_read(c, &id, &line, ONCE_WAIT_MS);
		while (rc == 0);
	if (rc == CLIENT_DONE) {
		rc = take_answer(done, line, command, err);
	} else {
		fprintf(err, _("sekimori %s: the daemon took the request and says "
		    "nothing; see its log\n"), command);
		rc = EXIT_UNAVAILABLE;
	}
	client_close(c);
	return rc;
}
