/* cmd/sekimori-account.c -- main() of sekimori account. */

#include <stdio.h>

#include "base/i18n.h"
#include "tool/account.h"
#include "tool/option.h"

int
main(int argc, char **argv)
{
	const char *lang = option_lang(argc, argv);

	i18n_setup(lang != NULL && i18n_known(lang) ? lang : NULL, NULL);
	return account_main(argc, argv, stdout, stderr);
}
