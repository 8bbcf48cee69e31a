#include "sys/pem.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"

static int
read_file(struct gbuf *out, const char *path)
{
	uint8_t part[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return SEK_ESYS;
	while (err == 0 && (n = read(fd, part, sizeof(part))) != 0)
		err = n < 0 ? SEK_ESYS : gbuf_add(out, part, (size_t)n);
	close(fd);
	explicit_bzero(part, sizeof(part));
	return err;
}

static struct str
text_of(const struct gbuf *g)
{
	return (struct str){ (const char *)g->p, g->len };
}

int
pem_use(const char *cert, const char *key,
    int (*use)(void *ctx, struct str cert, struct str key), void *ctx)
{
	struct gbuf c = { .max = PEM_MAX }, k = { .max = PEM_MAX };
	const char *file = cert;
	int err = read_file(&c, cert);

	if (err == 0) {
		file = key;
		err = read_file(&k, key);
	}
	if (err == 0)
		err = use(ctx, text_of(&c), text_of(&k));
	if (err != 0)
		log_event(LOG_LV_ERR, "certificate", LOG_Z("file", file),
		    LOG_Z("why", sek_strerror(err)));
	if (k.p != NULL)
		explicit_bzero(k.p, k.len);
	gbuf_free(&c);
	gbuf_free(&k);
	return err;
}
