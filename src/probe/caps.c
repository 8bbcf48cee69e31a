#include "probe/caps.h"

#include <stddef.h>

#include "wire/smtp_reply.h"

struct keyword { struct str word; unsigned cap; };

static const struct keyword keywords[] = {
	{ { "STARTTLS", 8 }, CAP_STARTTLS }, { { "SIZE", 4 }, CAP_SIZE },
	{ { "DSN", 3 }, CAP_DSN }, { { "PIPELINING", 10 }, CAP_PIPELINING },
	{ { "8BITMIME", 8 }, CAP_8BITMIME }, { { "AUTH", 4 }, CAP_AUTH },
	{ { "SMTPUTF8", 8 }, CAP_SMTPUTF8 }, { { "CHUNKING", 8 }, CAP_CHUNKING },
	{ { "XCLIENT", 7 }, CAP_XCLIENT }, { { "XFORWARD", 8 }, CAP_XFORWARD },
};

static const struct keyword mechanisms[] = {
	{ { "PLAIN", 5 }, CAP_PLAIN }, { { "LOGIN", 5 }, CAP_LOGIN },
	{ { "CRAM-MD5", 8 }, CAP_CRAM_MD5 }, { { "ANONYMOUS", 9 }, CAP_ANONYMOUS },
	{ { "NTLM", 4 }, CAP_NTLM },
};

static unsigned
find(const struct keyword *table, size_t n, struct str word)
{
	for (size_t i = 0; i < n; i++)
		if (str_ieq(word, table[i].word))
			return table[i].cap;
	return 0;
}

unsigned
caps_mechanism(struct str name)
{
	return find(mechanisms, sizeof(mechanisms) / sizeof(mechanisms[0]), name);
}

static unsigned
read_line(struct str line)
{
	static const struct str old = STR("AUTH=");
	unsigned caps = CAP_AUTH;

	if (str_istarts(line, old))
		line = (struct str){ line.p + old.n, line.n - old.n };
	else
		caps = find(keywords, sizeof(keywords) / sizeof(keywords[0]),
		    str_cut(&line, ' '));
	while ((caps & CAP_AUTH) != 0 && line.n > 0)
		caps |= caps_mechanism(str_cut(&line, ' '));
	return caps;
}

unsigned
caps_read(struct str raw)
{
	struct str line;
	unsigned caps = 0;

	if (!smtp_reply_line(&line, &raw))	/* the name and a greeting */
		return 0;
	while (smtp_reply_line(&line, &raw))
		caps |= read_line(line);
	return caps;
}
