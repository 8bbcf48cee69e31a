#pragma once
/* store/queries.h -- every question that is put to the database, by name.
 *
 * One row: name, shape of its rows (or NUMBER), SQL after the column list.
 * The SQL is common to SQLite and PostgreSQL; $1.. are the arguments. */

#define STORE_QUERIES(Q) \
	/* nominee */ \
	Q(NOMINEE_BY_ID, nominee_shape, "FROM nominee WHERE id = $1") \
	Q(NOMINEE_BY_ADDR, nominee_shape, "FROM nominee WHERE addr = $1 ORDER BY id DESC") \
	Q(NOMINEE_COUNT, NUMBER, "SELECT COUNT(*) FROM nominee WHERE basis = $1 AND (until > $2 OR until = 0)") \
	Q(NOMINEE_LIVE, nominee_shape, "FROM nominee WHERE addr = $1 AND (until = 0 OR until > $2) ORDER BY id DESC") \
	/* optout: every one; matched by prefix in memory */ \
	Q(OPTOUT_ALL, optout_shape, "FROM optout ORDER BY id") \
	/* run */ \
	Q(RUN_BY_ID, run_shape, "FROM run WHERE id = $1") \
	Q(RUN_LIVE_BY_ADDR, run_shape, "FROM run WHERE addr = $1 AND state IN (1, 2, 3) ORDER BY id DESC") \
	Q(RUN_DUE, run_shape, "FROM run WHERE state IN (1, 2, 3) AND next <= $1 ORDER BY next, id LIMIT $2") \
	Q(RUN_DUE_BEGUN, run_shape, "FROM run WHERE state IN (1, 2, 3) AND state <> 1 AND next <= $1 ORDER BY next, id LIMIT $2") \
	Q(RUN_NEXT, NUMBER, "SELECT COALESCE(MIN(next), 0) FROM run WHERE state IN (1, 2, 3)") \
	Q(RUN_AHEAD, NUMBER, "SELECT COUNT(*) FROM run WHERE state IN (1, 2, 3) AND state = 1 AND kind <> 4 AND (next < $1 OR (next = $1 AND id < $2))") \
	Q(RUN_COUNT, NUMBER, "SELECT COUNT(*) FROM run WHERE state IN (1, 2, 3) AND state = $1") \
	Q(RUN_LAST_BY_ADDR, run_shape, "FROM run WHERE addr = $1 AND kind <> 4 ORDER BY id DESC LIMIT 1") \
	Q(RUN_NEWEST, run_shape, "FROM run WHERE addr = $1 AND kind <> 4 ORDER BY id DESC LIMIT $2") \
	Q(RUN_DONE_BY_ADDR, run_shape, "FROM run WHERE addr = $1 AND kind <> 4 AND state = 4 ORDER BY id DESC LIMIT 1") \
	/* attempt */ \
	Q(ATTEMPT_BY_ID, attempt_shape, "FROM attempt WHERE id = $1") \
	Q(ATTEMPT_BY_RUN, attempt_shape, "FROM attempt WHERE run = $1 ORDER BY form, variant") \
	Q(ATTEMPT_BY_ADDR, attempt_shape, "FROM attempt WHERE addr = $1 ORDER BY sent, form, variant") \
	Q(ATTEMPT_RETURNED, attempt_shape, "FROM attempt WHERE id IN (SELECT MAX(id) FROM attempt WHERE addr = $1 AND finding = 8 GROUP BY form, port, host, dom) ORDER BY form, port, id") \
	/* candidate: the names of a run */ \
	Q(CANDIDATE_BY_RUN, candidate_shape, "FROM candidate WHERE run = $1 ORDER BY nth") \
	/* session: the ledger; finding 6: it never connected */ \
	Q(SESSION_BY_ID, session_shape, "FROM session WHERE id = $1") \
	Q(SESSION_NEWEST, session_shape, "FROM session WHERE addr = $1 AND finding <> 6 ORDER BY id DESC LIMIT $2") \
	Q(SESSION_LAST, session_shape, "FROM session WHERE finding <> 6 ORDER BY id DESC LIMIT $1") \
	Q(SESSION_OPEN, session_shape, "FROM session WHERE run = $1 AND ended = 0 ORDER BY id DESC LIMIT 1") \
	Q(SESSION_SET, session_shape, "FROM session WHERE addr = $1 AND kind IN (1, 2) AND answered > 0 ORDER BY id DESC LIMIT 1") \
	Q(ATTEMPT_LAST_ACCEPTED, NUMBER, "SELECT COALESCE(MAX(accepted), 0) FROM attempt WHERE addr = $1 AND finding = 3") \
	/* transcript */ \
	Q(TRANSCRIPT_BY_RUN, transcript_shape, "FROM transcript WHERE run = $1 ORDER BY session, part") \
	Q(TRANSCRIPT_NEXT, transcript_shape, "FROM transcript WHERE run = $1 AND (session > $2 OR (session = $2 AND part > $3)) ORDER BY session, part LIMIT 1") \
	Q(TRANSCRIPT_OCTETS, NUMBER, "SELECT COALESCE(SUM(LENGTH(octets)), 0) FROM transcript") \
	/* receipt */ \
	Q(RECEIPT_BY_ATTEMPT, receipt_shape, "FROM receipt WHERE attempt = $1 ORDER BY id") \
	Q(RECEIPT_BY_ID, receipt_shape, "FROM receipt WHERE id = $1") \
	Q(RECEIPT_PROOFS, receipt_shape, "FROM receipt WHERE entry_addr = $1 AND counts = 1 AND kind = 1 ORDER BY made DESC, id DESC LIMIT $2") \
	Q(RECEIPT_RUN, NUMBER, "SELECT attempt.run FROM receipt JOIN attempt ON attempt.id = receipt.attempt WHERE receipt.id = $1") \
	Q(RECEIPT_HAS_MAIL, NUMBER, "SELECT COUNT(*) FROM receipt WHERE entry_addr = $1 AND counts = 1 AND mail = $2") \
	Q(RECEIPT_PROOF_BEFORE, NUMBER, "SELECT COALESCE(MAX(made), 0) FROM receipt WHERE entry_addr = $1 AND counts = 1 AND kind = 1 AND made > $2 AND made <= $3") \
	/* verdict */ \
	Q(VERDICT_LAST_BY_RUN, verdict_shape, "FROM verdict WHERE run = $1 ORDER BY id DESC LIMIT 1") \
	Q(VERDICT_LAST_BY_ADDR, verdict_shape, "FROM verdict WHERE addr = $1 ORDER BY id DESC LIMIT 1") \
	Q(VERDICT_BY_ID, verdict_shape, "FROM verdict WHERE id = $1") \
	Q(VERDICT_NEWEST, verdict_shape, "FROM verdict WHERE addr = $1 ORDER BY id DESC LIMIT $2") \
	Q(VERDICT_CLOSED_SINCE, NUMBER, "SELECT COUNT(*) FROM verdict WHERE addr = $1 AND verdict = 2 AND clears = 1 AND made > $2 AND run <> $3") \
	Q(CAUSE_BY_RUN, cause_shape, "FROM cause WHERE run = $1") \
	/* listing */ \
	Q(LISTING_BY_ADDR, listing_shape, "FROM listing WHERE addr = $1 AND len = 128 ORDER BY code") \
	Q(LISTING_ALL, listing_shape, "FROM listing ORDER BY addr, len, code") \
	Q(LISTING_RANGE, listing_shape, "FROM listing WHERE addr = $1 AND len = $2 AND len < 128 AND code = $3") \
	Q(LISTING_RANGES, listing_shape, "FROM listing WHERE len < 128 AND addr >= $1 AND addr <= $2 ORDER BY addr LIMIT $3") \
	Q(LISTING_INSIDE, listing_shape, "FROM listing WHERE addr >= $1 AND addr <= $2 AND len = 128 AND code = $3 ORDER BY addr LIMIT $4") \
	Q(LISTING_INSIDE_UNTIL, NUMBER, "SELECT COALESCE(MAX(until), 0) FROM listing WHERE addr >= $1 AND addr <= $2 AND len = 128 AND code = $3") \
	Q(LISTING_BETWEEN, listing_shape, "FROM listing WHERE addr > $1 AND addr <= $2 ORDER BY addr, len, code") \
	Q(LISTING_PAGE, listing_key_shape, "FROM listing WHERE (addr, len, code) > ($1, $2, $3) ORDER BY addr, len, code LIMIT $4") \
	Q(LISTING_EXPIRED, listing_shape, "FROM listing WHERE until <= $1 ORDER BY until LIMIT $2") \
	Q(LISTING_EXITS_OF, listing_shape, "FROM listing WHERE code = 3 AND addr IN (SELECT addr FROM exit_of WHERE entry = $1) ORDER BY addr") \
	Q(EXIT_USERS, NUMBER, "SELECT COUNT(*) FROM exit_of WHERE addr = $1") \
	Q(LISTING_COUNT, NUMBER, "SELECT COUNT(*) FROM listing") \
	Q(LISTING_NEXT_EXPIRY, NUMBER, "SELECT COALESCE(MIN(until), 0) FROM listing WHERE until < 9223372036854775807") \
	/* journal */ \
	Q(JOURNAL_LAST, journal_shape, "FROM journal ORDER BY seq DESC LIMIT 1") \
	Q(JOURNAL_FIRST, journal_shape, "FROM journal ORDER BY seq LIMIT 1") \
	Q(JOURNAL_LAST_AT, journal_shape, "FROM journal WHERE made <= $1 ORDER BY seq DESC LIMIT 1") \
	Q(JOURNAL_FROM, journal_shape, "FROM journal WHERE seq >= $1 ORDER BY seq") \
	Q(JOURNAL_PAGE, journal_shape, "FROM journal WHERE seq >= $1 ORDER BY seq LIMIT $2") \
	Q(JOURNAL_ADDR_PAGE, journal_shape, "FROM journal WHERE addr > $1 ORDER BY addr, seq LIMIT $2") \
	Q(JOURNAL_AFTER_SERIAL, journal_shape, "FROM journal WHERE serial > $1 ORDER BY seq") \
	Q(JOURNAL_BY_ADDR, journal_shape, "FROM journal WHERE addr = $1 ORDER BY seq") \
	Q(JOURNAL_NEWEST, journal_shape, "FROM journal WHERE addr = $1 AND made <= $2 AND len = 128 AND kind IN (1, 2, 3) ORDER BY seq DESC LIMIT $3") \
	/* of an address, with those of a range around it */ \
	Q(JOURNAL_HISTORY, journal_shape, "FROM journal WHERE made <= $2 AND ((addr = $1 AND len = 128 AND kind IN (1, 2, 3, 6, 7)) OR (addr = $3 AND len = $4 AND kind IN (1, 2, 3))) ORDER BY seq DESC LIMIT $5") \
	Q(JOURNAL_HAS_MAIL, NUMBER, "SELECT COUNT(*) FROM journal WHERE addr = $1 AND evidence = $2") \
	Q(JOURNAL_RANGE_AT, journal_shape, "FROM journal WHERE addr = $1 AND len = $2 AND code = $3 AND made <= $4 AND kind IN (1, 2, 3) ORDER BY seq DESC LIMIT 1") \
	Q(JOURNAL_EXCEPT_AT, journal_shape, "FROM journal WHERE kind IN (6, 7) AND addr = $1 AND code = $2 AND made <= $3 ORDER BY seq DESC LIMIT 1") \
	Q(JOURNAL_EXCEPTS, journal_shape, "FROM journal WHERE kind IN (6, 7) AND addr >= $1 AND addr <= $2 ORDER BY addr, code, seq") \
	Q(JOURNAL_ENTRY_BEFORE, journal_shape, "FROM journal WHERE addr = $1 AND seq < $2 AND len = $3 AND code = $4 AND kind IN (1, 2, 3) ORDER BY seq DESC LIMIT 1") \
	Q(JOURNAL_STATUS_BEFORE, journal_shape, "FROM journal WHERE kind = 4 AND seq < $1 ORDER BY seq DESC LIMIT 1") \
	Q(JOURNAL_BEFORE, journal_shape, "FROM journal WHERE addr = $1 AND seq < $2 AND code = $3 AND len = 128 AND kind IN (1, 2, 3) ORDER BY seq DESC LIMIT 1") \
	Q(JOURNAL_FIRST_ADD, NUMBER, "SELECT made FROM journal WHERE addr = $1 AND kind = 1 AND len = 128 ORDER BY seq LIMIT 1") \
	Q(JOURNAL_SERIAL_AT, NUMBER, "SELECT serial FROM journal WHERE made <= $1 ORDER BY made DESC, seq DESC LIMIT 1") \
	/* evidence */ \
	Q(EVIDENCE_BY_DIGEST, evidence_shape, "FROM evidence WHERE digest = $1") \
	Q(EVIDENCE_OCTETS, NUMBER, "SELECT COALESCE(SUM(LENGTH(octets)), 0) FROM evidence") \
	/* pass */ \
	Q(PASS_LAST, pass_shape, "FROM pass ORDER BY id DESC LIMIT 1") \
	/* request: caps, and who asked for a run */ \
	Q(REQUEST_BY_RUN, request_shape, "FROM request WHERE run = $1 ORDER BY id") \
	Q(REQUEST_BY_ASKER, NUMBER, "SELECT COUNT(*) FROM request WHERE asker = $1 AND kind = $2 AND made > $3") \
	Q(REQUEST_BY_ADDR, NUMBER, "SELECT COUNT(*) FROM request WHERE addr = $1 AND kind = $2 AND made > $3") \
	Q(REQUEST_IN_ALL, NUMBER, "SELECT COUNT(*) FROM request WHERE kind = $1 AND made > $2") \
	Q(REQUEST_OLDEST_ASKER, NUMBER, "SELECT COALESCE(MIN(made), 0) FROM request WHERE asker = $1 AND kind = $2 AND made > $3") \
	Q(REQUEST_OLDEST_ADDR, NUMBER, "SELECT COALESCE(MIN(made), 0) FROM request WHERE addr = $1 AND kind = $2 AND made > $3") \
	Q(REQUEST_OLDEST, NUMBER, "SELECT COALESCE(MIN(made), 0) FROM request WHERE kind = $1 AND made > $2") \
	Q(CLAIM_BY_DIGEST, claim_shape, "FROM claim WHERE digest = $1") \
	Q(APIKEY_BY_DIGEST, apikey_shape, "FROM apikey WHERE digest = $1") \
	Q(APIKEY_ALL, apikey_shape, "FROM apikey ORDER BY id")

