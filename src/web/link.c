#include "web/link.h"

#include <stdarg.h>

#include "sys/json_put.h"

void
link_add(json_t *list, int *err, const struct link_to *to, const char *url,
    const char *fmt, ...)
{
	json_t *path, *link = NULL;
	va_list ap;

	va_start(ap, fmt);
	path = json_vsprintf(fmt, ap);
	va_end(ap);
	if (path != NULL)
		link = json_pack("{ss so ss}", "rel", to->rel,
		    "href", json_sprintf("%s%s", url[0] == '\0' ? "/" : url,
		    json_string_value(path)), "type", to->type);
	json_decref(path);
	if (to->hreflang != NULL)
		json_put(link, "hreflang", json_pack("[s]", to->hreflang), err);
	json_put_item(list, link, err);
}
