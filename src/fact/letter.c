#include "fact/letter.h"

#include "base/buf.h"
#include "wire/mime.h"

static const char *const names[] = {
	[LETTER_PROBE] = "probe", [LETTER_NO_HEADER] = "no-header",
	[LETTER_NO_BLOCK] = "no-block", [LETTER_BOUNCE] = "bounce",
	[LETTER_AUTO] = "auto",
};

const char *
letter_is_name(enum letter_is l)
{
	return (unsigned)l < sizeof(names) / sizeof(names[0]) ? names[l] : "?";
}

void
letter_block(char out[LETTER_BLOCK], const struct letter_block *b)
{
	char target[ADDR_TEXT], minted[WALL_TEXT];
	struct wbuf w = wbuf_of(out, LETTER_BLOCK - 1);

	addr_text(target, &b->target);
	wall_text(minted, b->minted);
	wbuf_printf(&w, LETTER_BEGIN "\ntoken: %.*s\ntarget: %s\nport: %u\n"
	    "form: %s\nminted: %s\n", (int)b->token.n, b->token.p, target, b->port,
	    b->form, minted);
	if (b->mac.n > 0)
		wbuf_printf(&w, "mac: %.*s\n" LETTER_END, (int)b->mac.n, b->mac.p);
	out[w.len] = '\0';
}

static bool
is_report(struct str mail)
{
	struct mime_type t;

	return mime_type(&t, mail) == 0 && str_ieq(t.type, STR("multipart")) &&
	    str_ieq(t.subtype, STR("report"));
}

/* RFC 3834 5.  Ours is auto-generated; "no" says nothing.  The X- fields and
 * the precedence are what autoresponders older than that RFC write. */
static bool
is_auto(const struct msg_field *f)
{
	struct str v = msg_trim(f->value);

	if (str_ieq(f->name, STR("Auto-Submitted")))
		return !str_istarts(v, STR("auto-generated")) &&
		    !str_istarts(v, STR("no"));
	if (str_ieq(f->name, STR("Precedence")))
		return str_ieq(v, STR("auto_reply"));
	return str_ieq(f->name, STR("X-Autoreply")) ||
	    str_ieq(f->name, STR("X-Autorespond"));
}

/* Sets *ours when every LETTER_FIELD holds the token and there is one.
 * Returns false for a header that is past its bounds. */
static bool
read_fields(struct str mail, struct str token, bool *ours, bool *automatic)
{
	struct msg m = msg_of(mail);
	struct msg_field f;
	bool one = false, all = true;
	int err;

	*automatic = false;
	while ((err = msg_next_field(&f, &m)) == 0) {
		if (is_auto(&f))
			*automatic = true;
		if (!str_ieq(f.name, STR(LETTER_FIELD)))
			continue;
		one = true;
		if (!str_ieq(msg_trim(f.value), token))
			all = false;
	}
	*ours = one && all;
	return err == MSG_END;
}

static struct str
trim_end(struct str s)
{
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' ||
	    s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

struct matcher {
	struct str	block;	/* all */
	struct str	left;	/* lines of it that have not been seen in a row */
};

/* Returns true when line completes the block.  Its first line stands nowhere
 * else in it, so a mismatch never has to look back. */
static bool
match_line(struct matcher *m, struct str line)
{
	struct str left = m->left, want = msg_line(&left);

	line = trim_end(line);
	if (!str_eq(line, trim_end(want))) {
		left = m->block;
		want = msg_line(&left);
		if (!str_eq(line, trim_end(want)))
			left = m->block;
	}
	m->left = left;
	return left.n == 0;
}

/* Looks for the block as whole lines; one that is longer than the block could
 * hold matches nothing. */
static bool
has_block(const struct mime_text *text, struct str block)
{
	struct mime_decoder d = mime_decoder_of(text);
	struct matcher m = { block, block };
	char line[LETTER_BLOCK];
	size_t n = 0;
	int c;

	do {
		c = mime_next(&d);
		if (c >= 0 && c != '\n') {
			if (n < sizeof(line))
				line[n] = (char)c;
			n += n <= sizeof(line);
			continue;
		}
		if (match_line(&m, n > sizeof(line) ? STR("\n") :
		    (struct str){ line, n }))
			return true;
		n = 0;
	} while (c >= 0);
	return false;
}

enum letter_is
letter_is(struct str mail, struct str token, struct str block)
{
	struct mime_text text;
	bool ours, automatic;

	if (is_report(mail))
		return LETTER_BOUNCE;
	if (!read_fields(mail, token, &ours, &automatic))
		return LETTER_NO_HEADER;
	if (automatic)
		return LETTER_AUTO;
	if (!ours || token.n == 0)
		return LETTER_NO_HEADER;
	if (mime_first_text(&text, mail) != 0 || trim_end(block).n == 0 ||
	    !has_block(&text, block))
		return LETTER_NO_BLOCK;
	return LETTER_PROBE;
}

enum { REPORT_MAX = 64 * 1024 };

static bool
has_word(struct str text, struct str word)
{
	for (size_t i = 0; i + word.n <= text.n; i++)
		if (str_ieq((struct str){ text.p + i, word.n }, word))
			return true;
	return false;
}

bool
letter_delays(struct str mail)
{
	struct str left = { mail.p, mail.n < REPORT_MAX ? mail.n : REPORT_MAX };
	struct str subject = { "", 0 };
	bool action = false;

	while (left.n > 0) {
		struct str line = msg_line(&left), name = str_cut(&line, ':');

		if (!str_ieq(name, STR("Action")))
			continue;
		if (str_ieq(str_trim(line), STR("failed")))
			return false;
		action = true;
	}
	if (action || msg_find(&subject, mail, STR("Subject"), 0) != 0)
		return action;
	return has_word(subject, STR("delayed")) || has_word(subject, STR("warning"));
}
