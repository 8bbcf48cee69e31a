#pragma once
/* tool/gate_report.h -- the report of a gate for the change ticket: text, JSON,
 * or HTML to print. */

#include <jansson.h>
#include <stdio.h>

#include "base/err.h"

/* "text", "json", "html" by the end of a file's name; NULL: none of them. */
const char *gate_report_form(const char *path);

/* Writes doc (tool/gate_doc) as the end of path says: first beside it, then in
 * its place.  Returns 0, or EXIT_CANTCREAT after one message on err. */
int gate_report_write(const json_t *doc, const char *path, FILE *err) MUST_CHECK;

/* The same to out, as text. */
void gate_report_text(const json_t *doc, FILE *out);

/* What an exit code of a gate means, in words. */
const char *gate_report_answer(int exit);
