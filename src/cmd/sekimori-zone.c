/* cmd/sekimori-zone.c -- main() of sekimori zone. */

#include <stdio.h>

#include "base/i18n.h"
#include "tool/option.h"
#include "tool/zone.h"

int
main(int argc, char **argv)
{
	const char *lang = option_lang(argc, argv);

	i18n_setup(lang != NULL && i18n_known(lang) ? lang : NULL, NULL);
	return zone_main(argc, argv, stdout, stderr);
}
