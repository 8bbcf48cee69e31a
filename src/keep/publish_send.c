#include "keep/publish_body.h"

#include <stdlib.h>
#include <unistd.h>

uint32_t
publish_flags(const struct conf *c)
{
	return (c->n_lab > 0 ? SNAPSHOT_LAB : 0u) | (c->out_zone ? SNAPSHOT_OUT : 0u);
}

struct snapshot_head
publish_head(const struct keep *k, uint32_t serial, uint32_t base_serial)
{
	const struct keep_publish *p = k->publish;
	const struct snapshot_status *status = &p->steps.status;
	int64_t now = keep_now(k).s;

	return (struct snapshot_head){
		.serial = serial, .base_serial = base_serial, .made_s = now,
		.life = status->life, .empties = status->empties, .expiry_s = status->expiry_s != 0 ?
		    status->expiry_s : now + k->conf->status_s,
		.flags = publish_flags(k->conf),
	};
}

int
publish_hand_over(struct keep *k, enum publish_kind kind, uint32_t serial, int fd)
{
	struct msg_publish m = { .kind = (uint8_t)kind, .serial = serial };
	off_t end = lseek(fd, 0, SEEK_END);

	if (end < 0)
		return SEK_ESYS;
	m.octets = (uint64_t)end;
	if (kind != PUBLISH_TAIL)
		mark_serial(&k->publish->mark, k, serial);
	return channel_send(k->parent, MSG_PUBLISH, &m, fd);
}

/* Empties the memory that writers write into, and makes it n octets. */
static int
room_octets(struct room *r, size_t n)
{
	r->m.len = 0;
	if (n <= r->m.cap)
		return 0;
	free(r->m.p);
	r->m.p = malloc(n + n / 4);
	r->m.cap = r->m.p == NULL ? 0 : n + n / 4;
	return r->m.p == NULL ? SEK_ENOMEM : 0;
}

static int
room_changes(struct room *r, size_t n)
{
	if (n <= r->cap_changes)
		return 0;
	free(r->changes);
	r->changes = calloc(n + n / 4, sizeof(*r->changes));
	r->cap_changes = r->changes == NULL ? 0 : n + n / 4;
	return r->changes == NULL ? SEK_ENOMEM : 0;
}

static int
room_steps(struct room *r, size_t n)
{
	if (n <= r->cap_steps)
		return 0;
	free(r->steps);
	r->steps = calloc(n + n / 4, sizeof(*r->steps));
	r->cap_steps = r->steps == NULL ? 0 : n + n / 4;
	return r->steps == NULL ? SEK_ENOMEM : 0;
}

void
publish_room_free(struct room *r)
{
	free(r->changes);
	free(r->steps);
	free(r->m.p);
}

/* Sends what a writer left in memory, as a sealed memory file. */
static int
send_memory(struct keep *k, enum publish_kind kind, uint32_t serial)
{
	const struct snapshot_memory *m = &k->publish->room.m;
	int fd = publish_octets("sekimori-publish", m->p, m->len), err;

	if (fd < 0)
		return fd;
	if (kind == PUBLISH_OVERLAY)
		mark_overlay(&k->publish->mark, m->p, m->len);
	err = publish_hand_over(k, kind, serial, fd);
	close(fd);
	return err;
}

static int
overlay_write(struct keep *k)
{
	struct keep_publish *p = k->publish;
	struct room *r = &p->room;
	struct snapshot_head head = publish_head(k, p->steps.serial, 0);
	struct snapshot_sink sink = { snapshot_memory_put, &r->m };
	size_t n = changes_effective(&p->steps.changes, r->changes);
	uint64_t octets;
	int err = room_octets(r, snapshot_overlay_max(n));

	return err == 0 ? snapshot_write_difference(&sink, &head,
	    p->base.view.head.serial, r->changes, n, &octets) : err;
}

int
publish_overlay(struct keep *k)
{
	struct keep_publish *p = k->publish;
	int err = room_changes(&p->room, p->steps.changes.n + 1);

	if (err == 0)
		err = overlay_write(k);
	return err == 0 ? send_memory(k, PUBLISH_OVERLAY, p->steps.serial) : err;
}

int
publish_tail(struct keep *k)
{
	const struct publish_steps *s = &k->publish->steps;
	struct room *r = &k->publish->room;
	struct snapshot_sink sink = { snapshot_memory_put, &r->m };
	struct snapshot_head head = publish_head(k, s->serial, s->before);
	uint64_t octets;
	int err = room_steps(r, s->n_steps + 1);

	if (err == 0)
		err = room_octets(r, snapshot_tail_max(s->n_steps + 1));
	if (err == 0)
		err = snapshot_write_tail(&sink, &head, r->steps,
		    steps_copy(s, r->steps), &octets);
	return err == 0 ? send_memory(k, PUBLISH_TAIL, s->serial) : err;
}
