#pragma once
/* tests/unit/account/log_rig.h -- a case of logs.h as a log. */
#include "logs.h"
#include "result_text.h"

static inline struct account_own *
case_own(const struct log_case *c)
{
	struct account_own *own = account_own_new();
	struct str all;
	struct net net;

	if (own == NULL)
		abort();
	for (all = str_of(c->domains); all.n > 0;)
		or_die(account_own_add_domain(own, str_cut(&all, ' '), ACCOUNT_OWN_BY_OPTION));
	for (all = str_of(c->nets); all.n > 0;) {
		or_die(net_parse(&net, str_cut(&all, ' ')));
		or_die(account_own_add_net(own, &net, ACCOUNT_OWN_BY_OPTION));
	}
	return own;
}

static inline struct log
case_log(const struct log_case *c, const struct account_own *own)
{
	struct log l = { .file = c->file, .own = own };

	for (size_t i = 0; i < 4; i++)
		if (c->file[i] != NULL)
			l.n = i + 1;
	return l;
}
