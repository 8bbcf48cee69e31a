#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "xfer/access.h"

enum { IN, V6, OUT, CLIENTS };
enum { NO_KEY, ANY, THIS_NET, OTHER_NET, KEYS };

/* Rows: what is open; columns: key.  Closed by default is the first block. */
static const struct {
	const char	*name;
	size_t		 n_from;
	bool		 nokey;
	unsigned	 client;
	enum access	 want[KEYS];
} cases[] = {
	{ "nothing said: nobody", 0, false, IN,
	    { ACCESS_CLOSED, ACCESS_CLOSED, ACCESS_CLOSED, ACCESS_CLOSED } },
	{ "no address said, though no key is asked for: nobody", 0, true, IN,
	    { ACCESS_CLOSED, ACCESS_CLOSED, ACCESS_CLOSED, ACCESS_CLOSED } },
	{ "address and key", 2, false, IN,
	    { ACCESS_NOKEY, ACCESS_OK, ACCESS_OK, ACCESS_KEY } },
	{ "an address of the second network", 2, false, V6,
	    { ACCESS_NOKEY, ACCESS_OK, ACCESS_KEY, ACCESS_KEY } },
	{ "another address, whatever key it has", 2, false, OUT,
	    { ACCESS_ADDRESS, ACCESS_ADDRESS, ACCESS_ADDRESS, ACCESS_ADDRESS } },
	{ "an address is enough", 2, true, IN,
	    { ACCESS_OK, ACCESS_OK, ACCESS_OK, ACCESS_KEY } },
	{ "the address is asked for without keys too", 2, true, OUT,
	    { ACCESS_ADDRESS, ACCESS_ADDRESS, ACCESS_ADDRESS, ACCESS_ADDRESS } },
};

static struct net
net(const char *text)
{
	struct net n;

	assert_int_equal(net_parse(&n, str_of(text)), 0);
	return n;
}

static void
who_may(void **state)
{
	const struct addr clients[CLIENTS] = {
		[IN] = addr_v4(192, 0, 2, 53), [OUT] = addr_v4(198, 51, 100, 1),
		[V6] = { { 0x20, 1, 0xd, 0xb8, [15] = 1 } },
	};
	static struct tsig_key any, this_net, other_net;
	const struct tsig_key *keys[KEYS] = { NULL, &any, &this_net, &other_net };

	(void)state;
	this_net.nets[this_net.n_nets++] = net("192.0.2.53/32");
	other_net.nets[other_net.n_nets++] = net("203.0.113.0/24");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf c = { .n_transfer_from = cases[i].n_from,
			.transfer_nokey = cases[i].nokey,
			.transfer_from = { net("192.0.2.0/24"), net("2001:db8::/32") } };
		struct access_rules r = access_rules_of(&c);

		for (size_t k = 0; k < KEYS; k++) {
			enum access got = access_check(&r, &clients[cases[i].client], keys[k]);

			if (got != cases[i].want[k])
				fail_msg("%s, key %zu: %s, not %s", cases[i].name, k,
				    access_word(got), access_word(cases[i].want[k]));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(who_may) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
