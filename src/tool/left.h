#pragma once
/* tool/left.h -- how long it will still take, for lines of progress. */

#include <stdint.h>
#include <stdio.h>

/* ", about 5 min left" */
void left_show(FILE *out, int64_t s);

/* Seconds for the rest at the pace of what is done; 0 when nothing is. */
int64_t left_s(uint64_t done, uint64_t all, int64_t took_ms);
