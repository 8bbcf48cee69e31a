#pragma once
/* tool/csv_field.h -- one field of a CSV file (RFC 4180), safe in a spreadsheet.
 *
 * What a spreadsheet could take for a formula begins with ' (dependencies.md
 * 4.13); quotes are doubled, line ends stay inside the quotes. */

#include <stdbool.h>
#include <stdio.h>

#include "base/str.h"

/* Writes it, with a comma before it unless first. */
void csv_field_put(FILE *out, bool first, struct str s);
