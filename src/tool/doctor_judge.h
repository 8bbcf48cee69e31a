#pragma once
/* tool/doctor_judge.h -- the start-up checklist: from what was seen to what it
 * means.
 *
 * Pure: no socket, no clock, no question; one function a check, in one table. */

#include "tool/judged.h"

enum {
	JUDGE_CLOCK_S = 300,		/* off by more is wrong: what Kerberos allows too */
	/* a base and its successor of a million entries, the store's log and
	 * reserve, a day of evidence */
	JUDGE_DISK_MIB = 128,
	JUDGE_INODES = 1000,
	JUDGE_FILES = 64,		/* of a role, besides its sessions */
};

void doctor_judge(struct judged out[CHECK_N], const struct view *v);
