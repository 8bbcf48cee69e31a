#include "fact/message.h"

#define F(s, f, t, m) FIELD(s, f, FIELD_##t, m)

static const struct field empty_f[] = { F(msg_empty, none, U8, 0) };
static const struct field id_f[] = { F(msg_id, id, U64, 0) };
static const struct field text_f[] = { F(msg_text, text, TEXT, MESSAGE_TEXT) };
static const struct field part_f[] = {
	F(msg_part, id, U64, 0), F(msg_part, octets, OCTETS, MESSAGE_PART),
};
static const struct field many_f[] = { F(msg_many, frames, OCTETS, MESSAGE_MANY) };
static const struct field socket_f[] = { F(msg_socket, name, TEXT, 32) };
static const struct field peer_f[] = {
	F(msg_peer, name, TEXT, 32), F(msg_peer, nth, U16, 0),
};
static const struct field publish_f[] = {
	F(msg_publish, kind, U8, 0), F(msg_publish, serial, U32, 0),
	F(msg_publish, octets, U64, 0),
};
static const struct field shared_f[] = {
	F(msg_shared, name, TEXT, 32), F(msg_shared, index, U32, 0),
	F(msg_shared, octets, U64, 0),
};
static const struct field signed_f[] = {
	F(msg_signed, peer, ADDR, 0), F(msg_signed, port, U16, 0),
	F(msg_signed, local, ADDR, 0), F(msg_signed, query, OCTETS, MESSAGE_QUERY),
};
static const struct field order_f[] = {
	F(msg_order, order, U64, 0), F(msg_order, run, U64, 0),
	F(msg_order, addr, ADDR, 0), F(msg_order, port, U16, 0),
	F(msg_order, pace, U8, 0), F(msg_order, purpose, U8, 0),
	F(msg_order, name, U8, 0), F(msg_order, words, U8, 0),
	F(msg_order, host, TEXT, TEXT_HOST),
	F(msg_order, hosts, TEXT, TEXT_NAMES),
	F(msg_order, domains, TEXT, TEXT_NAMES),
	F(msg_order, known, TEXT, MESSAGE_NAMES),
};
static const struct field form_f[] = {
	F(msg_form, order, U64, 0), F(msg_form, attempt, U64, 0),
	F(msg_form, form, U8, 0), F(msg_form, variant, U8, 0),
	F(msg_form, host, TEXT, TEXT_HOST), F(msg_form, dom, TEXT, TEXT_HOST),
	F(msg_form, recipient, TEXT, 64), F(msg_form, pair, TEXT, 64),
	F(msg_form, sender, TEXT, 64), F(msg_form, minted, WALL, 0), F(msg_form, mac, TEXT, 32),
	F(msg_form, mail_from, TEXT, TEXT_PATH),
	F(msg_form, rcpt_to, TEXT, TEXT_PATH),
};
static const struct field grant_f[] = {
	F(msg_grant, id, U64, 0), F(msg_grant, ok, U8, 0),
	F(msg_grant, code, U16, 0), F(msg_grant, why, TEXT, TEXT_WHO),
};
static const struct field found_f[] = {
	F(msg_found, order, U64, 0), F(msg_found, attempt, U64, 0),
	F(msg_found, finding, U8, 0), F(msg_found, code, U16, 0),
	F(msg_found, at, WALL, 0), F(msg_found, mail_from, TEXT, TEXT_PATH),
	F(msg_found, rcpt_to, TEXT, TEXT_PATH),
	F(msg_found, said, TEXT, TEXT_SAID),
};
static const struct field said_f[] = {
	F(msg_said, order, U64, 0), F(msg_said, part, U32, 0),
	F(msg_said, octets, OCTETS, TRANSCRIPT_PART),
};
static const struct field load_f[] = {
	F(msg_load, sessions, U32, 0), F(msg_load, delay_p99_ms, U32, 0),
	F(msg_load, delay_max_ms, U32, 0),
};
static const struct field ended_f[] = {
	F(msg_ended, order, U64, 0), F(msg_ended, finding, U8, 0),
	F(msg_ended, refusals, U16, 0), F(msg_ended, took_ms, U32, 0),
	F(msg_ended, banner, TEXT, TEXT_SAID), F(msg_ended, ehlo, TEXT, TEXT_HOST),
	F(msg_ended, ptr, TEXT, TEXT_HOST),
};
static const struct field resolve_f[] = {
	F(msg_resolve, id, U64, 0), F(msg_resolve, kind, U8, 0),
	F(msg_resolve, name, TEXT, TEXT_HOST),
};
static const struct field resolved_f[] = {
	F(msg_resolved, id, U64, 0), F(msg_resolved, ok, U8, 0),
	F(msg_resolved, why, TEXT, TEXT_WHO),
	F(msg_resolved, names, TEXT, MESSAGE_ADDRS * (TEXT_HOST + 1)),
	F(msg_resolved, addrs, OCTETS, MESSAGE_ADDRS * 16),
	F(msg_resolved, alias, U8, 0),
};
static const struct field name_f[] = {
	F(msg_name, order, U64, 0), F(msg_name, source, U8, 0),
	F(msg_name, used, U8, 0), F(msg_name, depth, U8, 0),
	F(msg_name, host, TEXT, TEXT_HOST), F(msg_name, dom, TEXT, TEXT_HOST),
};
static const struct field rcpt_f[] = {
	F(msg_rcpt, id, U64, 0), F(msg_rcpt, peer, ADDR, 0),
	F(msg_rcpt, rcpt, TEXT, TEXT_PATH), F(msg_rcpt, mail_from, TEXT, TEXT_PATH),
};
static const struct field mail_f[] = {
	F(msg_mail, id, U64, 0), F(msg_mail, peer, ADDR, 0),
	F(msg_mail, helo, TEXT, TEXT_HOST), F(msg_mail, mail_from, TEXT, TEXT_PATH),
	F(msg_mail, rcpts, TEXT, 16 * TEXT_PATH),
};
static const struct field letter_f[] = {
	F(msg_letter, id, U64, 0), F(msg_letter, mail_from, TEXT, TEXT_PATH),
	F(msg_letter, rcpt, TEXT, TEXT_PATH),
	F(msg_letter, octets, OCTETS, MESSAGE_PART),
};
static const struct field letter_done_f[] = {
	F(msg_letter_done, id, U64, 0), F(msg_letter_done, ok, U8, 0),
	F(msg_letter_done, code, U16, 0), F(msg_letter_done, said, TEXT, TEXT_SAID),
};

