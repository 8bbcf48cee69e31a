/* The file, by libconfuse: `section { key = value }`.  Only sekimorid links
 * this.  Every value goes to conf_set(), so libconfuse knows texts only. */
#include "sys/conf.h"

#include <confuse.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/suggest.h"

enum { KEYS_MAX = 64, SECTION_TEXT = 16 };

/* An option that stands after the file's own text: where it is not known, a
 * section above it was not closed. */
#define END_MARK "sekimori_end_of_file"

/* libconfuse's callbacks have no context of their own: what is loaded now. */
static struct load {
	const char	*path;
	struct conf	*conf;
	struct conf_why	*why;
	int		 rc;	/* the first error wins */
	int		 lines;	/* of the file; what END_MARK adds is not shown */
} *now;

struct schema {
	cfg_opt_t	keys[KEYS_MAX][KEYS_MAX];	/* by section */
	cfg_opt_t	sections[KEYS_MAX];
	char		names[KEYS_MAX][SECTION_TEXT];
	size_t		n;
};

static void
fail(int line, int rc, const char *text)
{
	if (now->rc != 0)
		return;
	now->rc = rc;
	if (line > now->lines)
		line = now->lines;
	if (line > 0)
		snprintf(now->why->text, sizeof(now->why->text), "%s:%d: %s",
		    now->path, line, text);
	else
		snprintf(now->why->text, sizeof(now->why->text), "%s: %s",
		    now->path, text);
}

static bool
at_top(cfg_t *cfg)
{
	return strcmp(cfg_name(cfg), "root") == 0;
}

/* libconfuse calls this for each item of a list and once more at the closing
 * brace: a value that was taken is set to NULL. */
static int
take(cfg_t *cfg, cfg_opt_t *opt)
{
	unsigned n = cfg_opt_size(opt);
	const char *text = n == 0 ? NULL : cfg_opt_getnstr(opt, n - 1);
	struct conf_why why = { "" };
	char name[64];
	int rc;

	if (text == NULL)
		return 0;
	snprintf(name, sizeof(name), "%s.%s", cfg_name(cfg), cfg_opt_name(opt));
	rc = conf_set(now->conf, name, str_of(text), &why);
	if (rc == 0 && cfg_opt_setnstr(opt, NULL, n - 1) != CFG_SUCCESS)
		rc = SEK_ENOMEM;
	if (rc != 0)
		fail(cfg->line, rc, rc == SEK_ENOMEM ? "out of memory" : why.text);
	return rc == 0 ? 0 : -1;
}

static void
no_such(char *out, size_t cap, cfg_t *cfg, const char *option)
{
	const char *names[2 * KEYS_MAX], *near;
	char full[128], shown[128];
	size_t n = 0;

	if (at_top(cfg))
		snprintf(full, sizeof(full), "%.100s", option);
	else
		snprintf(full, sizeof(full), "%.20s.%.100s", cfg_name(cfg), option);
	str_clean(shown, sizeof(shown), str_of(full));
	if (at_top(cfg) && strchr(option, '.') != NULL &&
	    conf_key(str_of(option)) != NULL) {
		snprintf(out, cap, "%s: write it inside its section: %.*s { %s = ... }",
		    shown, (int)(strchr(option, '.') - option), option,
		    strchr(option, '.') + 1);
		return;
	}
	for (size_t i = 0; i < conf_n_keys; i++)
		names[n++] = conf_keys[i].name;
	near = suggest(str_of(full), names, n);
	snprintf(out, cap, near != NULL ? "%s: no such key; did you mean %s?" :
	    at_top(cfg) ? "%s: no such section" : "%s: no such key", shown, near);
}

