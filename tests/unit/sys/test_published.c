#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../snapshot_make.h"
#include "sys/published.h"

static const struct snapshot_entry one[] = { { { { [10] = 0xff, [11] = 0xff, [12] = 192, 0, 2, 25 } }, 2, 0 } };
static const struct snapshot_change two[] = { { { { { [10] = 0xff, [11] = 0xff, [12] = 192, 0, 2, 26 } }, 2, 0 }, true } };

static int
memfd(const void *p, size_t n, int seals)
{
	int fd = memfd_create("snapshot", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

enum { SEALS = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW };

static int
take(struct published *p, const uint8_t *o, size_t n, uint8_t kind, uint32_t serial)
{
	const struct msg_publish m = { kind, serial, n };
	const char *why;
	int fd = memfd(o, n, SEALS), err = published_take(p, &m, fd, &why);

	assert_int_equal(fcntl(fd, F_GETFD), -1);	/* closed in any case */
	return err;
}

static int
take_base(struct published *p, uint32_t serial)
{
	uint8_t *b;
	int64_t n = make_base(&b, serial, 0, one, 1);
	int err = take(p, b, (size_t)n, PUBLISH_BASE, serial);

	free(b);
	return err;
}

static int
take_overlay(struct published *p, uint32_t base, uint32_t serial)
{
	struct snapshot_view v;
	const char *part;
	uint8_t *b, *o;
	int64_t n = make_base(&b, base, 0, one, 1);
	int err;

	assert_int_equal(snapshot_open(&v, b, (size_t)n, &part), 0);
	n = make_overlay(&o, serial, 0, &v, two, 1);
	assert_true(n > 0);
	err = take(p, o, (size_t)n, PUBLISH_OVERLAY, serial);
	free(o);
	free(b);
	return err;
}

static void
files_take_each_others_place(void **state)
{
	struct published *p = calloc(1, sizeof(*p));

	(void)state;
	assert_null(p->s.base);
	assert_int_equal(take_overlay(p, 5, 6), SEK_EPARSE);	/* nothing below it */
	assert_int_equal(take_base(p, 5), 0);
	assert_int_equal(snapshot_now(&p->s)->serial, 5);
	assert_int_equal(take_overlay(p, 4, 6), SEK_EPARSE);	/* of another base */
	assert_int_equal(take_overlay(p, 5, 8), 0);
	assert_int_equal(snapshot_now(&p->s)->serial, 8);
	assert_true(snapshot_has(&p->s, &two[0].e.addr, 2));
	assert_int_equal(take_overlay(p, 5, 7), SEK_EPARSE);	/* backwards */
	assert_int_equal(take_base(p, 4), SEK_EPARSE);
	assert_int_equal(snapshot_now(&p->s)->serial, 8);
	assert_int_equal(take_base(p, 9), 0);
	assert_null(p->s.overlay);
	assert_int_equal(snapshot_now(&p->s)->serial, 9);
	published_close(p);
	free(p);
}

static void
a_base_built_late_waits_for_its_overlay(void **state)
{
	struct published *p = calloc(1, sizeof(*p));

	(void)state;
	assert_int_equal(take_base(p, 5), 0);
	assert_int_equal(take_overlay(p, 5, 20), 0);
	assert_int_equal(take_base(p, 15), PUBLISHED_WAITS);
	assert_int_equal(p->s.base->head.serial, 5);
	assert_int_equal(snapshot_now(&p->s)->serial, 20);
	assert_int_equal(take_overlay(p, 5, 21), 0);	/* the old pair still moves */
	assert_int_equal(take_overlay(p, 15, 22), 0);
	assert_int_equal(p->s.base->head.serial, 15);
	assert_int_equal(snapshot_now(&p->s)->serial, 22);
	published_close(p);
	free(p);
}

static void
what_is_not_sealed_or_lies_is_refused(void **state)
{
	struct published *p = calloc(1, sizeof(*p));
	struct msg_publish m;
	const char *why;
	uint8_t *b;
	int64_t n = make_base(&b, 5, 0, one, 1);

	(void)state;
	assert_int_equal(take_base(p, 5), 0);
	m = (struct msg_publish){ PUBLISH_BASE, 5, (uint64_t)n };
	assert_int_equal(published_take(p, &m, memfd(b, (size_t)n, F_SEAL_GROW), &why), SEK_EPARSE);
	assert_string_equal(why, "not sealed");
	assert_int_equal(published_take(p, &m, memfd(b, (size_t)n, F_SEAL_WRITE), &why), SEK_EPARSE);
	m.octets++;
	assert_int_equal(published_take(p, &m, memfd(b, (size_t)n, SEALS), &why), SEK_EPARSE);
	assert_string_equal(why, "size");
	assert_int_equal(published_take(p, &m, -1, &why), SEK_EPARSE);
	assert_int_equal(take(p, b, (size_t)n, PUBLISH_OVERLAY, 5), SEK_EPARSE);
	assert_int_equal(take(p, b, (size_t)n, PUBLISH_BASE, 6), SEK_EPARSE);
	b[n - 1] ^= 1;
	assert_int_equal(take(p, b, (size_t)n, PUBLISH_BASE, 5), SEK_EPARSE);
	assert_int_equal(take(p, b, 1, PUBLISH_BASE, 5), SEK_EPARSE);
	assert_non_null(p->s.base);		/* the last good one stays */
	assert_true(snapshot_has(&p->s, &one[0].addr, 2));
	free(b);
	published_close(p);
	free(p);
}

static void
a_hold_outlives_what_follows(void **state)
{
	struct published *p = calloc(1, sizeof(*p));
	struct published_hold *h = calloc(2, sizeof(*h));

	(void)state;
	published_hold(&h[0], p);
	assert_null(h[0].s.base);
	published_release(&h[0]);
	assert_int_equal(take_base(p, 5), 0);
	assert_int_equal(take_overlay(p, 5, 8), 0);
	published_hold(&h[0], p);
	published_hold(&h[1], p);
	assert_int_equal(take_base(p, 9), 0);	/* without the second address */
	assert_false(snapshot_has(&p->s, &two[0].e.addr, 2));
	published_release(&h[1]);
	published_close(p);
	assert_int_equal(snapshot_now(&h[0].s)->serial, 8);
	assert_true(snapshot_has(&h[0].s, &two[0].e.addr, 2));
	published_release(&h[0]);
	published_release(&h[0]);
	free(h);
	free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hold_outlives_what_follows),
		cmocka_unit_test(files_take_each_others_place),
		cmocka_unit_test(a_base_built_late_waits_for_its_overlay),
		cmocka_unit_test(what_is_not_sealed_or_lies_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
