#include "tool/check_name.h"

#include <idn2.h>
#include <string.h>

#include "base/i18n.h"
#include "tool/target.h"

/* Rules:
 * 1. URL: what stands between "//" and the next of / ? #, without user and
 *    port (RFC 3986 3.2).
 * 2. Mail address: what stands after the last @; [192.0.2.1] and
 *    [IPv6:2001:db8::1] are literals (RFC 5321 4.1.3).
 * 3. The rest is as tool/target reads it. */

static bool
cut_url(struct str *s)
{
	ptrdiff_t at = str_search(*s, STR("://"));
	size_t n = 0;

	if (at <= 0)
		return false;
	*s = (struct str){ s->p + at + 3, s->n - (size_t)at - 3 };
	while (n < s->n && s->p[n] != '/' && s->p[n] != '?' && s->p[n] != '#')
		n++;
	s->n = n;
	return true;
}

/* Leaves what stands after the last @; false: there is none. */
static bool
cut_at(struct str *s)
{
	size_t at = s->n;

	while (at > 0 && s->p[at - 1] != '@')
		at--;
	if (at == 0)
		return false;
	*s = (struct str){ s->p + at, s->n - at };
	return true;
}

static bool
is_ascii(const char *s)
{
	while (*s != '\0' && (uint8_t)*s < 0x80)
		s++;
	return *s == '\0';
}

/* What is in ASCII already is asked as it stands, whatever IDNA thinks of its
 * hyphens.  Full-width letters become their ASCII forms, signs and digits among
 * them, so what comes out is read once more.  libidn2 says no more than that a
 * name is none. */
static int
to_ascii(struct target *t, const char **why)
{
	char *out = NULL;
	int rc;

	if (is_ascii(t->name))
		return 0;
	rc = idn2_to_ascii_8z(t->name, &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc == IDN2_MALLOC)
		return SEK_ENOMEM;
	if (rc == IDN2_OK && is_ascii(out) && target_read(t, out, why) == 0 && t->port == 0) {
		idn2_free(out);
		return 0;
	}
	idn2_free(out);
	*why = _("not a name that the DNS can hold (IDNA2008)");
	return SEK_EPARSE;
}

/* U-labels are shown only when they are harmless and lead back to the very
 * same name. */
static int
to_shown(struct check_name *out)
{
	char *u = NULL, *back = NULL, clean[CHECK_SHOWN];
	int rc = strstr(out->name, "xn--") == NULL ? IDN2_DISALLOWED :
	    idn2_to_unicode_8z8z(out->name, &u, 0);

	if (rc == IDN2_OK && strlen(u) < sizeof(clean) &&
	    str_clean(clean, sizeof(clean), str_of(u)) == strlen(u) &&
	    strcmp(u, out->name) != 0 &&
	    idn2_to_ascii_8z(u, &back, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK &&
	    strcmp(back, out->name) == 0)
		memcpy(out->shown, u, strlen(u) + 1);
	idn2_free(u);
	idn2_free(back);
	return rc == IDN2_MALLOC ? SEK_ENOMEM : 0;
}

static int
read_host(struct check_name *out, struct str s, const char **why)
{
	char text[CHECK_LINE + 1];
	struct target t;
	int err;

	if (memchr(s.p, '\0', s.n) != NULL || str_copy(text, sizeof(text), s) != 0) {
		*why = _("a control character, or far too long");
		return SEK_EPARSE;
	}
	err = target_read(&t, text, why);
	if (err != 0)
		return err;
	if (!t.is_addr)
		err = to_ascii(&t, why);
	if (err != 0)
		return err;
	if (t.is_addr)
		out->kind = CHECK_ADDR;
	out->addr = t.addr;
	memcpy(out->name, t.name, sizeof(out->name));
	return t.is_addr ? 0 : to_shown(out);
}

static int
read_mail(struct check_name *out, struct str s, const char **why)
{
	if (str_istarts(s, STR("[IPv6:")) && s.p[s.n - 1] == ']')
		s = (struct str){ s.p + 6, s.n - 7 };
	else if (s.n > 0 && s.p[0] != '[' && str_find(s, ':') >= 0) {
		*why = _("a mail address has no port");
		return SEK_EPARSE;
	}
	return read_host(out, s, why);
}

int
check_name_read(struct check_name *out, struct str text, bool host, const char **why)
{
	struct str s = str_trim(text);

	out->kind = host ? CHECK_HOST : CHECK_DOMAIN;
	out->addr = addr_none;
	out->name[0] = out->shown[0] = '\0';
	*why = _("empty");
	if (s.n == 0)
		return SEK_EPARSE;
	if (cut_url(&s)) {
		(void)cut_at(&s);
		return read_host(out, s, why);
	}
	if (!cut_at(&s))
		return read_host(out, s, why);
	out->kind = CHECK_DOMAIN;
	return read_mail(out, s, why);
}

const char *
check_kind_tag(enum check_kind k)
{
	static const char *const tags[CHECK_KINDS] = {
		[CHECK_ADDR] = "address", [CHECK_DOMAIN] = "domain", [CHECK_HOST] = "host",
	};

	return tags[k];
}
