#pragma once
/* tool/account_args.h -- the command line of `sekimori account`, checked. */

#include "account/country.h"
#include "account/own.h"
#include "account/zone.h"
#include "tool/option.h"

struct account_args {
	/* as read; text borrowed from argv */
	bool		 json, journal, follow;
	struct option_list own_net, own_domain, from_config;
	const char	*journal_dir, *timezone, *since, *until, *country_db;
	const char	*csv, *html, *report, *report_file, *on_alert, *metrics;
	const char	*lang, *color, *progress;
	uint32_t	 year, jobs;	/* 0: not said */
	/* as understood; owned */
	struct account_own	*own;
	struct account_zone	 zone;
	int64_t			 since_s, until_s;	/* UTC; 0: all */
	struct account_country	*country;	/* NULL: none */
	char			**operand;	/* in argv */
	size_t			 n_operands;
};

/* Reads and checks all.  Returns 0; -1 when help was given (exit 0); or the exit
 * code after one message on err.  account_args_free() in any case. */
int account_args_read(struct account_args *a, int argc, char **argv, int64_t now_s,
    FILE *out, FILE *err) MUST_CHECK;
void account_args_free(struct account_args *a);

/* "2026-11-22", "2026-11-22 06:30", "2026-11-22T06:30:00+09:00"; without a zone
 * it is the wall clock of z.  Returns 0 or SEK_EPARSE. */
int account_args_time(int64_t *out, const char *text, const struct account_zone *z) MUST_CHECK;
