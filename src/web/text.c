#include "web/text.h"

const char *const lang_names[LANG_N] = { "en", "ja" };

enum lang
lang_of_accept(struct str value)
{
	return str_istarts(str_trim(value), STR("ja")) ? LANG_JA : LANG_EN;
}
