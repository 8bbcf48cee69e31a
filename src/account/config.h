#pragma once
/* account/config.h -- what is ours by a mail server's configuration
 * (--from-config DIR). */

#include "account/own.h"
#include "wire/mtaconf.h"

enum { ACCOUNT_CONFIG_TEXT = 400 };

/* Adds the networks and domains that the files name to own; what they cannot
 * say (a database, everybody) makes own a part (own.h).
 * in    files below dir, as account_config_dir_read or a test has them; hostile
 * text  gets what was read, appended to what stands there: "postfix,
 *       /etc/postfix"; and the first things that only something else decides
 * Returns 0, MTACONF_NONE when it is of no mail server that is known,
 * SEK_ENOMEM, SEK_ELIMIT. */
int account_config_own(struct account_own *own, const struct mtaconf_in *in, struct str dir,
    char text[ACCOUNT_CONFIG_TEXT]) MUST_CHECK;
