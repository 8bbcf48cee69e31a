/* tool/zone_secondary.c -- `sekimori zone secondary nsd|knot|bind`: the block
 * that a secondary's operator pastes, out of the daemon's configuration and the
 * file of keys. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/rand.h"
#include "tool/file.h"
#include "tool/json.h"
#include "tool/once.h"
#include "tool/target.h"
#include "tool/zone.h"
#include "tool/zone_block.h"
#include "wire/mail_put.h"
#include "wire/tsig_key.h"

enum {
	NEW_SECRET = 32,	/* octets of a new key: as long as SHA-256's output */
	SECRET_TEXT = (TSIG_SECRET_MAX + 2) / 3 * 4 + 1,
	LINE_MAX_OCTETS = DNS_NAME_TEXT + SECRET_TEXT + 32,
};

struct values {
	bool			 json, new_key, catalog, options, sign, digest;
	const char		*lang, *socket, *key;
	struct option_list	 primary, readers;
};

#define V(field) offsetof(struct values, field)

static const struct option_row rows[] = {
	{ "key", 'k', OPTION_TEXT, V(key), "NAME",
	  N_("the key of this name; may be left out where the file holds one key"), NULL, 0, 0, false },
	{ "new-key", 0, OPTION_FLAG, V(new_key), NULL,
	  N_("make a new key, and say which line goes into the file of keys"), NULL, 0, 0, false },
	{ "primary", 'p', OPTION_LIST, V(primary), "ADDR",
	  N_("address at which the secondary reaches us, ADDRESS or ADDRESS:PORT; default: those of dns.listen"), NULL, 0, 0, false },
	{ "readers", 0, OPTION_LIST, V(readers), "NET",
	  N_("who may transfer the zones from the secondary, with the same key; default: nobody"), NULL, 0, 0, false },
	{ "catalog", 'c', OPTION_FLAG, V(catalog), NULL,
	  N_("take the zones from the catalog zone (dns.catalog)"), NULL, 0, 0, false },
	{ "options", 0, OPTION_FLAG, V(options), NULL,
	  N_("bind with --catalog: print what has to stand inside options { }"), NULL, 0, 0, false },
	{ "sign", 0, OPTION_FLAG, V(sign), NULL,
	  N_("knot: sign the zones there (DNSSEC)"), NULL, 0, 0, false },
	{ "digest", 0, OPTION_FLAG, V(digest), NULL,
	  N_("knot with --sign: add a digest of the whole zone (ZONEMD)"), NULL, 0, 0, false },
	{ "json", 'j', OPTION_FLAG, V(json), NULL,
	  N_("one JSON object a line"), NULL, 0, 0, false },
	{ "socket", 0, OPTION_TEXT, V(socket), "PATH",
	  N_("control socket of the daemon; default: control in its state directory"), NULL, 0, 0, false },
	{ "lang", 0, OPTION_TEXT, V(lang), "LANG",
	  N_("language of messages"), zone_lang_words, 0, 0, false },
	{ .name = NULL }
};

static const struct option_usage usage = {
	"zone secondary", "nsd|knot|bind",
	N_("Prints the configuration of a secondary, with its key."), rows, NULL, 1, 1
};

struct secondary {
	struct values			 v;
	const struct zone_block_server	*server;
	json_t				*conf;		/* the keeper's answer */
	struct zone_block		 b;
	char				 out_zone[260];
	struct tsig_keys		 keys;
	char				 name[DNS_NAME_TEXT], secret[SECRET_TEXT];
	char				 line[LINE_MAX_OCTETS];	/* of a new key; else empty */
	FILE				*out, *err;
};

static int
refuse(const struct secondary *s, int code, const char *what, const char *why)
{
	return zone_refuse(s->err, code, what, why);
}

/* --- what the command line asks of which server --- */

static int
check_values(struct secondary *s, const char *name)
{
	const struct values *v = &s->v;

	s->server = zone_block_server(name);
	if (s->server == NULL)
		return refuse(s, EXIT_USAGE, name,
		    _("no such server; one of nsd knot bind"));
	if (v->catalog && !s->server->catalogs)
		return refuse(s, EXIT_USAGE, "--catalog",
		    _("NSD 4.6 reads no catalog zones; leave it out"));
	if (v->sign && !s->server->signs)
		return refuse(s, EXIT_USAGE, "--sign", _("only knot signs by itself"));
	if (v->digest && !v->sign)
		return refuse(s, EXIT_USAGE, "--digest",
		    _("only with --sign: a digest that nobody signed proves nothing"));
	if (v->options && (s->server->put_options == NULL || !v->catalog))
		return refuse(s, EXIT_USAGE, "--options",
		    _("only bind has it, and only with --catalog"));
	return 0;
}

