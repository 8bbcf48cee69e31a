/* What a list says of itself, which every list that is asked may write as it likes:
 * what we publish comes back as it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/life.h"
#include "wire/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Of the years that are written with four digits. */
static bool
within(struct wall t)
{
	return t.s >= 0 && t.s <= INT64_C(253402300799);
}

/* As fact/answer_put.c writes it. */
static void
again(const struct life *l)
{
	char text[256], until[WALL_TEXT], day[WALL_TEXT];
	struct life back;

	wall_text(until, l->expires);
	wall_text(day, l->empties);
	snprintf(text, sizeof(text), "%s expires=%s%s%.10s%s", life_word(l->is), until,
	    l->empties.s > 0 ? " empties=" : "", l->empties.s > 0 ? day : "",
	    l->lab ? " LAB" : "");
	life_read(&back, str_of(text));
	if (back.is != l->is || back.lab != l->lab || back.expires.s != l->expires.s ||
	    back.empties.s / SNAPSHOT_DAY_S != l->empties.s / SNAPSHOT_DAY_S)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct life l;

	life_read(&l, (struct str){ (const char *)p, n });
	if (l.is > SNAPSHOT_EMPTY || life_said(&l) != (l.is != 0 && l.expires.s != 0))
		abort();
	if (life_said(&l) && within(l.expires) && within(l.empties))
		again(&l);
	return 0;
}
