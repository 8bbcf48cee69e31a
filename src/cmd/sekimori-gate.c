/* cmd/sekimori-gate.c -- main() of sekimori gate. */

#include <stdio.h>

#include "base/i18n.h"
#include "tool/gate.h"
#include "tool/option.h"

int
main(int argc, char **argv)
{
	const char *lang = option_lang(argc, argv);

	i18n_setup(lang != NULL && i18n_known(lang) ? lang : NULL, NULL);
	return gate_main(argc, argv, &dialer_real, stdout, stderr);
}