static void complain(cfg_t *cfg, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

static void
complain(cfg_t *cfg, const char *fmt, va_list ap)
{
	char text[300], shown[400];
	const char *option;
	va_list copy;

	if (strcmp(fmt, "no such option '%s'") == 0) {
		va_copy(copy, ap);
		option = va_arg(copy, const char *);
		if (strcmp(option, END_MARK) == 0)
			snprintf(shown, sizeof(shown),
			    "section %s is not closed: } is missing",
			    cfg_name(cfg));
		else
			no_such(shown, sizeof(shown), cfg, option);
		va_end(copy);
	} else {
		vsnprintf(text, sizeof(text), fmt, ap);
		str_clean(shown, sizeof(shown), str_of(text));
	}
	fail(cfg->line, SEK_EPARSE, shown);
}

static size_t
schema_section(struct schema *s, const char *name, size_t len)
{
	size_t i = 0;

	while (i < s->n && (strlen(s->names[i]) != len ||
	    memcmp(s->names[i], name, len) != 0))
		i++;
	if (i == s->n) {
		snprintf(s->names[i], SECTION_TEXT, "%.*s", (int)len, name);
		s->n++;
	}
	return i;
}

static void
schema_init(struct schema *s)
{
	size_t used[KEYS_MAX] = { 0 };

	for (size_t i = 0; i < conf_n_keys; i++) {
		const struct conf_key *k = &conf_keys[i];
		const char *dot = strchr(k->name, '.');
		size_t in = schema_section(s, k->name, (size_t)(dot - k->name));
		cfg_opt_t one = CFG_STR(dot + 1, NULL, CFGF_NODEFAULT);
		cfg_opt_t list = CFG_STR_LIST(dot + 1, NULL, CFGF_NODEFAULT);

		s->keys[in][used[in]++] = k->count != 0 ? list : one;
	}
	for (size_t i = 0; i < s->n; i++) {
		s->keys[i][used[i]] = (cfg_opt_t)CFG_END();
		s->sections[i] = (cfg_opt_t)CFG_SEC(s->names[i], s->keys[i],
		    CFGF_NONE);
	}
	s->sections[s->n] = (cfg_opt_t)CFG_STR(END_MARK, NULL, CFGF_NODEFAULT);
	s->sections[s->n + 1] = (cfg_opt_t)CFG_END();
}

static void
watch_keys(cfg_t *cfg)
{
	char path[64];

	for (size_t i = 0; i < conf_n_keys; i++) {
		snprintf(path, sizeof(path), "%s", conf_keys[i].name);
		*strchr(path, '.') = '|';
		cfg_set_validate_func(cfg, path, take);
	}
}

/* `key = {}` calls nobody. */
static void
take_empty(cfg_t *cfg)
{
	char path[64];

	for (size_t i = 0; now->rc == 0 && i < conf_n_keys; i++) {
		const struct conf_key *k = &conf_keys[i];
		struct conf_why why;
		cfg_opt_t *opt;

		if (k->count == 0)
			continue;
		snprintf(path, sizeof(path), "%s", k->name);
		*strchr(path, '.') = '|';
		opt = cfg_getopt(cfg, path);
		if (opt != NULL && cfg_opt_size(opt) == 0 &&
		    (opt->flags & CFGF_MODIFIED) != 0)
			now->rc = conf_set(now->conf, k->name, STR(""), &why);
	}
}

static void
parse(const char *text)
{
	struct schema *s = calloc(1, sizeof(*s));
	cfg_t *cfg = NULL;

	if (s != NULL) {
		schema_init(s);
		cfg = cfg_init(s->sections, CFGF_NONE);
	}
	if (cfg == NULL) {
		fail(0, SEK_ENOMEM, "out of memory");
		free(s);
		return;
	}
	cfg_set_error_function(cfg, complain);
	watch_keys(cfg);
	if (cfg_parse_buf(cfg, text) != CFG_SUCCESS)
		fail(0, SEK_EPARSE, "not a configuration");
	take_empty(cfg);
	cfg_free(cfg);
	free(s);
}

static int
count_lines(const struct gbuf *text)
{
	int n = text->len > 0 && text->p[text->len - 1] != '\n';

	for (size_t i = 0; i < text->len; i++)
		n += text->p[i] == '\n';
	return n;
}

/* Reads fd whole into *out, with END_MARK after it and a NUL. */
static int
slurp(struct gbuf *out, int fd)
{
	static const char mark[] = "\n" END_MARK " = x\n";
	char part[8192];
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = read(fd, part, sizeof(part))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return SEK_ESYS;
		if (memchr(part, '\0', (size_t)n) != NULL)
			return SEK_EPARSE;
		rc = gbuf_add(out, part, (size_t)n);
	}
	now->lines = count_lines(out);
	return rc != 0 ? rc : gbuf_add(out, mark, sizeof(mark));
}

static void
load_file(void)
{
	struct gbuf text = { .max = CONF_FILE_MAX };
	int fd = open(now->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int rc = fd < 0 ? SEK_ESYS : slurp(&text, fd);

	if (rc == SEK_EPARSE)
		fail(0, rc, "is not text");
	else if (rc == SEK_ELIMIT)
		fail(0, SEK_EPARSE, "is longer than 1 MiB");
	else if (rc != 0)
		fail(0, rc, rc == SEK_ESYS ? strerror(errno) : "out of memory");
	else
		parse((const char *)text.p);
	if (fd >= 0)
		close(fd);
	gbuf_free(&text);
}

int
conf_load(struct conf **out, const char *path, struct conf_why *why)
{
	struct load l = { path, NULL, why, 0, 0 };
	int rc = conf_default(&l.conf);

	why->text[0] = '\0';
	if (rc != 0) {
		snprintf(why->text, sizeof(why->text), "%s: out of memory", path);
		return rc;
	}
	now = &l;
	load_file();
	now = NULL;
	if (l.rc == SEK_ELIMIT)		/* a list that is full: the file's fault */
		l.rc = SEK_EPARSE;
	if (l.rc != 0) {
		conf_free(l.conf);
		return l.rc;
	}
	*out = l.conf;
	return 0;
}
