#include "web/auth.h"

#include <stdio.h>

static bool
all_of(struct str s, const char *others)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && str_find(str_of(others), s.p[i]) < 0)
			return false;
	return s.n > 0 && s.n <= AUTH_TEXT;
}

int
auth_bearer(struct str *key, struct str value)
{
	struct str s = str_trim(value), scheme;

	if (s.n == 0)
		return AUTH_NONE;
	scheme = str_cut(&s, ' ');
	s = str_trim(s);
	if (!str_ieq(scheme, STR("Bearer")) || !all_of(s, "-._~+/="))
		return SEK_EPARSE;
	*key = s;
	return 0;
}

void
auth_cookie(char name[AUTH_COOKIE], const struct addr *a)
{
	char hex[2 * sizeof(a->o) + 1];

	str_hex(hex, a->o, sizeof(a->o));
	snprintf(name, AUTH_COOKIE, "owner_%s", hex);
}

struct str
auth_grant(const struct http_request *r, const struct addr *a)
{
	char name[AUTH_COOKIE];
	struct str grant;

	auth_cookie(name, a);
	grant = http_cookie(r, name);
	return all_of(grant, "") ? grant : (struct str){ 0 };
}

int
auth_add_asker(json_t *request, const struct http_request *r)
{
	char asker[ADDR_TEXT];

	addr_text(asker, &r->client);
	return json_object_set_new(request, "asker", json_string(asker)) == 0 ?
	    0 : SEK_ENOMEM;
}

int
auth_add_key(json_t *request, const struct http_request *r)
{
	struct str key;
	int err = auth_bearer(&key, http_header(r, "Authorization"));

	if (err != 0)
		return err;
	return json_object_set_new(request, "key", json_stringn(key.p, key.n)) == 0 ?
	    0 : SEK_ENOMEM;
}

int
auth_add_grant(json_t *request, const struct http_request *r, const struct addr *a)
{
	struct str grant = auth_grant(r, a);

	if (grant.n == 0)
		return AUTH_NONE;
	return json_object_set_new(request, "grant", json_stringn(grant.p, grant.n)) == 0 ?
	    0 : SEK_ENOMEM;
}
