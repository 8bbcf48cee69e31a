#include "base/i18n.h"

#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef SEKIMORI_LOCALEDIR
#define SEKIMORI_LOCALEDIR "/usr/share/locale"
#endif

static const char domain[] = "sekimori";
static const char *const languages[] = { "en", "ja" };

/* Of i18n_setup(): what LANGUAGE was then, and whether it was there at all. */
static char first_language[64];
static bool had_language;

int
i18n_known(const char *lang)
{
	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
		if (strcmp(lang, languages[i]) == 0)
			return 1;
	return 0;
}

/* The variable that decides about messages (POSIX 8.2), or "". */
static const char *
wanted(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *v = getenv(names[i]);

		if (v != NULL && v[0] != '\0')
			return v;
	}
	return "";
}

/* Sets a locale in which gettext works; LANGUAGE then chooses (tested: it is
 * obeyed under C.UTF-8, not under C). */
static void
neutral(const char *language)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	setlocale(LC_MESSAGES, "C.UTF-8");
	if (language != NULL)
		setenv("LANGUAGE", language, 1);
}

/* "ja_JP.eucJP" is "ja" here: the catalogue is in UTF-8 in any case. */
static void
from_environment(void)
{
	const char *want = wanted();
	char lang[8];
	size_t n = strcspn(want, "_.@");

	if (want[0] == '\0') {
		neutral(NULL);	/* LANGUAGE alone still decides */
	} else if (strcmp(want, "C") == 0 || strcmp(want, "POSIX") == 0) {
		neutral("en");	/* asked for: no translation */
	} else if (setlocale(LC_CTYPE, "") == NULL ||
	    setlocale(LC_MESSAGES, "") == NULL) {
		if (n >= sizeof(lang) || strncmp(want, "C.", 2) == 0)
			n = 0;
		memcpy(lang, want, n);
		lang[n] = '\0';
		neutral(n > 0 && getenv("LANGUAGE") == NULL ? lang : NULL);
	}
}

/* Looks for a directory at a place relative to the program's own. */
static const char *
beside_program(char out[PATH_MAX])
{
	static const char *const places[] = {
		"/../../share/locale",	/* from libexec/sekimori, installed or in a build tree */
		"/../share/locale",	/* from bin */
		"/../../po",		/* from src/cmd of a build directory */
	};
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 32);
	char *slash;

	if (n <= 0)
		return NULL;
	out[n] = '\0';
	slash = strrchr(out, '/');
	for (size_t i = 0; slash != NULL &&
	    i < sizeof(places) / sizeof(places[0]); i++) {
		strcpy(slash, places[i]);
		if (access(out, R_OK) == 0)
			return out;
	}
	return NULL;
}

void
i18n_setup(const char *lang, const char *dir)
{
	char path[PATH_MAX];

	if (lang != NULL)
		neutral(lang);
	else
		from_environment();
	if (dir == NULL)
		dir = beside_program(path);
	if (dir == NULL)
		dir = SEKIMORI_LOCALEDIR;
	bindtextdomain(domain, dir);
	bind_textdomain_codeset(domain, "UTF-8");
	textdomain(domain);
	lang = getenv("LANGUAGE");
	had_language = lang != NULL;
	snprintf(first_language, sizeof(first_language), "%s", had_language ? lang : "");
}

void
i18n_load(void)
{
	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
		i18n_switch(languages[i]);
		(void)i18n_language();	/* the catalogue is read at the first message */
	}
	i18n_switch(NULL);
	(void)i18n_language();
}

/* gettext keeps what it found by this counter: GNU gettext's manual, "Being a
 * gettext grok" (11.5). */
extern int _nl_msg_cat_cntr;

void
i18n_switch(const char *lang)
{
	if (lang == NULL && !had_language)
		unsetenv("LANGUAGE");
	else
		setenv("LANGUAGE", lang != NULL ? lang : first_language, 1);
	_nl_msg_cat_cntr++;
}

const char *
i18n_language(void)
{
	/* the catalogue translates this word to the code of its own language */
	return strcmp(_("en"), "ja") == 0 ? "ja" : "en";
}
