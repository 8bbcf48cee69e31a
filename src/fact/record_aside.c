#include "fact/record_aside.h"

#define F(s, f, t, m) FIELD(s, f, FIELD_##t, m)

static const struct field pass_fields[] = {
	F(pass, id, U64, 0), F(pass, made, WALL, 0), F(pass, until, WALL, 0),
	F(pass, ok, U8, 0), F(pass, conf, DIGEST, 0),
	F(pass, results, TEXT, TEXT_RESULTS), F(pass, who, TEXT, TEXT_WHO),
};

static const struct field request_fields[] = {
	F(request_row, id, U64, 0), F(request_row, run, U64, 0),
	F(request_row, addr, ADDR, 0), F(request_row, asker, ADDR, 0),
	F(request_row, kind, U8, 0), F(request_row, role, U8, 0),
	F(request_row, made, WALL, 0),
};

static const struct field claim_fields[] = {
	F(claim_row, digest, DIGEST, 0), F(claim_row, addr, ADDR, 0),
	F(claim_row, method, U8, 0), F(claim_row, made, WALL, 0),
	F(claim_row, tries, U8, 0), F(claim_row, used, WALL, 0),
};

static const struct field apikey_fields[] = {
	F(apikey_row, id, U64, 0), F(apikey_row, digest, DIGEST, 0),
	F(apikey_row, name, TEXT, TEXT_WHO), F(apikey_row, made, WALL, 0),
	F(apikey_row, until, WALL, 0), F(apikey_row, revoked, WALL, 0),
	F(apikey_row, reason, TEXT, TEXT_REASON),
};

static const struct field candidate_fields[] = {
	F(candidate, run, U64, 0), F(candidate, nth, U8, 0),
	F(candidate, source, U8, 0), F(candidate, used, U8, 0),
	F(candidate, depth, U8, 0), F(candidate, made, WALL, 0),
	F(candidate, host, TEXT, TEXT_HOST), F(candidate, dom, TEXT, TEXT_HOST),
};

static const struct field cause_fields[] = {
	F(cause_row, run, U64, 0), F(cause_row, addr, ADDR, 0),
	F(cause_row, made, WALL, 0), F(cause_row, cause, U8, 0),
	F(cause_row, second, U8, 0), F(cause_row, sure, U8, 0),
	F(cause_row, form, U8, 0), F(cause_row, decide, U8, 0),
	F(cause_row, mta, U8, 0), F(cause_row, port, U16, 0),
	F(cause_row, signs, U32, 0), F(cause_row, client, ADDR, 0),
	F(cause_row, client_name, TEXT, TEXT_HOST),
	F(cause_row, helo, TEXT, TEXT_HOST), F(cause_row, next_addr, ADDR, 0),
	F(cause_row, next_name, TEXT, TEXT_HOST),
};

static const struct field session_fields[] = {
	F(session_row, id, U64, 0), F(session_row, run, U64, 0),
	F(session_row, addr, ADDR, 0), F(session_row, port, U16, 0),
	F(session_row, kind, U8, 0), F(session_row, basis, U8, 0),
	F(session_row, nominee, U64, 0), F(session_row, depth, U8, 0),
	F(session_row, pace, U8, 0), F(session_row, finding, U8, 0),
	F(session_row, forms, U16, 0), F(session_row, answered, U16, 0),
	F(session_row, refused, U16, 0), F(session_row, accepted, U16, 0),
	F(session_row, started, WALL, 0), F(session_row, ended, WALL, 0),
	F(session_row, boot, U64, 0), F(session_row, up, I64, 0),
	F(session_row, up_ended, I64, 0),
};

static const struct field listing_key_fields[] = {
	F(listing_key, addr, ADDR, 0), F(listing_key, len, U8, 0),
	F(listing_key, code, U8, 0),
};

const struct shape pass_shape = SHAPE("pass", pass, pass_fields);
const struct shape request_shape = SHAPE("request", request_row, request_fields);
const struct shape claim_shape = SHAPE("claim", claim_row, claim_fields);
const struct shape apikey_shape = SHAPE("apikey", apikey_row, apikey_fields);
const struct shape session_shape = SHAPE("session", session_row, session_fields);
const struct shape candidate_shape =
    SHAPE("candidate", candidate, candidate_fields);
const struct shape cause_shape = SHAPE("cause", cause_row, cause_fields);
const struct shape listing_key_shape =
    SHAPE("listing", listing_key, listing_key_fields);
