#pragma once
/* account/far.h -- how far the reading is, and the wish to end it: memory that
 * parent and child share.
 *
 * Made by the parent before the fork (MAP_SHARED); the child's threads add, the
 * parent looks and may ask to stop.  Nothing in it decides anything else. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct account_far {
	_Atomic uint64_t	read;	/* octets of the files as they are stored */
	_Atomic uint64_t	all;	/* of all that will be read; 0: not known (a pipe) */
	_Atomic uint64_t	passed;	/* octets of log, after decompression */
	_Atomic bool		looking;	/* at what the files are; else reading them */
	_Atomic bool		stop;	/* end with what there is */
	_Atomic bool		done;	/* all is read: it is being counted */
};

/* NULL: no memory. */
struct account_far *account_far_new(void);
void account_far_free(struct account_far *f);	/* f may be NULL */
