/* cmd/sekimori-probe.c -- main() of sekimori probe. */

#include <stdio.h>

#include "base/i18n.h"
#include "tool/option.h"
#include "tool/probe.h"

int
main(int argc, char **argv)
{
	const char *lang = option_lang(argc, argv);

	i18n_setup(lang != NULL && i18n_known(lang) ? lang : NULL, NULL);
	return probe_main(argc, argv, &dialer_real, stdout, stderr);
}
