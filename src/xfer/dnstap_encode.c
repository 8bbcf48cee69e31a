#include "xfer/dnstap_encode.h"

#include <assert.h>

#include "dnstap.pb-c.h"

/* The library takes pointers to what it only reads. */
static ProtobufCBinaryData
octets(const void *p, size_t n)
{
	union { const void *is; uint8_t *wants; } u = { p };

	return (ProtobufCBinaryData){ n, u.wants };
}

static void
put_client(Tap__Message *m, const struct tap_answer *a)
{
	bool v4 = addr_is_v4(&a->peer);

	m->has_query_address = m->has_query_port = 1;
	m->query_address = octets(a->peer.o + (v4 ? 12 : 0), v4 ? 4 : 16);
	m->query_port = a->port;
}

static void
put_query(Tap__Message *m, const struct tap_answer *a)
{
	m->type = TAP__MESSAGE__TYPE__AUTH_QUERY;
	m->has_query_message = 1;
	m->query_message = octets(a->query, a->query_len);
}

static void
put_answer(Tap__Message *m, const struct tap_answer *a)
{
	m->type = TAP__MESSAGE__TYPE__AUTH_RESPONSE;
	m->has_response_time_sec = m->has_response_time_nsec = 1;
	m->response_time_sec = (uint64_t)a->at.s;
	m->response_time_nsec = a->at.ns;
	m->has_response_message = 1;
	m->response_message = octets(a->answer, a->answer_len);
}

/* An answer takes microseconds: both times are that of the answer. */
static void
put_message(Tap__Message *m, const struct tap_answer *a, enum dnstap_side side,
    bool clients)
{
	m->has_socket_family = m->has_socket_protocol = 1;
	m->socket_family = addr_is_v4(&a->peer) ? TAP__MESSAGE__FAMILY__INET :
	    TAP__MESSAGE__FAMILY__INET6;
	m->socket_protocol = a->tcp ? TAP__MESSAGE__PROTOCOL__TCP :
	    TAP__MESSAGE__PROTOCOL__UDP;
	m->has_query_time_sec = m->has_query_time_nsec = 1;
	m->query_time_sec = (uint64_t)a->at.s;
	m->query_time_nsec = a->at.ns;
	if (clients)
		put_client(m, a);
	if (side == DNSTAP_QUERY)
		put_query(m, a);
	else
		put_answer(m, a);
}

static struct str
cut(struct str s)
{
	return (struct str){ s.p, s.n < DNSTAP_WORDS ? s.n : DNSTAP_WORDS };
}

size_t
dnstap_encode(uint8_t out[DNSTAP_FRAME_MAX], const struct tap_answer *a,
    enum dnstap_side side, const struct dnstap_about *about)
{
	struct str identity = cut(about->identity), version = cut(about->version);
	Tap__Message m = TAP__MESSAGE__INIT;
	Tap__Frame f = TAP__FRAME__INIT;

	put_message(&m, a, side, about->clients);
	f.type = TAP__FRAME__TYPE__MESSAGE;
	f.message = &m;
	f.has_identity = identity.n > 0;
	f.identity = octets(identity.p, identity.n);
	f.has_version = version.n > 0;
	f.version = octets(version.p, version.n);
	assert(tap__frame__get_packed_size(&f) <= DNSTAP_FRAME_MAX);
	return tap__frame__pack(&f, out);
}
