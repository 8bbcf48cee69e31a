#include "fact/record.h"

#define F(s, f, t, m) FIELD(s, f, FIELD_##t, m)

enum { EVIDENCE_OCTETS = 32 << 20 };

static const struct field nominee_fields[] = {
	F(nominee, id, U64, 0), F(nominee, addr, ADDR, 0),
	F(nominee, host, TEXT, TEXT_HOST), F(nominee, basis, U8, 0),
	F(nominee, depth, U8, 0), F(nominee, made, WALL, 0),
	F(nominee, until, WALL, 0), F(nominee, reason, TEXT, TEXT_REASON),
	F(nominee, who, TEXT, TEXT_WHO), F(nominee, evidence, DIGEST, 0),
};

static const struct field optout_fields[] = {
	F(optout, id, U64, 0), F(optout, addr, ADDR, 0), F(optout, len, U8, 0),
	F(optout, made, WALL, 0), F(optout, proof, TEXT, TEXT_REASON),
	F(optout, reason, TEXT, TEXT_REASON), F(optout, who, TEXT, TEXT_WHO),
	F(optout, domain, TEXT, TEXT_HOST),
	F(optout, operator, TEXT, TEXT_WHO),
};

static const struct field evidence_fields[] = {
	F(evidence, digest, DIGEST, 0), F(evidence, made, WALL, 0),
	F(evidence, kind, U8, 0), F(evidence, octets, OCTETS, EVIDENCE_OCTETS),
};

static const struct field run_fields[] = {
	F(run, id, U64, 0), F(run, addr, ADDR, 0), F(run, port, U16, 0),
	F(run, kind, U8, 0), F(run, state, U8, 0), F(run, basis, U8, 0),
	F(run, depth, U8, 0), F(run, pace, U8, 0), F(run, session, U8, 0),
	F(run, sessions, U16, 0), F(run, made, WALL, 0), F(run, next, WALL, 0),
	F(run, ended, WALL, 0), F(run, named, U8, 0), F(run, every, U8, 0),
	F(run, host, TEXT, TEXT_HOST), F(run, domains, TEXT, TEXT_NAMES),
	F(run, nominee, U64, 0), F(run, who, TEXT, TEXT_WHO),
};

static const struct field attempt_fields[] = {
	F(attempt, id, U64, 0), F(attempt, run, U64, 0),
	F(attempt, addr, ADDR, 0), F(attempt, port, U16, 0),
	F(attempt, form, U8, 0), F(attempt, finding, U8, 0),
	F(attempt, code, U16, 0), F(attempt, tries, U16, 0),
	F(attempt, minted, WALL, 0), F(attempt, sent, WALL, 0),
	F(attempt, accepted, WALL, 0), F(attempt, next, WALL, 0),
	F(attempt, variant, U8, 0), F(attempt, host, TEXT, TEXT_HOST),
	F(attempt, dom, TEXT, TEXT_HOST),
	F(attempt, mail_from, TEXT, TEXT_PATH),
	F(attempt, rcpt_to, TEXT, TEXT_PATH),
	F(attempt, said, TEXT, TEXT_SAID),
};

static const struct field transcript_fields[] = {
	F(transcript, run, U64, 0), F(transcript, session, U32, 0),
	F(transcript, part, U32, 0), F(transcript, made, WALL, 0),
	F(transcript, octets, OCTETS, TRANSCRIPT_PART),
};

static const struct field receipt_fields[] = {
	F(receipt, id, U64, 0), F(receipt, attempt, U64, 0),
	F(receipt, kind, U8, 0), F(receipt, counts, U8, 0),
	F(receipt, made, WALL, 0), F(receipt, exit_addr, ADDR, 0),
	F(receipt, believed, ADDR, 0), F(receipt, entry_addr, ADDR, 0),
	F(receipt, hops, U8, 0), F(receipt, linked, U8, 0),
	F(receipt, helo, TEXT, TEXT_HOST),
	F(receipt, mail_from, TEXT, TEXT_PATH),
	F(receipt, why, TEXT, TEXT_WHO), F(receipt, mail, DIGEST, 0),
};

static const struct field verdict_fields[] = {
	F(verdict_row, id, U64, 0), F(verdict_row, run, U64, 0),
	F(verdict_row, addr, ADDR, 0), F(verdict_row, verdict, U8, 0),
	F(verdict_row, provisional, U8, 0), F(verdict_row, clears, U8, 0),
	F(verdict_row, control, U8, 0), F(verdict_row, done, U16, 0),
	F(verdict_row, total, U16, 0), F(verdict_row, form, U8, 0),
	F(verdict_row, made, WALL, 0), F(verdict_row, due, WALL, 0),
	F(verdict_row, why, TEXT, TEXT_WHO),
	F(verdict_row, ports, TEXT, TEXT_WHO),
};

static const struct field listing_fields[] = {
	F(listing, addr, ADDR, 0), F(listing, len, U8, 0),
	F(listing, code, U8, 0), F(listing, since, WALL, 0),
	F(listing, until, WALL, 0), F(listing, proof, WALL, 0),
	F(listing, proofs, U16, 0), F(listing, evidence, DIGEST, 0),
};

static const struct field journal_fields[] = {
	F(journal_row, seq, U64, 0), F(journal_row, serial, U32, 0),
	F(journal_row, kind, U8, 0), F(journal_row, addr, ADDR, 0),
	F(journal_row, len, U8, 0), F(journal_row, code, U8, 0),
	F(journal_row, made, WALL, 0), F(journal_row, until, WALL, 0),
	F(journal_row, proofs, U16, 0), F(journal_row, evidence, DIGEST, 0),
	F(journal_row, reason, DIGEST, 0), F(journal_row, prev, DIGEST, 0),
	F(journal_row, hash, DIGEST, 0),
};

const struct shape nominee_shape = SHAPE("nominee", nominee, nominee_fields);
const struct shape optout_shape = SHAPE("optout", optout, optout_fields);
const struct shape evidence_shape = SHAPE("evidence", evidence, evidence_fields);
const struct shape run_shape = SHAPE("run", run, run_fields);
const struct shape attempt_shape = SHAPE("attempt", attempt, attempt_fields);
const struct shape transcript_shape =
    SHAPE("transcript", transcript, transcript_fields);
const struct shape receipt_shape = SHAPE("receipt", receipt, receipt_fields);
const struct shape verdict_shape = SHAPE("verdict", verdict_row, verdict_fields);
const struct shape listing_shape = SHAPE("listing", listing, listing_fields);
const struct shape journal_shape = SHAPE("journal", journal_row, journal_fields);
