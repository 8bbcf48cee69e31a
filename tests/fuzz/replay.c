/* tests/fuzz/replay.c -- runs a fuzz driver over every file of its corpus and
 * over a few mutations of each, as an ordinary TAP test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#ifndef REPLAY_MUTATIONS
#define REPLAY_MUTATIONS 64	/* fewer where an input is a whole test */
#endif
enum { FILE_MAX = 1 << 20, MUTATIONS = REPLAY_MUTATIONS };

static uint32_t state = 1;

static uint32_t
chance(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	return state ^= state << 5;
}

/* Hands over an exact-size copy, so that ASan sees one octet too far. */
static void
feed(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n == 0 ? 1 : n);

	if (copy == NULL)
		abort();
	memcpy(copy, p, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static void
mutate(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n + 1);

	if (copy == NULL)
		abort();
	for (int i = 0; n > 0 && i < MUTATIONS; i++) {
		memcpy(copy, p, n);
		for (uint32_t k = chance() % 4; k < 4; k++)
			copy[chance() % n] = (uint8_t)chance();
		feed(copy, i % 2 == 0 ? n : chance() % n);
	}
	free(copy);
}

static int
replay_file(const char *path)
{
	static uint8_t octets[FILE_MAX];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		return -1;
	n = fread(octets, 1, sizeof(octets), f);
	fclose(f);
	state = (uint32_t)n * 2654435761u + 1;
	feed(octets, n);
	mutate(octets, n);
	return 0;
}

int
main(int argc, char **argv)
{
	struct dirent **names;
	char path[4096];
	int n, tests = 0, failed = 0;

	if (argc != 2 || (n = scandir(argv[1], &names, NULL, alphasort)) < 0) {
		printf("Bail out! no corpus at %s\n", argc > 1 ? argv[1] : "?");
		return 1;
	}
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", argv[1], names[i]->d_name);
			printf("# %s\n", names[i]->d_name);
			fflush(stdout);
			if (replay_file(path) != 0)
				failed++;
			printf("%s %d - %s\n", failed ? "not ok" : "ok",
			    ++tests, names[i]->d_name);
		}
		free(names[i]);
	}
	free(names);
	printf("1..%d\n", tests);
	return failed != 0 || tests == 0;
}
