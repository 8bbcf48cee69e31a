#pragma once
/* store/queries.h -- every question that is put to the database, by name.
 *
 * One row: name, shape of its rows (or NUMBER), SQL after the column list.
 * The SQL is common to SQLite and PostgreSQL; $1.. are the arguments. */

#define STORE_QUERIES(Q) \
	/* nominee */ \
	Q(NOMINEE_BY_ADDR, nominee_shape, "FROM nominee WHERE addr = $1 ORDER BY id DESC") \
	Q(NOMINEE_LIVE, nominee_shape, "FROM nominee WHERE addr = $1 AND (until = 0 OR until > $2) ORDER BY id DESC") \
	/* optout: every one; matched by prefix in memory */ \
	Q(OPTOUT_ALL, optout_shape, "FROM optout ORDER BY id") \
	/* run */ \
	Q(RUN_BY_ID, run_shape, "FROM run WHERE id = $1") \
	Q(RUN_LIVE_BY_ADDR, run_shape, "FROM run WHERE addr = $1 AND state IN (1, 2, 3) ORDER BY id DESC") \
	Q(RUN_DUE, run_shape, "FROM run WHERE state IN (1, 2, 3) AND next <= $1 ORDER BY next, id LIMIT $2") \
	Q(RUN_NEXT, NUMBER, "SELECT COALESCE(MIN(next), 0) FROM run WHERE state IN (1, 2, 3)") \
	Q(RUN_LAST_BY_ADDR, run_shape, "FROM run WHERE addr = $1 AND kind <> 4 ORDER BY id DESC LIMIT 1") \
	/* attempt */ \
	Q(ATTEMPT_BY_ID, attempt_shape, "FROM attempt WHERE id = $1") \
	Q(ATTEMPT_BY_RUN, attempt_shape, "FROM attempt WHERE run = $1 ORDER BY form") \
	/* session ledger: pace */ \
	Q(SESSION_COUNT, NUMBER, "SELECT COUNT(*) FROM session WHERE addr = $1 AND started > $2") \
	Q(SESSION_LAST_END, NUMBER, "SELECT COALESCE(MAX(CASE WHEN ended = 0 THEN started ELSE ended END), 0) FROM session WHERE addr = $1") \
	/* transcript */ \
	Q(TRANSCRIPT_BY_RUN, transcript_shape, "FROM transcript WHERE run = $1 ORDER BY session, part") \
	/* receipt */ \
	Q(RECEIPT_BY_ATTEMPT, receipt_shape, "FROM receipt WHERE attempt = $1 ORDER BY id") \
	/* verdict */ \
	Q(VERDICT_LAST_BY_RUN, verdict_shape, "FROM verdict WHERE run = $1 ORDER BY id DESC LIMIT 1") \
	Q(VERDICT_LAST_BY_ADDR, verdict_shape, "FROM verdict WHERE addr = $1 ORDER BY id DESC LIMIT 1") \
	/* listing */ \
	Q(LISTING_BY_ADDR, listing_shape, "FROM listing WHERE addr = $1 ORDER BY code") \
	Q(LISTING_ALL, listing_shape, "FROM listing ORDER BY addr, len, code") \
	Q(LISTING_EXPIRED, listing_shape, "FROM listing WHERE until <= $1 ORDER BY until LIMIT $2") \
	Q(LISTING_NEXT_EXPIRY, NUMBER, "SELECT COALESCE(MIN(until), 0) FROM listing") \
	/* journal */ \
	Q(JOURNAL_LAST, journal_shape, "FROM journal ORDER BY seq DESC LIMIT 1") \
	Q(JOURNAL_FROM, journal_shape, "FROM journal WHERE seq >= $1 ORDER BY seq") \
	Q(JOURNAL_AFTER_SERIAL, journal_shape, "FROM journal WHERE serial > $1 ORDER BY seq") \
	Q(JOURNAL_BY_ADDR, journal_shape, "FROM journal WHERE addr = $1 ORDER BY seq") \
	/* evidence */ \
	Q(EVIDENCE_BY_DIGEST, evidence_shape, "FROM evidence WHERE digest = $1") \
	Q(EVIDENCE_OCTETS, NUMBER, "SELECT COALESCE(SUM(LENGTH(octets)), 0) FROM evidence")

#define STORE_STATEMENTS(S) \
	S(NOMINEE_REVOKE, "UPDATE nominee SET until = $2 WHERE addr = $1 AND (until = 0 OR until > $2)") \
	S(OPTOUT_DELETE, "DELETE FROM optout WHERE id = $1") \
	S(LISTING_DELETE, "DELETE FROM listing WHERE addr = $1 AND len = $2 AND code = $3") \
	S(SESSION_START, "INSERT INTO session (run, addr, started, ended) VALUES ($1, $2, $3, 0)") \
	S(SESSION_END, "UPDATE session SET ended = $2 WHERE run = $1 AND ended = 0") \
	S(SESSION_FORGET, "DELETE FROM session WHERE started < $1") \
	S(TRANSCRIPT_DELETE_RUN, "DELETE FROM transcript WHERE run = $1") \
	S(EVIDENCE_ERASE, "DELETE FROM evidence WHERE digest = $1")

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
