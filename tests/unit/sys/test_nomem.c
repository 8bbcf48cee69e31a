#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "peer.h"
#include "sys/resolve.h"

/* Linked with --wrap: the allocation number fail_at (from 0) is refused. */
static long fail_at = -1;

static bool
refuse(void)
{
	return fail_at >= 0 && fail_at-- == 0;
}

void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *
__wrap_calloc(size_t n, size_t size)
{
	return refuse() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return refuse() ? NULL : __real_realloc(p, n);
}

static int
try_loop(struct rig *r)
{
	struct loop *l = r->fake ? loop_new_fake(&r->clock) : loop_new();

	loop_free(l);
	return l == NULL ? SEK_ENOMEM : 0;
}

static int
try_adopt(struct rig *r)
{
	struct stream *s;
	int pair[2], rc;
	long keep = fail_at;

	fail_at = -1;
	socket_pair(pair);
	fail_at = keep;
	rc = stream_adopt(&s, r->loop, pair[0], &peer_events, NULL);
	if (rc == 0) {
		rc = stream_write(s, "hello", 5);
		assert_int_equal(stream_queued(s), rc == 0 ? 5 : 0);
		stream_close(s, false);
	}
	close(pair[1]);
	return rc;
}

static int
try_dial(struct rig *r)
{
	static const struct addr nobody = { { [10] = 0xff, 0xff, 127, 0, 0, 1 } };
	struct stream *s;
	int rc = stream_dial(&s, r->loop, &dialer_real, &nobody, 1, &addr_none,
	    1000, &peer_events, NULL);

	if (rc == 0)
		stream_close(s, false);
	return rc;
}

static void
never(void *ctx, const struct resolve_answer *a)
{
	(void)ctx;
	(void)a;
	fail_msg("answered after free");
}

static int
ask_and_free(struct resolver *res)
{
	int rc = res->ask(res, RESOLVE_MX, STR("mx.example"), never, NULL);

	res->free(res);
	return rc;
}

static int
try_resolver(struct rig *r)
{
	struct resolver *res;
	int rc = resolver_new(&res, r->loop, "127.0.0.1:9");

	return rc != 0 ? rc : ask_and_free(res);
}

static int
try_fake(struct rig *r)
{
	struct resolver *res;
	int rc = resolver_new_fake(&res, r->loop, "mx.example a 192.0.2.1");

	return rc != 0 ? rc : ask_and_free(res);
}

static int (*const tries[])(struct rig *r) = {
	try_loop, try_adopt, try_dial, try_resolver, try_fake
};

/* Refuses the first allocation, then the second, until all is granted: each
 * time the call says so and nothing is left behind. */
static void
every_refusal_is_returned(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(tries) / sizeof(tries[0]); i++) {
		struct rig r;
		size_t before;
		long n = 0;
		int rc = SEK_ENOMEM;

		rig_open(&r, i % 2 == 1);
		before = open_descriptors();
		for (; rc != 0; n++) {
			fail_at = n;
			rc = tries[i / 2](&r);
			if (rc == 0)
				assert_true(fail_at >= 0);	/* not reached */
			else
				assert_int_equal(rc, SEK_ENOMEM);
			fail_at = -1;
			assert_int_equal(open_descriptors(), before);
		}
		assert_true(n > 1);
		rig_close(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_refusal_is_returned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
