#pragma once
/* probe/dialog_put.h -- the command of a state, as octets, and what may stand in
 * one.
 *
 * Internal to probe/dialog; pure as that is. */

#include "base/buf.h"
#include "probe/dialog.h"

/* All texts of d were checked when they came in: none can end its line. */
void dialog_put(struct wbuf *w, const struct dlg *d);

/* Can an address, a name or a line not break out of its place?  Printable ASCII,
 * at most TEXT_PATH octets; < and > only where the form has no brackets of
 * ours. */
bool dialog_put_ok(struct str s, bool brackets);

/* Is a letter made of CRLF lines, and of nothing that a server could take for
 * another line end (RFC 5321 2.3.8)?  At most LETTER_MAX octets. */
bool dialog_put_letter_ok(struct str s);

/* Is it base64, or "*" (RFC 4954 4)? */
bool dialog_put_sasl_ok(struct str s);
