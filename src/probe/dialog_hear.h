#pragma once
/* probe/dialog_hear.h -- what a reply says beyond its code.
 *
 * Internal to probe/dialog; pure as that is.  Replies are hostile. */

#include "probe/dialog.h"

/* Keeps what the server says of itself: banner, name and keywords of a greeting.
 * raw: the whole reply. */
void dialog_hear(struct dlg *d, const struct smtp_reply *r, struct str raw);

/* Rule 3: is a 5xx to MAIL the wish for STARTTLS? */
bool dialog_hears_tls(const struct dlg *d, const struct smtp_reply *r);

/* Rule 9: a 4xx that says "no" and not "later". */
bool dialog_hears_no(const struct dlg *d, const struct smtp_reply *r);
