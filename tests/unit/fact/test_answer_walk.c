/* Random lists with ranges and exceptions, and every name around their names.
 *
 * 1. The records that a cursor gives are those that a naive reading of the
 *    entries wants (want_records: entry by entry, as the contract is written).
 * 2. Live answers are those of RFC 4592 over the records as text: the name, or
 *    below the longest end of it that exists a wildcard (find_naive).
 * 3. answer_records() gives what the cursor gives, entry by entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../snapshot_make.h"
#include "base/rand.h"
#include "fact/answer_cursor.h"

enum { ENTRIES = 60, NAMES = 20000, NAME = 300, ROUNDS = 12 };

#define TEST6 "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"

static const struct wall now = { 1700000100 };

enum { OWNER = 80 };	/* no name of the model is longer */

/* A name that exists; a: 127.0.0.a, 0 none; txt "": none. */
struct name { char text[OWNER]; unsigned a; char txt[RETURNCODE_TEXT + 1]; };

static struct name model[NAMES];
static size_t n_model;

static void
copy_name(char to[OWNER], const char *text)
{
	size_t n = strlen(text);

	assert_true(n < OWNER);
	memcpy(to, text, n + 1);
}

static struct name *
add_name(const char *text)
{
	assert_true(n_model < NAMES);
	model[n_model] = (struct name){ .a = 0 };
	copy_name(model[n_model].text, text);
	return &model[n_model++];
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

/* Sorts the model; what was said of one name at several places becomes one. */
static void
sort_model(void)
{
	size_t k = 0;

	qsort(model, n_model, sizeof(model[0]), by_name);
	for (size_t i = 0; i < n_model; i++) {
		if (k == 0 || strcmp(model[k - 1].text, model[i].text) != 0) {
			model[k++] = model[i];
			continue;
		}
		if (model[i].a != 0)
			model[k - 1].a = model[i].a;
		if (model[i].txt[0] != '\0')
			memcpy(model[k - 1].txt, model[i].txt, sizeof(model[i].txt));
	}
	n_model = k;
}

static const struct name *
in_model(const char *text)
{
	struct name key;

	if (strlen(text) >= OWNER)
		return NULL;
	copy_name(key.text, text);
	return bsearch(&key, model, n_model, sizeof(model[0]), by_name);
}

/* What the cursor gives ------------------------------------------------------- */

struct want { char owner[OWNER]; uint16_t type; };

static struct want wanted[NAMES], given[NAMES];
static size_t n_wanted, n_given;

static int
by_owner(const void *a, const void *b)
{
	const struct want *x = a, *y = b;
	int order = strcmp(x->owner, y->owner);

	return order != 0 ? order : (int)x->type - y->type;
}

static void
put_want(struct want *to, size_t *n, const char *owner, uint16_t type)
{
	assert_true(*n < NAMES);
	memset(&to[*n], 0, sizeof(to[0]));
	copy_name(to[*n].owner, owner);
	to[(*n)++].type = type;
}

/* Takes a record into the model, and its name's ends below the zone. */
static void
take_record(const struct answer_record *r)
{
	char text[DNS_NAME_TEXT];
	struct name *m;

	dns_name_text(text, &r->owner);
	put_want(given, &n_given, text, r->type);
	m = add_name(text);
	if (r->type == DNS_A)
		m->a = r->data[3];
	if (r->type == DNS_TXT)
		snprintf(m->txt, sizeof(m->txt), "%.*s", r->data[0], (const char *)r->data + 1);
	for (const char *at = text; strcmp(at, "bl.example") != 0; ) {
		at = strchr(at, '.') + 1;
		add_name(at);
	}
}

static void
walk(const struct snapshot *s, enum answer_zone which)
{
	struct answer_cursor c, copy;
	struct answer_record r, again;
	int err;

	assert_int_equal(answer_cursor_start(&c, s, which), 0);
	for (;;) {
		copy = c;		/* it can be taken up again */
		err = answer_cursor_next(&c, &r);
		assert_int_equal(answer_cursor_next(&copy, &again), err);
		if (err != 0)
			break;
		assert_memory_equal(r.data, again.data, r.len);
		take_record(&r);
	}
	assert_int_equal(err, ANSWER_END);
	assert_int_equal(answer_cursor_next(&c, &r), ANSWER_END);
}

/* What the entries want ------------------------------------------------------- */

static bool
has(const struct snapshot_entry *e, size_t n, const struct addr *a, unsigned code,
    enum snapshot_form form)
{
	for (size_t i = 0; i < n; i++)
		if (e[i].code == code && e[i].form == form && addr_eq(&e[i].addr, a))
			return true;
	return false;
}

static void
want_name(const char *labels, const char *root, bool address)
{
	char owner[80];

	snprintf(owner, sizeof(owner), "%s.%s", labels, root);
	if (address)
		put_want(wanted, &n_wanted, owner, DNS_A);
	put_want(wanted, &n_wanted, owner, DNS_TXT);
}

static void
want_entry(const struct snapshot_entry *all, size_t n, const struct snapshot_entry *e,
    const char *root)
{
	struct addr range = addr_mask(&e->addr, addr_is_v4(&e->addr) ? 120 : 64);
	bool inside = has(all, n, &range, e->code, SNAPSHOT_RANGE);
	char labels[ADDR_LABELS + 2];
	size_t cut = addr_is_v4(&e->addr) ? 2 : 32;	/* "0." or 16 nibbles of the host part */

	addr_labels(labels, &e->addr);
	if (e->form == SNAPSHOT_RANGE) {
		memmove(labels + 2, labels + cut, strlen(labels + cut) + 1);
		memcpy(labels, "*.", 2);
	}
	if (e->form == SNAPSHOT_RANGE || inside == (e->form == SNAPSHOT_EXCEPT))
		want_name(labels, root, e->form != SNAPSHOT_EXCEPT);
}

static void
want_records(const struct snapshot_entry *e, size_t n, bool out)
{
	static const char *const roots[] = { "bl.example", "in.bl.example", "out.bl.example" };

	n_wanted = 0;
	for (size_t r = 0; r < (out ? 3u : 2u); r++) {
		want_name("2.0.0.127", roots[r], true);
		want_name(TEST6, roots[r], true);
		for (size_t i = 0; i < n; i++)
			if (e[i].code == (r == 2 ? 3 : 2))
				want_entry(e, n, &e[i], roots[r]);
		if (r == 1)
			continue;
		put_want(wanted, &n_wanted, roots[r], DNS_SOA);
		put_want(wanted, &n_wanted, roots[r], DNS_NS);
		put_want(wanted, &n_wanted, roots[r], DNS_NS);
	}
	put_want(wanted, &n_wanted, "ns.bl.example", DNS_A);
	put_want(wanted, &n_wanted, "_status.bl.example", DNS_TXT);
}

/* The model is made of what the cursor gives, which must be what is wanted. */
static void
make_model(const struct snapshot *s, const struct snapshot_entry *e, size_t n, bool out)
{
	n_model = n_given = 0;
	walk(s, ANSWER_ZONE);
	walk(s, ANSWER_OUT);
	sort_model();
	want_records(e, n, out);
	qsort(wanted, n_wanted, sizeof(wanted[0]), by_owner);
	qsort(given, n_given, sizeof(given[0]), by_owner);
	for (size_t i = 0; i < n_wanted && i < n_given; i++)
		if (by_owner(&wanted[i], &given[i]) != 0)
			fail_msg("the cursor gave %s %u, wanted %s %u", given[i].owner,
			    given[i].type, wanted[i].owner, wanted[i].type);
	assert_int_equal(n_given, n_wanted);
}

/* Answers --------------------------------------------------------------------- */

/* RFC 4592 3.3.1: the name itself, or the wildcard below the longest end of it
 * that exists. */
static const struct name *
find_naive(const char *text)
{
	const struct name *m = in_model(text);
	char star[NAME];

	if (m != NULL)
		return m;
	do {
		text = strchr(text, '.') + 1;
	} while (in_model(text) == NULL);
	snprintf(star, sizeof(star), "*.%s", text);
	return in_model(star);
}

/* Asks; 127.0.0.*a, 0 for NODATA; txt. */
static unsigned
ask(const struct snapshot *s, const char *text, uint16_t type, unsigned *a,
    char txt[RETURNCODE_TEXT + 1])
{
	const struct answer_asker who = { .tcp = true, .now = now };
	uint8_t q[DNS_QUERY_MAX], o[4096];
	struct dns_name name;
	struct dns_reply r;
	struct dns_record rec;
	size_t n, records = 0;

	*a = 0;
	txt[0] = '\0';
	assert_int_equal(dns_name_parse(&name, str_of(text)), 0);
	n = dns_query_build(q, 1, &name, type);
	n = answer_make(s, q, n, &who, o, sizeof(o), NULL);
	assert_int_equal(dns_reply_open(&r, o, n, 1, &name, type), 0);
	while (dns_reply_next(&rec, &r) == 0) {
		assert_true(dns_name_eq(&rec.owner, &name));
		assert_int_equal(rec.ttl_s, MAKE_TTL);
		if (type == DNS_A)
			*a = rec.addr.o[15];
		else
			snprintf(txt, RETURNCODE_TEXT + 1, "%.*s", rec.data[0],
			    (const char *)rec.data + 1);
		records++;
	}
	assert_true(records <= 1);
	return r.rcode;
}

static void
check_name(const struct snapshot *s, const char *text)
{
	const struct name *want = find_naive(text);
	char txt[RETURNCODE_TEXT + 1], none[RETURNCODE_TEXT + 1];
	unsigned a, rcode = ask(s, text, DNS_A, &a, none);
	unsigned same = ask(s, text, DNS_TXT, &(unsigned){ 0 }, txt);

	if (rcode != (want != NULL ? DNS_NOERROR : DNS_NXDOMAIN) || same != rcode ||
	    (want != NULL && (a != want->a || strcmp(txt, want->txt) != 0)))
		fail_msg("%s: rcode %u, 127.0.0.%u, \"%s\"; the model says %s %u \"%s\"",
		    text, rcode, a, txt, want == NULL ? "no such name" : want->text,
		    want == NULL ? 0 : want->a, want == NULL ? "" : want->txt);
}

/* Names beside those that exist: first label changed, one or more before it. */
static void
check_around(const struct snapshot *s, const char *text, struct rand *r)
{
	static const char *const heads[] = { "0", "1", "2", "7", "f", "25", "192", "127",
		"in", "out", "256", "01", "ff", "x", "*", "*", "x.*", "*.7", "1.2.3", "_status" };
	const char *rest = strchr(text, '.') + 1;
	char other[NAME];

	check_name(s, text);
	for (int i = 0; i < 4; i++) {
		const char *tail = i % 2 == 0 ? text : rest;
		const char *head = heads[rand_u64(r) % (sizeof(heads) / sizeof(heads[0]))];

		if (strstr(tail, "bl.example") == NULL)
			continue;
		snprintf(other, sizeof(other), "%s.%s", head, tail);
		check_name(s, other);
	}
}

/* Addresses close together, in ranges and beside. */
static struct addr
some_addr(struct rand *r)
{
	uint64_t v = rand_u64(r);
	struct addr a = { { 0x20, 1, 0xd, 0xb8 } };

	switch (v % 6) {
	case 0:		/* names that are also IPv6 prefixes */
		return addr_v4((uint8_t)(v >> 8 & 3), (uint8_t)(v >> 16 & 1), (uint8_t)(v >> 24 & 1), (uint8_t)(v >> 32 & 3));
	case 1:
		a.o[0] = (uint8_t)(v >> 8 & 0x13);
		a.o[1] = (uint8_t)(v >> 16 & 0x11);
		a.o[15] = (uint8_t)(v >> 24 & 1);
		return a;
	case 2:
		a.o[7] = (uint8_t)(v >> 8 & 1);
		a.o[8] = (uint8_t)(v >> 16 & 0x11);
		a.o[15] = (uint8_t)(v >> 24 & 7);
		return a;
	default:
		return addr_v4(192, 0, (uint8_t)(2 + (v >> 16 & 3)), (uint8_t)(v >> 8 & 31));
	}
}

static struct snapshot_entry
some_entry(struct rand *r)
{
	struct snapshot_entry e = { some_addr(r), rand_u64(r) % 4 == 0 ? 3 : 2, SNAPSHOT_ADDRESS };
	struct net net = snapshot_range(&e.addr);
	uint64_t v = rand_u64(r);

	if (v % 4 == 0)
		e.form = SNAPSHOT_EXCEPT;
	else if (v % 4 == 1 && snapshot_range_ok(&net)) {
		e.form = SNAPSHOT_RANGE;
		e.addr = net.addr;
	}
	return e;
}

static int
count_record(void *ctx, const struct answer_record *r)
{
	const struct name *m;
	char txt[RETURNCODE_TEXT + 1], text[DNS_NAME_TEXT];

	dns_name_text(text, &r->owner);
	m = in_model(text);
	++*(size_t *)ctx;
	assert_non_null(m);
	if (r->type == DNS_A)
		assert_int_equal(r->data[3], m->a);
	snprintf(txt, sizeof(txt), "%.*s", r->data[0], (const char *)r->data + 1);
	if (r->type == DNS_TXT)
		assert_string_equal(txt, m->txt);
	return 0;
}

/* Entry by entry it is the same, but for tests, SOA, NS, host and _status. */
static void
check_records(const struct snapshot *s, bool out)
{
	size_t sum = 0;
	struct snapshot_cursor c;
	struct snapshot_entry e;

	for (unsigned code = 2; code <= (out ? 3u : 2u); code++) {
		snapshot_cursor_start(&c, s, code);
		while (snapshot_cursor_next(&c, &e) == 0) {
			assert_int_equal(answer_records(s, ANSWER_ZONE, &e, count_record, &sum), 0);
			assert_int_equal(answer_records(s, ANSWER_OUT, &e, count_record, &sum), 0);
		}
	}
	assert_int_equal(sum, n_given - (out ? 8 + 4 + 6 + 2 : 8 + 3 + 2));
}

static void
check_all(const struct snapshot *s, const struct snapshot_entry *e, size_t n, bool out,
    struct rand *r)
{
	char text[NAME], labels[ADDR_LABELS];

	make_model(s, e, n, out);
	check_records(s, out);
	for (size_t i = 0; i < n_model; i++)
		if (strcmp(model[i].text, "ns.bl.example") != 0 &&	/* its A is in test_answer */
		    strncmp(model[i].text, "_status", 7) != 0)
			check_around(s, model[i].text, r);
	for (size_t i = 0; i < n; i++) {	/* those that are hidden, too */
		addr_labels(labels, &e[i].addr);
		snprintf(text, sizeof(text), "%s.%sbl.example", labels,
		    e[i].code == 3 ? "out." : i % 2 == 0 ? "in." : "");
		check_around(s, text, r);
	}
}

static bool
gone(const struct snapshot_change *c, size_t n, const struct snapshot_entry *e)
{
	for (size_t i = 0; i < n; i++)
		if (make_cmp(&c[i].e, e) == 0)
			return true;
	return false;
}

/* A round: a base, then an overlay over it. */
static void
round_of(uint64_t seed)
{
	struct snapshot_entry e[ENTRIES], t[ENTRIES], after[2 * ENTRIES];
	struct snapshot_change c[ENTRIES];
	static struct snapshot_view base, over;
	struct snapshot s = { .base = &base };
	bool out = seed % 2 == 0;
	uint32_t flags = (out ? SNAPSHOT_OUT : 0) | (seed % 3 == 0 ? SNAPSHOT_LAB : 0);
	size_t n, k, m = 0;
	const char *part;
	uint8_t *b, *o;
	struct rand r;
	int64_t len;

	print_message("# seed %d\n", (int)seed);
	rand_seeded(&r, seed);
	for (size_t i = 0; i < ENTRIES; i++)
		e[i] = some_entry(&r);
	n = make_sort(e, ENTRIES);
	len = make_base(&b, 10, flags, e, n);
	assert_true(len > 0);
	assert_int_equal(snapshot_open(&base, b, (size_t)len, &part), 0);
	check_all(&s, e, n, out, &r);
	for (size_t i = 0; i < ENTRIES; i++)
		t[i] = rand_u64(&r) % 4 ? e[rand_u64(&r) % n] : some_entry(&r);
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
	check_all(&s, after, m, out, &r);
	for (size_t i = 0; i < n_wanted; i++)	/* names that were: no trace of them */
		given[i] = wanted[i];
	n_given = n_wanted;
	want_records(e, n, out);
	for (size_t i = 0; i < n_wanted; i++)
		if (wanted[i].type == DNS_A && strcmp(wanted[i].owner, "ns.bl.example") != 0)
			check_name(&s, wanted[i].owner);
	free(o);
	free(b);
}

static void
every_label_of_every_name(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++)
		round_of(seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_label_of_every_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
