/* The first line names the server; then files, each after a line "%% NAME".
 * Networks must be clean, texts lie in a file, in the room or in the program,
 * and lines within their file. */
#include <stdlib.h>
#include <string.h>

#include "wire/mtaconf.h"

enum { FILES = 16 };

static unsigned
lines_of(struct str text)
{
	unsigned n = 1;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

static int
fact(void *ctx, const struct mtaconf_fact *f)
{
	struct addr masked = addr_mask(&f->net.addr, f->net.len);
	volatile unsigned char sum = 0;

	if (f->kind >= MTACONF_KIND_N || !addr_eq(&masked, &f->net.addr) || f->net.len > 128)
		abort();
	if ((f->file == NULL) != (f->line == 0) ||
	    (f->file != NULL && f->line > lines_of(f->file->text)))
		abort();
	if (f->kind == MTACONF_NET && f->net.len == 0)
		abort();
	for (size_t i = 0; i < f->text.n; i++)	/* ASan looks */
		sum = (unsigned char)(sum + f->text.p[i]);
	for (size_t i = 0; i < f->value.n; i++)
		sum = (unsigned char)(sum + f->value.p[i]);
	++*(unsigned *)ctx;
	return 0;
}

static size_t
cut(struct mtaconf_file file[FILES], struct str all)
{
	size_t n = 0;

	while (all.n > 0 && n < FILES) {
		ptrdiff_t next;

		if (str_istarts(all, STR("%% ")))
			all = (struct str){ all.p + 3, all.n - 3 };
		file[n].name = str_cut(&all, '\n');
		next = str_search(all, STR("\n%% "));
		file[n].text = (struct str){ all.p, next < 0 ? all.n : (size_t)next + 1 };
		all.p += file[n].text.n;
		all.n -= file[n].text.n;
		n++;
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static char room[MTACONF_ROOM];
	struct str all = { (const char *)p, n };
	struct str name = str_cut(&all, '\n');
	struct mtaconf_file file[FILES];
	struct mtaconf_in in = { file, cut(file, all) };
	unsigned facts = 0;

	for (size_t i = 0; mtaconf_servers[i].name != NULL; i++) {
		if (!str_eq(name, str_of(mtaconf_servers[i].name)))
			continue;
		if (mtaconf_servers[i].read(&in, room, fact, &facts) == MTACONF_NONE && facts > 0)
			abort();
	}
	return 0;
}
