#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../snapshot_make.h"
#include "sys/counters.h"
#include "web/metrics.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct http_stats busy = { .accepted = 9, .turned_away = 8, .pushed_out = 12,
	.requests = 7, .refused = 6, .late = 5, .answers = { 0, 1, 2, 3, 4, 50 },
	.open = 11, .streams = 10 };

static struct counters_slot dns[3];	/* two workers, xfer */
static const struct shared counters = { dns, sizeof(dns) };

static char *
text_of_metrics(const struct snapshot *s, const json_t *status)
{
	struct gbuf out = { .max = METRICS_OCTETS };

	assert_int_equal(metrics_write(&out, &(struct metrics_in){ .http = &busy,
	    .published = s, .status = status, .viewers = 500, .follows = 2,
	    .lab = true, .counters = &counters }), 0);
	assert_int_equal(gbuf_add(&out, "", 1), 0);
	return (char *)out.p;
}

static struct snapshot
snapshot_of(struct snapshot_view *base, uint8_t **octets)
{
	struct snapshot_entry entries[] = { { addr_v4(192, 0, 2, 25), 2, 0 },
	    { addr_v4(192, 0, 2, 26), 2, 0 } };
	int64_t n = make_base(octets, 42, 0, entries, N(entries));
	const char *part;

	assert_true(n > 0);
	assert_int_equal(snapshot_open(base, *octets, (size_t)n, &part), 0);
	return (struct snapshot){ .base = base };
}

static const char status_text[] = "{\"exit\":0,\"serial\":42,\"listings\":2,"
    "\"control\":true,\"lab\":true,\"public\":false,\"uptime_s\":77,"
    "\"roles\":{\"probe\":true,\"receive\":false},"
    "\"probers\":{\"processes\":2,\"sessions\":40,\"delay_ms\":3,\"delay_max_ms\":17},"
    "\"octets\":8192,"
    "\"queue\":{\"queued\":3,\"testing\":1,\"waiting\":0},"
    "\"nominees\":{\"owner\":1,\"evidence\":2,\"authority\":3,\"log\":4},"
    "\"zone\":\"evil\\\"} 1\\n# TYPE x counter\"}";

/* Everything is there, in the order in which it is written. */
static const char whole[] =
    "# HELP sekimori_role_up Is the role there (1) or not (0)?\n"
    "# TYPE sekimori_role_up gauge\n"
    "sekimori_role_up{role=\"keeper\"} 1\n"
    "sekimori_role_up{role=\"probe\"} 1\n"
    "sekimori_role_up{role=\"receive\"} 0\n"
    "# HELP sekimori_probers";

static void
all_is_written(void **state)
{
	static const char *const lines[] = {
		"\nsekimori_probers 2\n", "\nsekimori_probe_sessions 40\n",
		"\nsekimori_probe_delay_milliseconds 3\n",
		"\nsekimori_probe_delay_max_milliseconds 17\n",
		"\nsekimori_control_holds 1\n", "\nsekimori_public 0\n", "\nsekimori_lab 1\n",
		"\nsekimori_keeper_uptime_seconds 77\n", "\nsekimori_listings 2\n",
		"\nsekimori_database_bytes 8192\n", "\nsekimori_tests{state=\"queued\"} 3\n",
		"\nsekimori_bases{basis=\"log\"} 4\n", "\nsekimori_snapshot_serial 42\n",
		"\nsekimori_snapshot_entries 2\n",
		"\nsekimori_snapshot_made_timestamp_seconds 1700000000\n",
		"\nsekimori_snapshot_expiry_timestamp_seconds 1700086400\n",
		"\nsekimori_life{state=\"alive\"} 1\n", "\nsekimori_life{state=\"closing\"} 0\n",
		"\nsekimori_http_connections_total 9\n", "\nsekimori_http_connections 11\n",
		"\nsekimori_http_connections_turned_away_total 8\n",
		"\nsekimori_http_connections_pushed_out_total 12\n",
		"\nsekimori_http_requests_total 7\n", "\nsekimori_http_requests_refused_total 6\n",
		"\nsekimori_http_requests_late_total 5\n",
		"\nsekimori_http_answers_total{class=\"1xx\"} 1\n",
		"\nsekimori_http_answers_total{class=\"5xx\"} 50\n",
		"\nsekimori_http_streams 10\n", "\nsekimori_test_viewers 500\n",
		"\nsekimori_test_follows 2\n",
	};
	json_t *status = json_loads(status_text, 0, NULL);
	struct snapshot_view base;
	uint8_t *octets;
	struct snapshot s = snapshot_of(&base, &octets);
	char *text = text_of_metrics(&s, status);

	(void)state;
	if (strncmp(text, whole, sizeof(whole) - 1) != 0)
		fail_msg("want %s\ngot  %s", whole, text);
	for (size_t i = 0; i < N(lines); i++)
		if (strstr(text, lines[i]) == NULL)
			fail_msg("no %s in %s", lines[i], text);
	assert_null(strstr(text, "evil"));
	free(text);
	free(octets);
	json_decref(status);
}

/* Without the keeper, and before anything is published, what is not known is
 * not said; a help line without its value would be as wrong. */
