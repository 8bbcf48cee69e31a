/* A line of a list of names.  What is read must be a name that can be asked and
 * shown, and must read as itself again. */
#include <stdlib.h>
#include <string.h>

#include "tool/check_name.h"
#include "wire/dns_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str text = { (const char *)p, n };
	struct check_name name, again;
	char clean[CHECK_SHOWN];
	struct dns_name asked;
	const char *why = NULL;

	if (check_name_read(&name, text, n % 2 == 0, &why) != 0) {
		if (why == NULL)
			abort();
		return 0;
	}
	if (name.kind == CHECK_ADDR) {
		if (name.shown[0] != '\0' ||
		    addr_parse(&again.addr, str_of(name.name)) != 0 ||
		    !addr_eq(&again.addr, &name.addr))
			abort();
		return 0;
	}
	for (const char *c = name.name; *c != '\0'; c++)
		if (!ascii_alnum(*c) && strchr("-_.", *c) == NULL)
			abort();
	if (str_clean(clean, sizeof(clean), str_of(name.shown)) != strlen(name.shown))
		abort();
	if (dns_name_parse(&asked, str_of(name.name)) != 0)
		return 0;	/* empty labels that IDNA made: the resolver refuses them */
	if (check_name_read(&again, str_of(name.name), false, &why) != 0 ||
	    strcmp(again.name, name.name) != 0)
		abort();
	return 0;
}