#define STORE_STATEMENTS(S) \
	S(LISTING_DELETE, "DELETE FROM listing WHERE addr = $1 AND len = $2 AND code = $3") \
	S(LISTING_DELETE_BETWEEN, "DELETE FROM listing WHERE addr > $1 AND addr <= $2") \
	S(EXIT_ADD, "INSERT INTO exit_of (addr, entry) VALUES ($1, $2) ON CONFLICT (addr, entry) DO NOTHING") \
	S(EXIT_DELETE_ENTRY, "DELETE FROM exit_of WHERE entry = $1") \
	S(EXIT_DELETE, "DELETE FROM exit_of WHERE addr = $1") \
	S(RUN_CANCEL_ALL, "UPDATE run SET state = 5, ended = $1 WHERE state IN (1, 2, 3)") \
	S(RUN_PUT_OFF, "UPDATE run SET next = $2 WHERE id = $1") \
	S(RUN_HURRY, "UPDATE run SET next = $3 WHERE state IN (1, 2, 3) AND state <> 2 AND addr >= $1 AND addr <= $2") \
	S(RUN_RESUME, "UPDATE run SET next = $1 WHERE state = 2") \
	S(RUN_REOPEN, "UPDATE run SET next = $2, state = 3 WHERE id = $1") \
	S(RUN_WAKE, "UPDATE run SET next = $2, state = CASE WHEN state = 4 THEN 3 ELSE state END WHERE id = $1 AND state <> 5") \
	S(SESSION_END_ALL, "UPDATE session SET ended = $1, boot = $2, up_ended = $3 WHERE ended = 0") \
	S(SESSION_FORGET, "DELETE FROM session WHERE started < $1") \
	S(TRANSCRIPT_DELETE_OLDEST, "DELETE FROM transcript WHERE run IN (SELECT run FROM transcript WHERE run IN (SELECT id FROM run WHERE state IN (4, 5)) GROUP BY run ORDER BY MIN(made) LIMIT $1)") \
	S(PASS_FORGET, "DELETE FROM pass WHERE id <= $1") \
	S(REQUEST_FORGET, "DELETE FROM request WHERE made < $1") \
	S(APIKEY_REVOKE, "UPDATE apikey SET revoked = $2, reason = $3 WHERE id = $1 AND revoked = 0") \
	S(CLAIM_FORGET, "DELETE FROM claim WHERE made < $1") \
	S(EVIDENCE_ERASE, "DELETE FROM evidence WHERE digest = $1") \
	S(EVIDENCE_ERASE_OLDEST, "DELETE FROM evidence WHERE digest IN (SELECT digest FROM evidence WHERE kind <> 3 AND NOT EXISTS (SELECT 1 FROM listing WHERE listing.evidence = evidence.digest) ORDER BY made, digest LIMIT $1)")

enum store_query {
#define STORE_Q(name, shape, sql) Q_##name,
	STORE_QUERIES(STORE_Q)
#undef STORE_Q
	Q_N
};

enum store_statement {
#define STORE_S(name, sql) S_##name,
	STORE_STATEMENTS(STORE_S)
#undef STORE_S
	S_N
};
