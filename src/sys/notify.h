#pragma once
/* sys/notify.h -- tells the service manager (sd_notify(3), in our own lines). */

/* Sends state ("READY=1") to $NOTIFY_SOCKET, if there is one.  Never fails
 * visibly: nobody waits for it. */
void notify(const char *state);
