#pragma once
/* base/log.h -- logs are data: one line per fact, fixed keys.
 *
 *	event=rcpt probe=k7q2 host=192.0.2.25 code=550 took_ms=212
 *
 * Written once, by whoever decides.  Values that are not plain words are
 * quoted and cleaned (str_clean), so hostile text cannot forge a line.  Every
 * event and key stands in sekimori.log(5). */

#include <stdint.h>

#include "base/str.h"

enum log_level {	/* syslog(3) severities; written as <N> when LOG_PREFIX is on */
	LOG_LV_ERR = 3,
	LOG_LV_WARN = 4,
	LOG_LV_NOTICE = 5,
	LOG_LV_INFO = 6,
	LOG_LV_DEBUG = 7,
};

struct log_field {
	const char	*key;	/* NULL ends the list */
	struct str	 text;	/* hostile text allowed; used when is_text */
	int64_t		 num;
	int		 is_text;
};

#define LOG_T(k, s) ((struct log_field){ (k), (s), 0, 1 })	/* struct str */
#define LOG_Z(k, s) ((struct log_field){ (k), str_of(s), 0, 1 })	/* C string */
#define LOG_N(k, n) ((struct log_field){ (k), { 0, 0 }, (int64_t)(n), 0 })

/* Name of this process in each line (role=keeper), and the lowest severity
 * written.  prefix puts "<N>" first, as journald reads it.  Static data. */
void log_setup(const char *role, enum log_level least, int prefix);

/* Writes one line to standard error in one write(2); cut at 4 KiB. */
void log_write(enum log_level lv, const char *event, const struct log_field *fields);

/* For an event without fields. */
#define LOG_NONE ((struct log_field){ 0 })

#define log_event(lv, event, ...) \
	log_write((lv), (event), \
	    (const struct log_field[]){ __VA_ARGS__, { 0 } })
