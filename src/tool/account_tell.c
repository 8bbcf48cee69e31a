#include "tool/account_tell.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "tool/words.h"

enum { VERSION = 1 };

static void
put_text(struct wbuf *w, const char *text)
{
	size_t n = strlen(text);

	wbuf_u16(w, (uint16_t)n);
	wbuf_bytes(w, text, n);
}

/* One write is one message. */
static int
send_all(int fd, const struct wbuf *w)
{
	ssize_t n;

	if (w->err != 0)
		return w->err;
	do
		n = write(fd, w->p, w->len);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)w->len ? 0 : SEK_ESYS;
}

int
account_tell_alert(int fd, const struct account_alert *a)
{
	uint8_t room[1024];
	struct wbuf w = wbuf_of(room, sizeof(room));

	wbuf_u8(&w, VERSION);
	wbuf_u8(&w, ACCOUNT_TELL_ALERT);
	wbuf_u8(&w, (uint8_t)a->kind);
	wbuf_u8(&w, a->over);
	wbuf_u64(&w, (uint64_t)a->first_s);
	wbuf_u64(&w, (uint64_t)a->last_s);
	wbuf_u64(&w, (uint64_t)a->now_s);
	wbuf_u64(&w, a->messages);
	wbuf_u64(&w, a->recipients);
	wbuf_u64(&w, a->line);
	put_text(&w, a->file);
	put_text(&w, a->who);
	return send_all(fd, &w);
}

int
account_tell_metrics(int fd, struct str text)
{
	uint8_t room[ACCOUNT_TELL];
	struct wbuf w = wbuf_of(room, sizeof(room));

	wbuf_u8(&w, VERSION);
	wbuf_u8(&w, ACCOUNT_TELL_METRICS);
	wbuf_bytes(&w, text.p, text.n);
	return send_all(fd, &w);
}

/* A text of a message, cleaned: it was hostile once. */
static void
take_text(struct rbuf *b, char *out, size_t cap)
{
	uint16_t n = rbuf_u16(b);
	const uint8_t *p = rbuf_bytes(b, n);

	if (p == NULL || n >= cap) {
		b->err = SEK_EPARSE;
		out[0] = '\0';
		return;
	}
	words_safe(out, cap, (struct str){ (const char *)p, n });
}

static int
take_alert(struct account_alert *a, struct rbuf *b)
{
	uint8_t kind = rbuf_u8(b), over = rbuf_u8(b);

	*a = (struct account_alert){ .over = over != 0 };
	a->first_s = (int64_t)rbuf_u64(b);
	a->last_s = (int64_t)rbuf_u64(b);
	a->now_s = (int64_t)rbuf_u64(b);
	a->messages = rbuf_u64(b);
	a->recipients = rbuf_u64(b);
	a->line = rbuf_u64(b);
	take_text(b, a->file, sizeof(a->file));
	take_text(b, a->who, sizeof(a->who));
	if (b->err != 0 || rbuf_left(b) != 0 || kind >= ACCOUNT_ALERT_KINDS || over > 1)
		return SEK_EPARSE;
	a->kind = (enum account_alert_kind)kind;
	return 0;
}

static int
take_metrics(struct str *out, struct rbuf *b)
{
	*out = (struct str){ (const char *)b->p + b->at, rbuf_left(b) };
	for (size_t i = 0; i < out->n; i++)
		if (out->p[i] != '\n' && (out->p[i] < 0x20 || out->p[i] > 0x7e))
			return SEK_EPARSE;
	return 0;
}

int
account_tell_parse(struct account_told *out, struct str message)
{
	struct rbuf b = rbuf_of(message.p, message.n);
	uint8_t version = rbuf_u8(&b), kind = rbuf_u8(&b);

	*out = (struct account_told){ .kind = ACCOUNT_TELL_ALERT };
	if (b.err != 0 || version != VERSION)
		return SEK_EPARSE;
	if (kind == ACCOUNT_TELL_ALERT)
		return take_alert(&out->alert, &b);
	out->kind = ACCOUNT_TELL_METRICS;
	return kind == ACCOUNT_TELL_METRICS ? take_metrics(&out->metrics, &b) : SEK_EPARSE;
}

int
account_tell_read(struct account_told *out, int fd, char room[ACCOUNT_TELL])
{
	ssize_t n;

	do
		n = recv(fd, room, ACCOUNT_TELL, MSG_DONTWAIT | MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? ACCOUNT_TELL_NONE : SEK_ESYS;
	if (n == 0) {
		errno = 0;
		return SEK_ESYS;
	}
	if (n > ACCOUNT_TELL)
		return SEK_EPARSE;
	return account_tell_parse(out, (struct str){ room, (size_t)n });
}