static void
what_is_not_known_is_left_out(void **state)
{
	const struct snapshot nothing = { 0 };
	char *text = text_of_metrics(&nothing, NULL);

	(void)state;
	assert_non_null(strstr(text, "\nsekimori_role_up{role=\"keeper\"} 0\n"));
	assert_null(strstr(text, "role=\"probe\""));
	assert_null(strstr(text, "sekimori_listings"));
	assert_null(strstr(text, "sekimori_snapshot"));
	assert_null(strstr(text, "sekimori_bases"));
	assert_non_null(strstr(text, "\nsekimori_http_requests_total 7\n"));
	free(text);
}

static void
a_status_of_other_types_is_not_believed(void **state)
{
	json_t *status = json_loads("{\"exit\":0,\"listings\":\"2\",\"queue\":[1],"
	    "\"roles\":null,\"control\":1.5}", 0, NULL);
	const struct snapshot nothing = { 0 };
	char *text = text_of_metrics(&nothing, status);

	(void)state;
	assert_null(strstr(text, "sekimori_listings"));
	assert_null(strstr(text, "sekimori_tests"));
	assert_null(strstr(text, "sekimori_control_holds"));
	free(text);
	json_decref(status);
}

/* Each line: a comment, or name{label} value; TYPE once a name, before it; no
 * series twice. */
static void
the_format_holds(void **state)
{
	json_t *status = json_loads(status_text, 0, NULL);
	struct snapshot_view base;
	uint8_t *octets;
	struct snapshot s = snapshot_of(&base, &octets);
	char *text = text_of_metrics(&s, status), *seen[256];
	size_t n = 0;

	(void)state;
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char name[128], type[64], *space = strrchr(line, ' ');

		assert_true(n < N(seen) && strlen(line) < sizeof(name));
		if (strncmp(line, "# HELP ", 7) == 0)
			continue;
		if (strncmp(line, "# TYPE ", 7) == 0) {
			assert_int_equal(sscanf(line, "# TYPE %127s %63s", name, type), 2);
			assert_true(strcmp(type, "gauge") == 0 || strcmp(type, "counter") == 0);
			assert_int_equal(strcmp(type, "counter") == 0,
			    strlen(name) > 6 && strcmp(name + strlen(name) - 6, "_total") == 0);
		} else {
			assert_non_null(space);
			assert_int_equal(strspn(space + 1, "-0123456789"), strlen(space + 1));
			*space = '\0';
			snprintf(name, sizeof(name), "%s", line);
			assert_int_equal(strncmp(name, "sekimori_", 9), 0);
		}
		for (size_t i = 0; i < n; i++)
			if (strcmp(seen[i], line) == 0)
				fail_msg("twice: %s", line);
		seen[n++] = line;
	}
	assert_true(n > 50);
	free(text);
	free(octets);
	json_decref(status);
}

static void
a_bound_is_kept(void **state)
{
	const struct snapshot nothing = { 0 };
	struct gbuf out = { .max = 1000 };

	(void)state;
	assert_int_equal(metrics_write(&out, &(struct metrics_in){ .http = &busy,
	    .published = &nothing }), SEK_ELIMIT);
	gbuf_free(&out);
}

/* The workers' counts are one number; TCP stands apart, but for what is of both. */
static void
dns_is_summed_up_by_transport(void **state)
{
	static const char *const lines[] = {
		"# HELP sekimori_dns_queries_total DNS messages read.\n"
		"# TYPE sekimori_dns_queries_total counter\n"
		"sekimori_dns_queries_total{transport=\"udp\"} 7\n"
		"sekimori_dns_queries_total{transport=\"tcp\"} 5\n",
		"\nsekimori_dns_answers_total{transport=\"udp\",rcode=\"badcookie\"} 1\n",
		"\nsekimori_dns_cookies_total{transport=\"udp\",is=\"valid\"} 0\n",
		"\nsekimori_dns_dnstap_total{is=\"written\"} 6\n",
		"\nsekimori_dns_dnstap_total{is=\"dropped\"} 3\n",
	};
	struct gbuf none = { .max = METRICS_OCTETS };
	char *text;

	(void)state;
	counters_add(&dns[0], COUNTER_QUERIES, 3);
	counters_add(&dns[1], COUNTER_QUERIES, 4);
	counters_add(&dns[2], COUNTER_QUERIES, 5);
	counters_add(&dns[1], COUNTER_BADCOOKIE, 1);
	counters_add(&dns[2], COUNTER_TAP_WRITTEN, 6);
	counters_add(&dns[0], COUNTER_TAP_DROPPED, 2);
	counters_add(&dns[2], COUNTER_TAP_DROPPED, 1);
	text = text_of_metrics(&(struct snapshot){ .base = NULL }, NULL);
	for (size_t i = 0; i < N(lines); i++)
		if (strstr(text, lines[i]) == NULL)
			fail_msg("no \"%s\" in:\n%s", lines[i], text);
	free(text);
	assert_int_equal(metrics_write(&none, &(struct metrics_in){ .http = &busy,
	    .published = &(struct snapshot){ .base = NULL },
	    .counters = &(struct shared){ NULL, 0 } }), 0);
	assert_null(memmem(none.p, none.len, "_dns_", 5));
	gbuf_free(&none);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dns_is_summed_up_by_transport),
		cmocka_unit_test(all_is_written),
		cmocka_unit_test(what_is_not_known_is_left_out),
		cmocka_unit_test(a_status_of_other_types_is_not_believed),
		cmocka_unit_test(the_format_holds),
		cmocka_unit_test(a_bound_is_kept),
	};

	return cmocka_run_group_tests_name("web/metrics", tests, NULL, NULL);
}
