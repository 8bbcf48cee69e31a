/* Walks every label of every listed name: answers against a naive model, a
 * sorted list of names as text with everything between them and the zone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../snapshot_make.h"
#include "base/rand.h"
#include "fact/answer.h"

enum { ENTRIES = 60, NAMES = 20000, NAME = 128, ROUNDS = 10 };

static const struct wall now = { 1700000100 };

struct name { char text[NAME]; unsigned code; bool record; };

static struct name model[NAMES];
static size_t n_model;

static void
add_name(const char *text, unsigned code, bool record)
{
	assert_true(n_model < NAMES);
	snprintf(model[n_model].text, NAME, "%s", text);
	model[n_model].code = code;
	model[n_model++].record = record;
}

/* The name and all between it and the root it hangs on. */
static void
add_entry(const char *labels, const char *root, unsigned code)
{
	char text[NAME];
	const char *at = text;

	snprintf(text, sizeof(text), "%s.%s", labels, root);
	add_name(text, code, true);
	while ((at = strchr(at, '.') + 1) != NULL && strcmp(at, root) != 0)
		add_name(at, 0, false);
	add_name(root, 0, false);
}

static int
by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order != 0 ? order : (int)y->record - (int)x->record;
}

static const struct name *
in_model(const char *text)
{
	for (size_t lo = 0, hi = n_model; lo < hi; ) {
		size_t mid = (lo + hi) / 2;
		int c = strcmp(model[mid].text, text);

		if (c == 0)
			return &model[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static void
make_model(const struct snapshot_entry *e, size_t n, bool out)
{
	static const char *const roots[] = { "bl.example", "in.bl.example", "out.bl.example" };
	char labels[ADDR_LABELS];
	size_t k = 0;

	n_model = 0;
	for (size_t r = 0; r < (out ? 3u : 2u); r++) {
		unsigned code = r == 2 ? 3 : 2;

		add_entry("2.0.0.127", roots[r], code);
		add_entry("2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0", roots[r], code);
		for (size_t i = 0; i < n; i++) {
			addr_labels(labels, &e[i].addr);
			if (e[i].code == code)
				add_entry(labels, roots[r], code);
		}
	}
	add_name("ns.bl.example", 0, false);
	add_name("_status.bl.example", 0, false);
	qsort(model, n_model, sizeof(model[0]), by_name);
	for (size_t i = 0; i < n_model; i++)
		if (k == 0 || strcmp(model[k - 1].text, model[i].text) != 0)
			model[k++] = model[i];
	n_model = k;
}

static void
check_name(const struct snapshot *s, const char *text)
{
	const struct name *want = in_model(text);
	uint8_t q[DNS_QUERY_MAX], a[DNS_EDNS];
	struct dns_name name;
	struct dns_reply r;
	struct dns_record rec;
	size_t n;
	bool record;

	assert_int_equal(dns_name_parse(&name, str_of(text)), 0);
	n = dns_query_build(q, 1, &name, DNS_A);
	n = answer_make(s, q, n, &(struct answer_asker){ .now = now }, a, sizeof(a), NULL);
	assert_int_equal(dns_reply_open(&r, a, n, 1, &name, DNS_A), 0);
	record = dns_reply_next(&rec, &r) == 0;
	if (strcmp(text, "ns.bl.example") == 0)
		return;		/* its A is in test_answer */
	if (r.rcode != (want != NULL ? DNS_NOERROR : DNS_NXDOMAIN) ||
	    record != (want != NULL && want->record) ||
	    (record && rec.addr.o[15] != want->code))
		fail_msg("%s: rcode %u, record %d; the model says %s", text,
		    r.rcode, record, want == NULL ? "no such name" :
		    want->record ? "entry" : "empty");
}

/* Names beside those that exist: first label changed, one more, one less. */
static void
check_around(const struct snapshot *s, const char *text, struct rand *r)
{
	static const char *const heads[] = { "0", "1", "2", "7", "f", "A", "25", "192", "127", "in", "out", "256", "01", "ff", "x" };
	const char *rest = strchr(text, '.') + 1;
	const char *head = heads[rand_u64(r) % (sizeof(heads) / sizeof(heads[0]))];
	char other[2 * NAME], lower[2 * NAME];

	check_name(s, text);
	for (int i = 0; i < 2; i++) {
		const char *tail = i == 0 ? text : rest;

		if (strstr(tail, "bl.example") == NULL)
			continue;
		snprintf(other, sizeof(other), "%s.%s", head, tail);
		snprintf(lower, sizeof(lower), "%s", other);
		if (lower[0] == 'A')
			lower[0] = 'a';
		check_name(s, lower);
	}
}

static struct addr
some_addr(struct rand *r)
{
	uint64_t v = rand_u64(r);
	struct addr a = { { 0x20, 1, 0xd, 0xb8 } };

	switch (v % 5) {
	case 0:		/* names that are also IPv6 prefixes */
		return addr_v4((uint8_t)(v >> 8 & 3), (uint8_t)(v >> 16 & 1), (uint8_t)(v >> 24 & 1), (uint8_t)(v >> 32 & 3));
	case 1:
		a.o[0] = (uint8_t)(v >> 8 & 0x13);
		a.o[1] = (uint8_t)(v >> 16 & 0x11);
		a.o[15] = (uint8_t)(v >> 24 & 1);
		return a;
	case 2:
		a.o[15] = (uint8_t)(v >> 24 & 7);
		return a;
	default:
		return addr_v4(192, 0, 2, (uint8_t)(v >> 8 & 31));
	}
}

struct dump { size_t records, soa; const struct snapshot *s; const char *root; };

/* Every record of the dump is in the model with its code, and answered. */
static int
dumped(void *ctx, const struct dns_record *r)
{
	struct dump *d = ctx;
	char text[DNS_NAME_TEXT];
	const struct name *m;

	dns_name_text(text, &r->owner);
	if (r->type == DNS_SOA)
		d->soa++;
	if (r->type != DNS_A || strcmp(text, "ns.bl.example") == 0)
		return 0;
	m = in_model(text);
	if (m == NULL || !m->record || m->code != r->addr.o[15])
		fail_msg("the dump says %s, the model not", text);
	d->records++;
	return 0;
}

static void
check_dump(const struct snapshot *s, enum answer_zone which, const char *root, bool out)
{
	struct dump d = { .s = s, .root = root };
	size_t want = 0;

	assert_int_equal(answer_each(s, which, now, dumped, &d), 0);
	for (size_t i = 0; i < n_model; i++)
		want += model[i].record && (strstr(model[i].text, ".out.") != NULL) == out;
	assert_int_equal(d.records, want);
	assert_int_equal(d.soa, 1);
}

static void
check_all(const struct snapshot *s, bool out, struct rand *r)
{
	for (size_t i = 0; i < n_model; i++)
		check_around(s, model[i].text, r);
	check_dump(s, ANSWER_ZONE, "bl.example", false);
	if (out)
		check_dump(s, ANSWER_OUT, "out.bl.example", true);
}

static bool
gone(const struct snapshot_change *c, size_t n, const struct snapshot_entry *e)
{
	for (size_t i = 0; i < n; i++)
		if (make_cmp(&c[i].e, e) == 0)
			return true;
	return false;
}

static void
every_label_of_every_name(void **state)
{
	struct rand r;

	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct snapshot_entry e[ENTRIES], t[ENTRIES], after[2 * ENTRIES];
		struct snapshot_change c[ENTRIES];
		static struct snapshot_view base, over;
		struct snapshot s = { .base = &base };
		bool out = seed % 2 == 0;
		uint32_t flags = out ? SNAPSHOT_OUT : 0;
		size_t n, k, m = 0;
		const char *part;
		uint8_t *b, *o;
		int64_t len;

		print_message("# seed %d\n", (int)seed);
		rand_seeded(&r, seed);
		for (size_t i = 0; i < ENTRIES; i++)
			e[i] = (struct snapshot_entry){ some_addr(&r), rand_u64(&r) % 4 == 0 ? 3 : 2, 0 };
		n = make_sort(e, ENTRIES);
		len = make_base(&b, 10, flags, e, n);
		assert_true(len > 0);
		assert_int_equal(snapshot_open(&base, b, (size_t)len, &part), 0);
		make_model(e, n, out);
		check_all(&s, out, &r);
		for (size_t i = 0; i < ENTRIES; i++)
			t[i] = rand_u64(&r) % 4 ? e[rand_u64(&r) % n] :
			    (struct snapshot_entry){ some_addr(&r), 2, 0 };
		k = make_sort(t, ENTRIES);
		for (size_t i = 0; i < k; i++) {
			c[i] = (struct snapshot_change){ t[i], rand_u64(&r) % 4 == 0 };
			if (c[i].present)
				after[m++] = t[i];
		}
		for (size_t i = 0; i < n; i++)
			if (!gone(c, k, &e[i]))
				after[m++] = e[i];
		m = make_sort(after, m);
		len = make_overlay(&o, 11, flags, &base, c, k);
		assert_true(len > 0);
		assert_int_equal(snapshot_open(&over, o, (size_t)len, &part), 0);
		s.overlay = &over;
		make_model(after, m, out);
		check_all(&s, out, &r);
		make_model(e, n, out);	/* names that were: no trace of them */
		struct name *old = calloc(n_model, sizeof(*old));
		size_t n_old = n_model;

		assert_non_null(old);
		memcpy(old, model, n_model * sizeof(*old));
		make_model(after, m, out);
		for (size_t i = 0; i < n_old; i++)
			check_name(&s, old[i].text);
		free(old);
		free(o);
		free(b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_label_of_every_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
