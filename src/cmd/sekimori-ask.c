/* cmd/sekimori-ask.c -- main() of every command that asks the keeper; built
 * once per command with its name (src/cmd/meson.build). */

#include <stdio.h>

#include "base/i18n.h"
#include "tool/ask.h"
#include "tool/option.h"

int
main(int argc, char **argv)
{
	const char *lang = option_lang(argc, argv);

	i18n_setup(lang != NULL && i18n_known(lang) ? lang : NULL, NULL);
	return ask_main(COMMAND, argc, argv, stdout, stderr);
}
