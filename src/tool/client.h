#pragma once
/* tool/client.h -- asks the keeper over the control socket.
 *
 * A request is MSG_CTL (JSON), MSG_CTL_PART (octets of an evidence mail),
 * MSG_CTL_GO; then come MSG_CTL_EVENT until one MSG_CTL_DONE.  What the keeper
 * sends is JSON, but texts in it may quote a remote host: hostile. */

#include <stdint.h>

#include "base/str.h"

struct client;

enum {
	CLIENT_PATH = 108,		/* sun_path and its NUL */
	CLIENT_REQUEST = 16384,		/* octets of a request */
	/* what client_read() returns besides 0 (an event) and errors */
	CLIENT_DONE = 1,		/* the last line; it carries "exit" */
	CLIENT_TIME = 2,		/* nothing came within wait_ms */
	CLIENT_STOP = 3,		/* a signal came */
	CLIENT_GONE = 4,		/* the keeper closed before the end */
};

/* Where the socket is: given if not NULL, else STATE/control, where STATE is
 * client_state().  Returns 0, or SEK_ELIMIT when it does not fit. */
int client_path(char out[CLIENT_PATH], const char *given) MUST_CHECK;

/* The state directory when nothing else is said: /var/lib/sekimori for root,
 * else $XDG_STATE_HOME/sekimori or $HOME/.local/state/sekimori.
 * Returns 0, or SEK_ELIMIT (too long, or no absolute HOME). */
int client_state(char *out, size_t cap) MUST_CHECK;

/* Connects.  Returns 0, SEK_ENOMEM, or SEK_ESYS (errno: ENOENT, ECONNREFUSED:
 * nobody is there; EACCES: not allowed). */
int client_open(struct client **out, const char *path) MUST_CHECK;

/* Takes over a connected SOCK_SEQPACKET socket (closed also on failure). */
int client_adopt(struct client **out, int sock) MUST_CHECK;
void client_close(struct client *c);	/* c may be NULL */

/* Sends a whole request.  id: chosen by the caller, not in use by another open
 * request.  evidence may be empty.  Returns 0, CLIENT_GONE, SEK_ELIMIT
 * (request too long) or SEK_ESYS. */
int client_send(struct client *c, uint64_t id, struct str request,
    struct str evidence) MUST_CHECK;

/* Waits for the next line at most wait_ms (-1: for ever).  *json and the id of
 * its request are set on 0 and CLIENT_DONE; *json is borrowed until the next
 * call.
 * Returns 0, a CLIENT_ value above, SEK_EPARSE (not our protocol), SEK_ESYS. */
int client_read(struct client *c, uint64_t *id, struct str *json, int wait_ms)
    MUST_CHECK;

int client_fd(const struct client *c);	/* for a loop, with wait_ms 0 */
