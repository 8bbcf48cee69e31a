#pragma once
/* tool/once.h -- reaching the keeper, and a single question to it. */

#include <jansson.h>
#include <stdio.h>

#include "tool/client.h"

/* Connects to given, or to the usual place when it is NULL.
 * Returns 0, or the exit code after one message on err: EXIT_USAGE (a path
 * that cannot be one), EXIT_UNAVAILABLE, EXIT_NOPERM, EXIT_OSERR. */
int once_connect(struct client **out, const char *given, const char *command,
    FILE *err) MUST_CHECK;

/* Sends request (borrowed) and waits for its end, at most wait_ms.  *done is a
 * new reference to the answer of a success.
 * Returns 0, or the exit code after one message; 130, without one, after a
 * signal (tool/stop). */
int once_request(json_t **done, const char *given, const json_t *request,
    int wait_ms, const char *command, FILE *err) MUST_CHECK;

/* Asks {"verb": verb} and waits for its end.  *done is a new reference to the
 * answer of a success.  Returns 0, or the exit code after one message. */
int once_ask(json_t **done, const char *given, const char *verb,
    const char *command, FILE *err) MUST_CHECK;
