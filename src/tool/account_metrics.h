#pragma once
/* tool/account_metrics.h -- the counts of an account for Prometheus, in its text
 * form.
 *
 * Source: Prometheus, "Exposition formats", text format 0.0.4.  No label holds
 * text of a log: the number of series is fixed. */

#include "tool/account_alert.h"
#include "base/buf.h"

/* Writes all to w; w->err when it has no room (16 KiB are enough).
 * s  which alerts are on */
void account_metrics(struct wbuf *w, const struct account_result *r,
    const struct account_alert_state *s, int64_t now_s);
