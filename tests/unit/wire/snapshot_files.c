/* snapshot_files DIR -- writes bases, overlays and tails, N.base and so on, and
 * in N.want, as text, what was put into them.  For snapshot_format.py. */
#include <stdio.h>

#include "../snapshot_make.h"
#include "base/rand.h"

enum { FILES = 12, ENTRIES = 500, ASKED = 400 };

static struct addr
some_addr(struct rand *r)
{
	uint64_t v = rand_u64(r);
	struct addr a = { { 0x20, 1, 0xd, 0xb8 } };

	if (v % 3 != 0)
		return addr_v4(v % 31 == 1 ? 255 : 192, (uint8_t)(v >> 8 & 3),
		    (uint8_t)(v >> 16 & 7), (uint8_t)(v >> 24));
	a.o[7] = (uint8_t)(v >> 8 & 7);
	a.o[15] = (uint8_t)(v >> 16 & 31);
	return a;
}

static struct snapshot_entry
some_entry(struct rand *r)
{
	struct snapshot_entry e = { some_addr(r), 2, SNAPSHOT_ADDRESS };
	uint64_t v = rand_u64(r);

	e.code = (uint8_t)(2 + v % 3);
	if (v >> 8 & 1)
		return e;
	e.form = v >> 9 & 1 ? SNAPSHOT_RANGE : SNAPSHOT_EXCEPT;
	if (e.form == SNAPSHOT_RANGE)
		e.addr = snapshot_range(&e.addr).addr;
	return e;
}

static void
save(const char *dir, int i, const char *what, const uint8_t *p, size_t n)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d.%s", dir, i, what);
	f = fopen(path, "w");
	if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		abort();
}

static bool
has(const struct snapshot_entry *e, size_t n, struct snapshot_entry want)
{
	for (size_t i = 0; i < n; i++)
		if (snapshot_entry_cmp(&e[i], &want) == 0)
			return true;
	return false;
}

static bool
listed(const struct snapshot_entry *e, size_t n, const struct addr *a, uint8_t code)
{
	if (has(e, n, (struct snapshot_entry){ snapshot_range(a).addr, code, SNAPSHOT_RANGE }))
		return !has(e, n, (struct snapshot_entry){ *a, code, SNAPSHOT_EXCEPT });
	return has(e, n, (struct snapshot_entry){ *a, code, SNAPSHOT_ADDRESS });
}

static void
say(FILE *f, const char *when, const struct snapshot_entry *e, size_t n, struct rand *r)
{
	char text[ADDR_TEXT];

	for (size_t i = 0; i < n; i++) {
		addr_text(text, &e[i].addr);
		fprintf(f, "%s entry %s %u %u\n", when, text, e[i].code, e[i].form);
	}
	for (size_t i = 0; i < ASKED; i++) {
		struct addr a = some_addr(r);
		uint8_t code = (uint8_t)(2 + i % 3);

		addr_text(text, &a);
		fprintf(f, "%s listed %s %u %d\n", when, text, code, listed(e, n, &a, code));
	}
}

static size_t
change(struct snapshot_change *c, struct snapshot_entry *after, size_t *n_after,
    const struct snapshot_entry *e, size_t n, struct rand *r)
{
	struct snapshot_entry t[ENTRIES];
	size_t k, m = 0;

	for (size_t i = 0; i < ENTRIES; i++)
		t[i] = rand_u64(r) % 4 && n > 0 ? e[rand_u64(r) % n] : some_entry(r);
	k = make_sort(t, ENTRIES);
	for (size_t i = 0; i < k; i++) {
		c[i] = (struct snapshot_change){ t[i], rand_u64(r) % 3 == 0 };
		if (c[i].present)
			after[m++] = t[i];
	}
	for (size_t i = 0; i < n; i++)
		if (!has(t, k, e[i]))
			after[m++] = e[i];
	*n_after = make_sort(after, m);
	return k;
}

enum { CLOSING_DAY = 0x010203 };	/* of the tails of odd numbers */

static void
tail(const char *dir, int i, FILE *f, struct rand *r)
{
	enum { STEPS = 40, ROOM = 4096 };
	struct snapshot_step s[STEPS];
	struct snapshot_head h = make_head(1000, 100, SNAPSHOT_LAB);
	struct snapshot_memory m = { malloc(ROOM), ROOM, 0 };
	const struct snapshot_sink sink = { snapshot_memory_put, &m };
	char text[ADDR_TEXT];
	uint64_t octets;

	if (i % 2 != 0) {
		h.life = SNAPSHOT_CLOSING;
		h.empties = CLOSING_DAY;
	}
	s[0] = snapshot_status_step(100, &(struct snapshot_status){ h.life, h.empties, 0x201 });
	for (size_t k = 1; k < STEPS; k++)
		s[k] = (struct snapshot_step){ .serial = s[k - 1].serial + 1 + (uint32_t)(rand_u64(r) % 3),
			.kind = 1 + (uint8_t)(rand_u64(r) % 2), .code = 2, .len = 128, .addr = some_addr(r) };
	if (m.p == NULL || snapshot_write_tail(&sink, &h, s, STEPS, &octets) != 0)
		abort();
	save(dir, i, "tail", m.p, octets);
	free(m.p);
	for (size_t k = 0; k < STEPS; k++) {
		addr_text(text, &s[k].addr);
		fprintf(f, "tail step %u %u %u %u %s\n", s[k].serial, s[k].kind, s[k].code, s[k].len, text);
	}
}

static void
make(const char *dir, int i)
{
	static struct snapshot_view view;
	static struct snapshot_entry e[ENTRIES], after[2 * ENTRIES];
	static struct snapshot_change c[ENTRIES];
	size_t n = i == 0 ? 0 : ENTRIES, n_after, k;
	struct rand r;
	uint8_t *base, *over;
	const char *part;
	char path[512];
	int64_t len;
	FILE *f;

	rand_seeded(&r, (uint64_t)i);
	snprintf(path, sizeof(path), "%s/%d.want", dir, i);
	f = fopen(path, "w");
	if (f == NULL)
		abort();
	for (size_t j = 0; j < n; j++)
		e[j] = some_entry(&r);
	n = make_sort(e, n);
	len = make_base(&base, 7, i % 2 ? SNAPSHOT_OUT : SNAPSHOT_LAB, e, n);
	if (len < 0 || snapshot_open(&view, base, (size_t)len, &part) != 0)
		abort();
	save(dir, i, "base", base, (size_t)len);
	say(f, "base", e, n, &r);
	k = change(c, after, &n_after, e, n, &r);
	len = make_overlay(&over, 9, SNAPSHOT_LAB, &view, c, k);
	if (len < 0)
		abort();
	save(dir, i, "overlay", over, (size_t)len);
	say(f, "overlay", after, n_after, &r);
	tail(dir, i, f, &r);
	free(base);
	free(over);
	if (fclose(f) != 0)
		abort();
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		return EXIT_USAGE;
	for (int i = 0; i < FILES; i++)
		make(argv[1], i);
	return 0;
}
