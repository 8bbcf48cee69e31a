/* cmd/sekimori-serve.c -- main() of sekimori serve. */

#include <stdio.h>

#include "base/i18n.h"
#include "tool/option.h"
#include "tool/serve.h"

int
main(int argc, char **argv)
{
	const char *lang = option_lang(argc, argv);

	i18n_setup(lang != NULL && i18n_known(lang) ? lang : NULL, NULL);
	return serve_main(argc, argv, stdout, stderr);
}
