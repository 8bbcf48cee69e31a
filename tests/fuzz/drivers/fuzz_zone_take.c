/* One octet: the form; then a list in it, as `zone import --bad skip' reads it,
 * up to the entries in order. */
#include <stdlib.h>
#include <string.h>

#include "tool/zone_take.h"

static const char *const forms[] = { "master", "rpz", "csv", "jsonl", "combined" };
enum { FORMS = sizeof(forms) / sizeof(forms[0]), PIECES = 20000 };

static void
read_lines(const struct zone_reader *r, void *state, struct zone_take *t, struct str all)
{
	struct str entry = { NULL, 0 };
	unsigned joined = 0;

	while (all.n > 0) {
		struct str line = str_cut(&all, '\n');
		int rc;

		entry = entry.p == NULL ? line :
		    (struct str){ entry.p, (size_t)(line.p + line.n - entry.p) };
		t->why = NULL;
		rc = r->line(state, t, entry);
		if (rc == SEK_EPARSE && t->why == NULL)
			abort();
		if (rc != ZONE_TAKE_MORE || ++joined == 100) {
			entry.p = NULL;
			joined = 0;
		}
	}
}

/* In order, without doubles, or no snapshot could be written. */
static void
check_order(struct zone_pile *p)
{
	struct snapshot_source source;
	struct snapshot_entry e, last = { .code = 0 };

	zone_pile_sort(p);
	source = zone_pile_source(p);
	if (source.rewind(source.ctx) != 0)
		abort();
	for (size_t n = 0; n < PIECES && source.next(source.ctx, &e) == 0; n++) {
		if (n > 0 && snapshot_entry_cmp(&last, &e) >= 0)
			abort();
		last = e;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct zone_reader *r = zone_reader_of(forms[n == 0 ? 0 : p[0] % FORMS]);
	static struct zone_codes codes;
	struct zone_meta *meta = calloc(1, sizeof(*meta));
	struct zone_take t = { .pile = zone_pile_new(), .meta = meta, .codes = &codes };
	void *state = calloc(1, r->size);

	if (n > 0 && meta != NULL && state != NULL && t.pile != NULL) {
		if (r->begin != NULL)
			r->begin(state, r);
		read_lines(r, state, &t, (struct str){ (const char *)p + 1, n - 1 });
		if (r->end != NULL)
			(void)r->end(state, &t);
		if (zone_meta_end(meta, 1700000000, 86400) == 0 &&
		    (meta->zone.zone.len == 0 || meta->zone.n_ns == 0))
			abort();
		check_order(t.pile);
	}
	zone_pile_free(t.pile);
	free(state);
	free(meta);
	return 0;
}
