/* account_pages DIRECTORY CATALOGUES -- the pages of an account with hostile names, in both
 * languages, for tests/system/test_account_pages.py. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "account_rig.h"
#include "base/i18n.h"
#include "tool/account_html.h"
#include "tool/account_report.h"

static int
page(const char *dir, const char *name, const char *lang, const struct account_result *r,
    bool draft)
{
	char path[4096];
	FILE *f;
	int err;

	snprintf(path, sizeof(path), "%s/%s.%s.html", dir, name, lang);
	f = fopen(path, "we");
	if (f == NULL)
		return 1;
	i18n_switch(lang);
	err = draft ? account_report(f, r, true) : account_html(f, r);
	return fclose(f) != 0 || err != 0;
}

int
main(int argc, char **argv)
{
	static const char *const langs[] = { "en", "ja" };
	struct account_result r, none = { .n_verdicts = 1 };
	int bad = 0;

	if (argc != 3)
		return 2;
	setenv("TZ", "JST-9", 1);
	tzset();
	i18n_setup("en", argv[2]);
	rig_result(&r);
	none.verdict[0].cause = ACCOUNT_NOTHING_FOUND;
	for (size_t i = 0; i < 2; i++) {
		bad |= page(argv[1], "account", langs[i], &r, false);
		bad |= page(argv[1], "account-report", langs[i], &r, true);
		bad |= page(argv[1], "account-nothing", langs[i], &none, false);
	}
	return bad;
}
