#include "sys/policy.h"

#include <string.h>

_Static_assert((int)ANSWER_NETS == (int)CONF_NETS,
    "a policy takes what the configuration may hold");

static uint8_t
hex_digit(char c)
{
	return (uint8_t)(ascii_digit(c) ? c - '0' : ascii_lower(c) - 'a' + 10);
}

void
policy_of(struct answer_policy *p, const struct conf *c)
{
	struct str secret = str_of(c->cookie_secret);

	memset(p, 0, sizeof(*p));
	p->cookies = secret.n == 2 * COOKIE_SECRET;	/* the table checked its digits */
	for (size_t i = 0; p->cookies && i < COOKIE_SECRET; i++)
		p->secret[i] = (uint8_t)(hex_digit(secret.p[2 * i]) << 4 |
		    hex_digit(secret.p[2 * i + 1]));
	p->n_allow = c->n_dns_allow;
	memcpy(p->allow, c->dns_allow, sizeof(p->allow));
	p->n_out_allow = c->n_dns_out_allow;
	memcpy(p->out_allow, c->dns_out_allow, sizeof(p->out_allow));
}
