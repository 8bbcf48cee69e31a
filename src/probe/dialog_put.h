#pragma once
/* probe/dialog_put.h -- the command of a state, as octets.
 *
 * Internal to probe/dialog; pure as that is.  All texts were checked when they
 * came in: none can end its line. */

#include "base/buf.h"
#include "probe/dialog.h"

void dialog_put(struct wbuf *w, const struct dlg *d);
