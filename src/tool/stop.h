#pragma once
/* tool/stop.h -- Ctrl-C ends long work with what is known so far. */

#include <stdbool.h>

/* SIGINT and SIGTERM set a flag and interrupt the waiting call; SIGPIPE is
 * ignored (a closed pipe is seen as a failed write). */
void stop_setup(void);
bool stop_asked(void);
