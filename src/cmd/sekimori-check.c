/* cmd/sekimori-check.c -- main() of sekimori check. */

#include <stdio.h>

#include "base/i18n.h"
#include "tool/check.h"
#include "tool/option.h"

int
main(int argc, char **argv)
{
	const char *lang = option_lang(argc, argv);

	i18n_setup(lang != NULL && i18n_known(lang) ? lang : NULL, NULL);
	return check_main(argc, argv, stdout, stderr);
}
