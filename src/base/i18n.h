#pragma once
/* base/i18n.h -- the words a person reads, in Japanese or English.
 *
 * gettext(3) catalogues; messages in the source are English.  Only LC_CTYPE
 * and LC_MESSAGES of the locale are set, so numbers and classes stay the C
 * locale's, and the output is always UTF-8.  Logs, JSON and exit codes are
 * never translated. */

#include <libintl.h>

#define _(s) gettext(s)
#define N_(s) (s)	/* marks a text of a table; translated where it is shown */

/* Picks the language, once at the start of main().
 * lang  "ja", "en", or NULL: as the environment says.  Where the system has no
 *       locale of that name, C.UTF-8 and LANGUAGE do (the catalogue is ours).
 * dir   where LANG/LC_MESSAGES/sekimori.mo are; NULL: beside the program
 *       (../../share/locale from libexec/sekimori, so that a build tree works
 *       in place), else the installed directory. */
void i18n_setup(const char *lang, const char *dir);

/* Reads every catalogue now, for a process that gives away its rights to files
 * before it speaks: afterwards _() and i18n_switch() open nothing. */
void i18n_load(void);

/* Another language from here on ("ja", "en"), for one document of a run; NULL:
 * that of i18n_setup() again.  Not while other threads run. */
void i18n_switch(const char *lang);

/* The language of now: "ja" or "en". */
const char *i18n_language(void);

/* Is lang one of the languages there is a catalogue for ("en", "ja")? */
int i18n_known(const char *lang);
