#include "keep/variant.h"

#include "fact/relaytest.h"
#include "keep/watch.h"
#include "sys/json_put.h"

static void
put_name(json_t *o, const char *key, struct str name, int *err)
{
	if (name.n > 0)
		json_put(o, key, watch_text(name), err);
}

void
variant_put(json_t *o, const struct attempt *a, int *err)
{
	uint8_t form = a->form < RELAYTEST_N ? a->form : 0;
	const char *mechanism = relaytest_mechanism(form, a->variant);

	json_put(o, "form", json_string(relaytest_forms[form].id), err);
	json_put(o, "class", json_string(relaytest_class(form)), err);
	json_put(o, "variant", json_integer(a->variant), err);
	json_put(o, "port", json_integer(a->port), err);
	put_name(o, "mechanism", str_of(mechanism), err);
	put_name(o, "host", a->host, err);
	put_name(o, "dom", a->dom, err);
}
