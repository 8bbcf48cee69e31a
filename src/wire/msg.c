#include "wire/msg.h"

struct msg
msg_of(struct str mail)
{
	struct msg m = { .mail = mail.n > 0 ? mail : STR("") };

	if (mail.n >= 5 && (str_eq((struct str){ mail.p, 5 }, STR("From ")) ||
	    (mail.n >= 6 && str_eq((struct str){ mail.p, 6 }, STR(">From "))))) {
		struct str rest = mail;

		msg_line(&rest);
		m.at = mail.n - rest.n;
	}
	return m;
}

struct str
msg_line(struct str *s)
{
	struct str line = str_cut(s, '\n');

	/* str_cut took the LF only if there was one */
	if (line.n > 0 && s->p != line.p + line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str
msg_trim(struct str s)
{
	while (s.n > 0 && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool
is_folded(struct str rest)
{
	return rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == '\t');
}

/* Name of the field that line begins, or an empty one: RFC 5322 3.6.8, with
 * the white space before the colon that 4.5 once allowed. */
static struct str
field_name(struct str line)
{
	struct str none = { line.p, 0 }, name = line;
	ptrdiff_t colon = str_find(line, ':');

	if (colon <= 0)
		return none;
	name = str_trim((struct str){ line.p, (size_t)colon });
	if (name.p != line.p)
		return none;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~')
			return none;
	return name;
}

static int
msg_end(struct msg *m, size_t body)
{
	m->at = body;
	m->ended = true;
	return MSG_END;
}

int
msg_next_field(struct msg_field *out, struct msg *m)
{
	struct str rest = { m->mail.p + m->at, m->mail.n - m->at };
	struct str line, name, last;
	size_t colon;

	if (m->ended)
		return MSG_END;
	if (rest.n == 0)
		return msg_end(m, m->mail.n);
	line = msg_line(&rest);
	if (line.n == 0)
		return msg_end(m, m->mail.n - rest.n);
	name = field_name(line);
	if (name.n == 0)
		return msg_end(m, m->at);
	for (last = line; is_folded(rest);)
		last = msg_line(&rest);
	if (m->mail.n - rest.n > MSG_HEADER || m->fields == MSG_FIELDS)
		return SEK_ELIMIT;
	colon = (size_t)str_find(line, ':') + 1;
	out->name = name;
	out->value = (struct str){ line.p + colon,
		(size_t)(last.p + last.n - (line.p + colon)) };
	m->at = m->mail.n - rest.n;
	m->fields++;
	return 0;
}

int
msg_body(struct str *out, struct msg *m)
{
	struct msg_field f;
	int err;

	do
		err = msg_next_field(&f, m);
	while (err == 0);
	if (err < 0)
		return err;
	*out = (struct str){ m->mail.p + m->at, m->mail.n - m->at };
	return 0;
}

int
msg_find(struct str *value, struct str mail, struct str name, unsigned nth)
{
	struct msg m = msg_of(mail);
	struct msg_field f;
	int err;

	while ((err = msg_next_field(&f, &m)) == 0) {
		if (!str_ieq(f.name, name) || nth-- > 0)
			continue;
		*value = msg_trim(f.value);
		return 0;
	}
	return err;
}

int
msg_unfold(char *out, size_t cap, struct str value)
{
	size_t len = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\r' || value.p[i] == '\n')
			continue;
		if (len + 1 >= cap) {
			if (cap > 0)
				out[0] = '\0';
			return SEK_ELIMIT;
		}
		out[len++] = value.p[i];
	}
	if (cap == 0)
		return SEK_ELIMIT;
	out[len] = '\0';
	return 0;
}
