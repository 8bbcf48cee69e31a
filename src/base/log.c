#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

enum { LINE_MAX_OCTETS = 4096, VALUE_MAX_OCTETS = 960 };

static struct {
	const char	*role;
	enum log_level	 least;
	int		 prefix;
} self = { NULL, LOG_LV_INFO, 0 };

void
log_setup(const char *role, enum log_level least, int prefix)
{
	self.role = role;
	self.least = least;
	self.prefix = prefix;
}

static bool
plain_word(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (!ascii_alnum(*s) && strchr("._-:/@[]<>+,%", *s) == NULL)
			return false;
	return true;
}

static void
put_text(struct wbuf *w, struct str s)
{
	char value[VALUE_MAX_OCTETS];

	str_clean(value, sizeof(value), s);
	wbuf_printf(w, plain_word(value) ? "%s" : "\"%s\"", value);
}

void
log_write(enum log_level lv, const char *event, const struct log_field *f)
{
	char line[LINE_MAX_OCTETS];
	struct wbuf w = wbuf_of(line, sizeof(line) - 1);

	if (lv > self.least)
		return;
	if (self.prefix)
		wbuf_printf(&w, "<%d>", (int)lv);
	if (self.role != NULL)
		wbuf_printf(&w, "role=%s ", self.role);
	wbuf_printf(&w, "event=%s", event);
	for (; f->key != NULL; f++) {
		wbuf_printf(&w, " %s=", f->key);
		if (f->is_text)
			put_text(&w, f->text);
		else
			wbuf_printf(&w, "%" PRId64, f->num);
	}
	line[w.len] = '\n';
	if (write(STDERR_FILENO, line, w.len + 1) < 0)
		return;		/* nobody left to tell */
}