static const struct shape shapes[MSG_N] = {
	[MSG_CONF] = SHAPE("conf", msg_text, text_f),
	[MSG_SOCKET] = SHAPE("socket", msg_socket, socket_f),
	[MSG_KEEPER] = SHAPE("keeper", msg_empty, empty_f),
	[MSG_PEER] = SHAPE("peer", msg_peer, peer_f),
	[MSG_PUBLISH] = SHAPE("publish", msg_publish, publish_f),
	[MSG_STOP] = SHAPE("stop", msg_empty, empty_f),
	[MSG_READY] = SHAPE("ready", msg_text, text_f),
	[MSG_ORDER] = SHAPE("order", msg_order, order_f),
	[MSG_FORM] = SHAPE("form", msg_form, form_f),
	[MSG_GO] = SHAPE("go", msg_id, id_f),
	[MSG_GRANT] = SHAPE("grant", msg_grant, grant_f),
	[MSG_RESOLVE] = SHAPE("resolve", msg_resolve, resolve_f),
	[MSG_ASK] = SHAPE("ask", msg_id, id_f),
	[MSG_FOUND] = SHAPE("found", msg_found, found_f),
	[MSG_SAID] = SHAPE("said", msg_said, said_f),
	[MSG_ENDED] = SHAPE("ended", msg_ended, ended_f),
	[MSG_NAME] = SHAPE("name", msg_name, name_f),
	[MSG_LOAD] = SHAPE("load", msg_load, load_f),
	[MSG_MANY] = SHAPE("many", msg_many, many_f),
	[MSG_NAMED] = SHAPE("named", msg_id, id_f),
	[MSG_RESOLVED] = SHAPE("resolved", msg_resolved, resolved_f),
	[MSG_RCPT] = SHAPE("rcpt", msg_rcpt, rcpt_f),
	[MSG_MAIL] = SHAPE("mail", msg_mail, mail_f),
	[MSG_MAIL_PART] = SHAPE("mail-part", msg_part, part_f),
	[MSG_MAIL_END] = SHAPE("mail-end", msg_id, id_f),
	[MSG_MAIL_DROP] = SHAPE("mail-drop", msg_id, id_f),
	[MSG_RCPT_IS] = SHAPE("rcpt-is", msg_grant, grant_f),
	[MSG_STORED] = SHAPE("stored", msg_grant, grant_f),
	[MSG_CTL] = SHAPE("ctl", msg_part, part_f),
	[MSG_CTL_PART] = SHAPE("ctl-part", msg_part, part_f),
	[MSG_CTL_GO] = SHAPE("ctl-go", msg_id, id_f),
	[MSG_CTL_EVENT] = SHAPE("ctl-event", msg_part, part_f),
	[MSG_CTL_DONE] = SHAPE("ctl-done", msg_part, part_f),
	[MSG_CTL_DROP] = SHAPE("ctl-drop", msg_id, id_f),
	[MSG_HALT] = SHAPE("halt", msg_id, id_f),
	[MSG_LETTER] = SHAPE("letter", msg_letter, letter_f),
	[MSG_SHARED] = SHAPE("shared", msg_shared, shared_f),
	[MSG_SIGNED] = SHAPE("signed", msg_signed, signed_f),
	[MSG_LETTER_DONE] = SHAPE("letter-done", msg_letter_done, letter_done_f),
};

const struct shape *
message_shape(unsigned type)
{
	if (type >= MSG_N || shapes[type].name == NULL)
		return NULL;
	return &shapes[type];
}