/* --- zones and addresses --- */

static int
take_zones(struct secondary *s)
{
	const char *zone = tool_json_text(s->conf, "zone");
	const char *catalog = tool_json_text(s->conf, "catalog");

	s->b.zones[s->b.n_zones++] = zone;
	if (tool_json_bool(s->conf, "out")) {
		snprintf(s->out_zone, sizeof(s->out_zone), "out.%s", zone);
		s->b.zones[s->b.n_zones++] = s->out_zone;
	}
	if (s->v.catalog && catalog[0] == '\0')
		return refuse(s, EXIT_CONFIG, "dns.catalog",
		    _("is not set: there is no catalog zone"));
	s->b.catalog = s->v.catalog ? catalog : NULL;
	s->b.sign = s->v.sign;
	s->b.digest = s->v.digest;
	return 0;
}

static bool
is_any(const struct addr *a)
{
	struct addr any = addr_v4(0, 0, 0, 0);

	return addr_is_none(a) || addr_eq(a, &any);
}

static int
add_primary(struct secondary *s, const char *what, const char *text)
{
	struct conf_listen *l = &s->b.primaries[s->b.n_primaries];
	struct target t;
	const char *why;

	if (s->b.n_primaries == CONF_LISTENS)
		return refuse(s, EXIT_USAGE, what, _("too many addresses"));
	if (target_read(&t, text, &why) != 0)
		return refuse(s, EXIT_USAGE, what, why);
	if (!t.is_addr)
		return refuse(s, EXIT_USAGE, what,
		    _("an address is needed, not a name"));
	if (is_any(&t.addr))
		return refuse(s, EXIT_USAGE, what, _("is every address: say by "
		    "--primary ADDRESS which one the secondary reaches"));
	*l = (struct conf_listen){ t.addr, t.port != 0 ? t.port : 53 };
	s->b.n_primaries++;
	return 0;
}

static int
take_primaries(struct secondary *s)
{
	const json_t *v;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->v.primary.n; i++)
		rc = add_primary(s, "--primary", s->v.primary.v[i]);
	if (rc != 0 || s->v.primary.n > 0)
		return rc;
	json_array_foreach(json_object_get(s->conf, "dns"), i, v)
		if (rc == 0)
			rc = add_primary(s, "dns.listen", json_is_string(v) ?
			    json_string_value(v) : "");
	return rc != 0 || s->b.n_primaries > 0 ? rc : refuse(s, EXIT_CONFIG,
	    "dns.listen", _("is empty: the daemon answers no DNS"));
}

static int
take_readers(struct secondary *s)
{
	for (size_t i = 0; i < s->v.readers.n; i++) {
		if (i == ZONE_BLOCK_READERS)
			return refuse(s, EXIT_USAGE, "--readers",
			    _("too many addresses"));
		if (net_parse(&s->b.readers[i], str_of(s->v.readers.v[i])) != 0)
			return refuse(s, EXIT_USAGE, s->v.readers.v[i], _("not an "
			    "address or network with host bits zero, as 192.0.2.0/24"));
		s->b.n_readers++;
	}
	return 0;
}

/* --- the key --- */

static int
take_key(struct secondary *s, const struct tsig_key *k)
{
	struct wbuf w = wbuf_of(s->secret, sizeof(s->secret) - 1);

	dns_name_text(s->name, &k->name);
	if (strchr(s->name, '\\') != NULL)
		return refuse(s, EXIT_DATA, s->name, _("the key's name has letters "
		    "that a configuration does not take; use a-z 0-9 - _ and dots"));
	mail_put_base64(&w, (const char *)k->secret, k->len);
	s->secret[w.len] = '\0';
	s->b.key = s->name;
	s->b.secret = s->secret;
	s->b.algorithm = tsig_algorithm_name(k->algorithm);
	return 0;
}

/* Read back by the file's own reader, so that the line is one. */
static int
make_key(struct secondary *s)
{
	uint8_t octets[NEW_SECRET];
	struct wbuf w = wbuf_of(s->line, sizeof(s->line) - 1);
	struct tsig_key_why why;
	struct rand r;
	int err;

	rand_real(&r);
	rand_fill(&r, octets, sizeof(octets));
	if (s->v.key != NULL)
		wbuf_printf(&w, "hmac-sha256:%s:", s->v.key);
	else
		wbuf_printf(&w, "hmac-sha256:xfer.%s:", s->b.zones[0]);
	mail_put_base64(&w, (const char *)octets, sizeof(octets));
	explicit_bzero(octets, sizeof(octets));
	s->line[w.len] = '\0';
	err = w.err != 0 ? w.err :
	    tsig_keys_parse(&s->keys, (struct str){ s->line, w.len }, &why);
	if (err != 0 || s->keys.n != 1)
		return refuse(s, EXIT_USAGE, "--key", _("not a name for a key, as "
		    "xfer.example"));
	return take_key(s, &s->keys.at[0]);
}

