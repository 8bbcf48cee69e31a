#include "account/far.h"

#include <stddef.h>
#include <sys/mman.h>

struct account_far *
account_far_new(void)
{
	void *p = mmap(NULL, sizeof(struct account_far), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void
account_far_free(struct account_far *f)
{
	if (f != NULL)
		munmap(f, sizeof(*f));
}
