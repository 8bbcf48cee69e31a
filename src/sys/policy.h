#pragma once
/* sys/policy.h -- what the configuration says about who asks. */

#include "fact/answer.h"
#include "sys/conf.h"

/* Sets *p from c, without a limit: that is the caller's to add.  Cookies are on
 * where c has a secret, which every role's configuration has. */
void policy_of(struct answer_policy *p, const struct conf *c);
