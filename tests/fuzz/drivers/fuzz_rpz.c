/* Labels in front of an apex: what is read is a prefix, and written again it is
 * read as the same one. */
#include <stdlib.h>

#include "wire/rpz.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct dns_name apex = { .len = 5, .o = "\3rpz" };
	struct net net, again;
	struct dns_name name;
	enum rpz_trigger is;
	struct addr masked;
	char text[RPZ_TEXT];
	size_t above;

	if (dns_name_read_text(&name, (struct str){ (const char *)p, n }, &apex) != 0)
		return 0;
	(void)rpz_action(&name);
	if (!dns_name_below(&name, &apex, &above))
		return 0;
	is = rpz_read(&net, &name, above);
	if (is != RPZ_CLIENT_IP && is != RPZ_IP)
		return 0;
	masked = addr_mask(&net.addr, net.len);
	if (net.len == 0 || net.len > 128 || !addr_eq(&masked, &net.addr))
		abort();
	n = rpz_write(text, &net, is);
	if (dns_name_read_text(&name, (struct str){ text, n }, &apex) != 0 ||
	    !dns_name_below(&name, &apex, &above) || rpz_read(&again, &name, above) != is ||
	    again.len != net.len || !addr_eq(&again.addr, &net.addr))
		abort();
	return 0;
}
