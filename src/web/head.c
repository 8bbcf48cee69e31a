#include "web/head.h"

#include <string.h>

/* RFC 9110 5.6.2 */
static bool
is_token(struct str s)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) &&
		    memchr(marks, s.p[i], sizeof(marks) - 1) == NULL)
			return false;
	return s.n > 0;
}

/* RFC 9110 5.5: visible, SP, HTAB, obs-text */
static bool
is_value(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool
is_visible(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((uint8_t)s.p[i] <= 0x20 || (uint8_t)s.p[i] >= 0x7f)
			return false;
	return s.n > 0;
}

static size_t
count(const struct head *h, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n_fields; i++)
		n += str_ieq(h->fields[i].name, str_of(name));
	return n;
}

struct str
head_find(const struct head *h, const char *name)
{
	for (size_t i = 0; i < h->n_fields; i++)
		if (str_ieq(h->fields[i].name, str_of(name)))
			return h->fields[i].value;
	return (struct str){ 0 };
}

/* Rules 1 and 2. */
static bool
is_clean(const struct head *h)
{
	size_t hosts = count(h, "Host");

	if (!is_token(h->method) || hosts > 1 || (hosts == 0 && !h->old))
		return false;
	for (size_t i = 0; i < h->n_fields; i++)
		if (!is_token(h->fields[i].name) || !is_value(h->fields[i].value))
			return false;
	return true;
}

static bool
may_have_body(struct str method)
{
	static const char *const without[] = { "GET", "HEAD", "DELETE", "OPTIONS" };

	for (size_t i = 0; i < 4; i++)
		if (str_eq(method, str_of(without[i])))
			return false;
	return true;
}

/* Rules 2 and 3. */
static unsigned
judge_length(const struct head *h, size_t max, uint64_t *len)
{
	size_t lengths = count(h, "Content-Length");
	size_t codings = count(h, "Transfer-Encoding");
	int err = 0;

	if (lengths > 1 || codings > 1 || (codings == 1 && (lengths == 1 || h->old)))
		return 400;
	if (codings == 1)
		return str_ieq(head_find(h, "Transfer-Encoding"), STR("chunked")) ?
		    411 : 501;
	if (lengths == 1)
		err = str_u64(len, head_find(h, "Content-Length"), max);
	return err == SEK_ELIMIT ? 413 : err != 0 ? 400 : 0;
}

unsigned
head_judge(const struct head *h, size_t max, size_t *body_len)
{
	uint64_t len = 0;
	unsigned status = is_clean(h) ? judge_length(h, max, &len) : 400;

	if (status != 0)
		return status;
	if (len > 0 && !may_have_body(h->method))
		return 400;
	*body_len = (size_t)len;
	return 0;
}

/* --- target --- */

/* Absolute-form to origin-form (RFC 9112 3.2.2). */
static struct str
without_authority(struct str target)
{
	static const char *const schemes[] = { "http://", "https://" };
	ptrdiff_t slash;

	for (size_t i = 0; i < 2; i++) {
		struct str scheme = str_of(schemes[i]), rest;

		if (!str_istarts(target, scheme))
			continue;
		rest = (struct str){ target.p + scheme.n, target.n - scheme.n };
		slash = str_find(rest, '/');
		return slash < 0 ? STR("/") : (struct str){ rest.p + slash,
		    rest.n - (size_t)slash };
	}
	return target;
}

static size_t
slashes(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '/';
	return n;
}

/* A slash that was encoded is refused: a proxy's rules may not have seen it. */
static bool
is_path(struct str path, struct str raw)
{
	struct str rest = path;

	if (path.n == 0 || path.p[0] != '/' || slashes(path) != slashes(raw))
		return false;
	for (size_t i = 0; i < path.n; i++)
		if ((uint8_t)path.p[i] < 0x20 || path.p[i] == 0x7f)
			return false;
	str_cut(&rest, '/');
	while (rest.n > 0) {
		struct str segment = str_cut(&rest, '/');

		if (segment.n == 0 || str_eq(segment, STR(".")) ||
		    str_eq(segment, STR("..")))
			return false;
	}
	return true;
}

int
head_target(struct str *path, struct str *query, struct arena *a, struct str target)
{
	struct str rest, raw;
	int err;

	if (!is_visible(target) || str_find(target, '#') >= 0)
		return SEK_EPARSE;
	rest = without_authority(target);
	raw = str_cut(&rest, '?');
	if (raw.n == 0)
		return SEK_EPARSE;
	err = percent_decode(path, a, raw, false);
	if (err != 0)
		return err;
	*query = rest;
	return is_path(*path, raw) ? 0 : SEK_EPARSE;
}

/* --- cookies, proxies --- */

struct str
head_cookie(const struct head *h, const char *name)
{
	for (size_t i = 0; i < h->n_fields; i++) {
		struct str rest = h->fields[i].value;

		if (!str_ieq(h->fields[i].name, STR("Cookie")))
			continue;
		while (rest.n > 0) {
			struct str value = str_cut(&rest, ';');
			struct str key = str_trim(str_cut(&value, '='));

			if (str_eq(key, str_of(name)))
				return str_trim(value);
		}
	}
	return (struct str){ 0 };
}

bool
head_within(const struct addr *a, const struct net *nets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (net_has(&nets[i], a))
			return true;
	return false;
}

/* "192.0.2.1", "192.0.2.1:5000", "2001:db8::1", "[2001:db8::1]:5000" */
static struct addr
forwarded(struct str s)
{
	struct addr a = addr_none;
	ptrdiff_t colon = str_find(s, ':');

	if (s.n > 0 && s.p[0] == '[') {
		struct str rest = { s.p + 1, s.n - 1 };

		if (str_find(rest, ']') < 0)
			return addr_none;
		s = str_cut(&rest, ']');
	} else if (colon >= 0 && str_find((struct str){ s.p + colon + 1,
	    s.n - (size_t)colon - 1 }, ':') < 0) {
		s.n = (size_t)colon;
	}
	return addr_parse(&a, s) == 0 ? a : addr_none;
}

/* Cuts the last item off a list.  Returns it. */
static struct str
cut_last(struct str *list)
{
	size_t at = list->n;
	struct str item;

	while (at > 0 && list->p[at - 1] != ',')
		at--;
	item = (struct str){ list->p + at, list->n - at };
	list->n = at > 0 ? at - 1 : 0;
	return str_trim(item);
}

struct addr
head_client(const struct head *h, const struct addr *peer,
    const struct net *proxies, size_t n)
{
	struct addr client = *peer;

	for (size_t i = h->n_fields; i > 0; i--) {
		struct str list = h->fields[i - 1].value;

		if (!str_ieq(h->fields[i - 1].name, STR("X-Forwarded-For")))
			continue;
		while (list.n > 0 && head_within(&client, proxies, n))
			client = forwarded(cut_last(&list));
	}
	return client;
}