static int
read_keys(struct secondary *s, const char *path)
{
	struct gbuf g = { .max = TSIG_KEY_FILE + 1 };
	struct tsig_key_why why;
	char text[300];
	int rc = file_read(&g, path, TSIG_KEY_FILE, "zone", s->err);

	if (rc == 0 && tsig_keys_parse(&s->keys,
	    (struct str){ (const char *)g.p, g.len }, &why) != 0) {
		snprintf(text, sizeof(text), _("line %u: %s"), why.line, why.text);
		rc = refuse(s, EXIT_CONFIG, path, text);
	}
	if (g.p != NULL)
		explicit_bzero(g.p, g.len);
	gbuf_free(&g);
	return rc;
}

static bool
is_named(const struct tsig_key *k, const char *name)
{
	struct dns_name wanted;

	return name == NULL || (dns_name_parse(&wanted, str_of(name)) == 0 &&
	    dns_name_eq(&k->name, &wanted));
}

static int
find_key(struct secondary *s, const char *path)
{
	const struct tsig_key *found = NULL;
	size_t n = 0;
	int rc = read_keys(s, path);

	for (size_t i = 0; rc == 0 && i < s->keys.n; i++)
		if (is_named(&s->keys.at[i], s->v.key)) {
			found = &s->keys.at[i];
			n++;
		}
	if (rc != 0)
		return rc;
	if (n == 0)
		return refuse(s, EXIT_DATA, path, s->v.key != NULL ?
		    _("holds no key of that name; --new-key makes one") :
		    _("holds no key; --new-key makes one"));
	if (n > 1)
		return refuse(s, EXIT_USAGE, path,
		    _("holds several keys: say by --key NAME which one"));
	return take_key(s, found);
}

static int
choose_key(struct secondary *s)
{
	const char *path = tool_json_text(s->conf, "keys");

	if (s->v.new_key)
		return make_key(s);
	if (path[0] != '\0')
		return find_key(s, path);
	if (tool_json_bool(s->conf, "nokey"))
		return 0;
	return refuse(s, EXIT_CONFIG, "dns.transfer_keys",
	    _("is not set, so nobody may transfer: --new-key makes a key for it"));
}

/* --- out with it --- */

static void
put(const struct secondary *s, FILE *to)
{
	if (s->v.options)
		s->server->put_options(to, &s->b);
	else
		s->server->put(to, &s->b);
}

static int
put_json(const struct secondary *s)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	json_t *o;

	if (f == NULL)
		return refuse(s, EXIT_OSERR, "zone secondary", strerror(errno));
	put(s, f);
	if (fclose(f) != 0) {
		free(text);
		return refuse(s, EXIT_OSERR, "zone secondary", strerror(errno));
	}
	o = json_pack("{ss ss ss# ss}", "event", "done", "server", s->server->name,
	    "block", text, n, "key_line", s->line);
	tool_json_line(s->out, o);
	json_decref(o);
	explicit_bzero(text, n);
	free(text);
	return 0;
}

static int
print(const struct secondary *s)
{
	if (s->v.json)
		return put_json(s);
	put(s, s->out);
	if (s->line[0] != '\0')
		fprintf(s->err, _("sekimori zone: append this line to the file of "
		    "keys (dns.transfer_keys), then restart sekimorid:\n%s\n"), s->line);
	if (fflush(s->out) != 0)
		return refuse(s, EXIT_IOERR, _("standard output"), strerror(errno));
	return 0;
}

static int
run_all(struct secondary *s, const char *name)
{
	int rc = check_values(s, name);

	if (rc == 0)
		rc = once_ask(&s->conf, s->v.socket, "secondary", "zone", s->err);
	if (rc == 0)
		rc = take_zones(s);
	if (rc == 0)
		rc = take_primaries(s);
	if (rc == 0)
		rc = take_readers(s);
	if (rc == 0)
		rc = choose_key(s);
	return rc == 0 ? print(s) : rc;
}

static int
run(int argc, char **argv, FILE *out, FILE *err)
{
	struct secondary s = { .out = out, .err = err };
	int at, rc = option_read(&usage, &s.v, argc, argv, &at, out, err);

	if (rc != 0)
		return rc == OPTION_HELP ? 0 : EXIT_USAGE;
	rc = run_all(&s, argv[at]);
	json_decref(s.conf);
	explicit_bzero(&s, sizeof(s));
	return rc;
}

const struct zone_work zone_secondary = { "secondary", &usage, run };
