#include "base/err.h"

#include <errno.h>
#include <string.h>

static const char *const words[] = {
	[-SEK_OK] = "done",
	[-SEK_ENOMEM] = "out of memory",
	[-SEK_ESYS] = "system error",
	[-SEK_ELIMIT] = "limit reached",
	[-SEK_EPARSE] = "malformed",
	[-SEK_ESTORE] = "database error",
	[-SEK_ELIB] = "library error",
};

const char *
sek_strerror(int err)
{
	if (err == SEK_ESYS)
		return strerror(errno);
	if (err > 0 || -err >= (int)(sizeof(words) / sizeof(words[0])))
		return "unknown error";
	return words[-err];
}
