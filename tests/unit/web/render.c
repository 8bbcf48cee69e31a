/* tests/unit/web/render.c -- the page of each state as a file, for the tests in a
 * browser and for whoever writes a page; or what it costs.
 *
 *	render DIRECTORY STATES		writes DIRECTORY/NAME.LANG.html
 *	render --time STATES...
 *
 * STATES: a directory with NAME.json (state.h), or such a file. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "state.h"
#include "web/page_cache.h"

static const char *directory;	/* NULL: time */

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
write_page(const struct fake *f, const char *name, enum lang lang)
{
	char out[1024];
	FILE *file;

	snprintf(out, sizeof(out), "%s/%.*s.%s.html", directory, (int)strcspn(name, "."), name,
	    lang_names[lang]);
	file = fopen(out, "w");
	if (file == NULL || fwrite(f->body, 1, f->n, file) != f->n || fclose(file) != 0)
		die(out);
}

/* CPU of the whole page: view and rendering, without HTTP.  passes_ms: between
 * two of them; 0: the cache of check pages may answer. */
static void
measure(struct fake *f, const json_t *s, const char *name, int64_t passes_ms)
{
	enum { TIMES = 20000 };
	struct timespec a, b;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (int i = 0; i < TIMES; i++) {
		clock_fake_pass(&f->clock, passes_ms);
		state_show(f, s, LANG_JA);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	printf("%s, %s: %zu octets, %.1f us\n", name, passes_ms > 0 ? "made" : "again", f->n,
	    ((double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) / 1e3) / TIMES);
}

static void
one(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
	json_error_t why;
	json_t *s = json_load_file(path, 0, &why);
	struct fake f;

	if (s == NULL) {
		fprintf(stderr, "%s:%d: %s\n", path, why.line, why.text);
		exit(1);
	}
	fake_new(&f);
	state_begin(&f, s);
	for (int l = 0; directory != NULL && l < LANG_N; l++) {
		state_show(&f, s, (enum lang)l);
		write_page(&f, name, (enum lang)l);
	}
	if (directory == NULL) {
		measure(&f, s, name, PAGE_CACHE_MS);
		measure(&f, s, name, 0);
	}
	fake_free(&f);
	json_decref(s);
}

static void
each(const char *path)
{
	struct dirent **names;
	char file[1024];
	int n = scandir(path, &names, NULL, alphasort);

	if (n < 0 && errno == ENOTDIR) {
		one(path);
		return;
	}
	if (n < 0)
		die(path);
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			one(file);
		free(names[i]);
	}
	free(names);
}

int
main(int argc, char **argv)
{
	if (argc < 3)
		return 64;
	if (strcmp(argv[1], "--time") != 0) {
		directory = argv[1];
		if (mkdir(directory, 0777) != 0 && errno != EEXIST)
			die(directory);
	}
	for (int i = 2; i < argc; i++)
		each(argv[i]);
	return 0;
}
