/* refuse.c -- preloaded into `sekimori account`: of each of its processes the allocation
 * number SEKIMORI_REFUSE (from 0, since the start of the first one) is refused,
 * stdio's too.  Not those of gettext(3) and getpwnam(3): glibc 2.36 crashes in both
 * when they are refused (iconv/gconv_open.c, nss/nss_database.c). */
#include <dlfcn.h>
#include <errno.h>
#include <libintl.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static _Atomic long done, refused = -1;
static _Thread_local bool spared;
static char *(*real_gettext)(const char *domain, const char *id, int category);
static struct passwd *(*real_getpwnam)(const char *name);

__attribute__((constructor)) static void
begin(void)
{
	const char *text = getenv("SEKIMORI_REFUSE");

	real_gettext = (char *(*)(const char *, const char *, int))dlsym(RTLD_NEXT, "dcgettext");
	real_getpwnam = (struct passwd *(*)(const char *))dlsym(RTLD_NEXT, "getpwnam");
	done = 0;
	refused = text != NULL ? atol(text) : -1;
}

static bool
refuse(void)
{
	if (spared || done++ != refused)
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t n)
{
	return refuse() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return refuse() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return refuse() ? NULL : __libc_realloc(p, n);
}

char *
dcgettext(const char *domain, const char *id, int category)
{
	char *text;

	spared = true;
	text = real_gettext(domain, id, category);
	spared = false;
	return text;
}

struct passwd *
getpwnam(const char *name)
{
	struct passwd *pw;

	spared = true;
	pw = real_getpwnam(name);
	spared = false;
	return pw;
}
