#include "tool/master.h"

#include <inttypes.h>

struct walk {
	FILE		*out;
	uint64_t	 records;
};

static void
put_name(FILE *out, const struct dns_name *n)
{
	char text[DNS_NAME_TEXT];

	dns_name_text(text, n);
	fprintf(out, text[0] == '.' && text[1] == '\0' ? "%s" : "%s.", text);
}

static void
put_addr(FILE *out, const struct dns_record *r)
{
	char text[ADDR_TEXT];

	addr_text(text, &r->addr);
	fputs(text, out);
}

static void
put_target(FILE *out, const struct dns_record *r)
{
	put_name(out, &r->name);
}

static void
put_soa(FILE *out, const struct dns_record *r)
{
	put_name(out, &r->name);
	fputc(' ', out);
	put_name(out, &r->mbox);
	for (size_t i = 0; i < sizeof(r->soa) / sizeof(r->soa[0]); i++)
		fprintf(out, " %" PRIu32, r->soa[i]);
}

/* Strings with a length octet each (RFC 1035 3.3.14). */
static void
put_txt(FILE *out, const struct dns_record *r)
{
	for (size_t i = 0; i < r->len; ) {
		size_t n = r->data[i++];

		fputs(i > 1 ? " \"" : "\"", out);
		for (; n > 0 && i < r->len; n--, i++)
			if (r->data[i] < 0x20 || r->data[i] > 0x7e ||
			    r->data[i] == '"' || r->data[i] == '\\')
				fprintf(out, "\\%03u", r->data[i]);
			else
				fputc(r->data[i], out);
		fputc('"', out);
	}
}

static const struct {
	uint16_t	 type;
	const char	*name;
	void		(*put)(FILE *out, const struct dns_record *r);
} types[] = {
	{ DNS_A, "A", put_addr },
	{ DNS_AAAA, "AAAA", put_addr },
	{ DNS_NS, "NS", put_target },
	{ DNS_CNAME, "CNAME", put_target },
	{ DNS_SOA, "SOA", put_soa },
	{ DNS_TXT, "TXT", put_txt },
};

int
master_put(FILE *out, const struct dns_record *r)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].type != r->type)
			continue;
		put_name(out, &r->owner);
		fprintf(out, "\t%" PRIu32 "\tIN\t%s\t", r->ttl_s, types[i].name);
		types[i].put(out, r);
		fputc('\n', out);
		return ferror(out) ? SEK_ESYS : 0;
	}
	return SEK_EPARSE;
}

static int
put_record(void *ctx, const struct dns_record *r)
{
	struct walk *w = ctx;
	int err = master_put(w->out, r);

	w->records += err == 0;
	return err;
}

int
master_write(FILE *out, const struct snapshot *s, enum answer_zone which,
    struct wall now, uint64_t *records)
{
	struct walk w = { out, 0 };
	int err = answer_each(s, which, now, put_record, &w);

	if (err == 0 && fflush(out) != 0)
		err = SEK_ESYS;
	*records = w.records;
	return err;
}
