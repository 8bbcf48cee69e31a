#include "tool/zone_journal.h"

#include <string.h>

#include "base/i18n.h"
#include "tool/json.h"
#include "tool/once.h"
#include "tool/zone.h"

enum { WAIT_MS = 120 * 1000 };

/* The journal goes by address; a snapshot has IPv4 first, which there lies
 * between two parts of IPv6. */
#define BELOW_V4 { { [10] = 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff } }
#define LAST_V4 { { [10] = 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } }
#define LAST_V6 { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, \
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } }
static const struct { struct addr after, last; } parts[] = {
	{ BELOW_V4, LAST_V4 }, { { { 0 } }, BELOW_V4 }, { LAST_V4, LAST_V6 },
};
enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

static int
odd_answer(FILE *err)
{
	return zone_refuse(err, EXIT_UNAVAILABLE, "replay", _("the daemon's answer cannot "
	    "be read; are both of the same version?"));
}

static int
ask(json_t **page, const struct zone_journal *j)
{
	char text[ADDR_TEXT];
	json_t *request;
	int rc;

	addr_text(text, &j->after);
	request = json_pack("{ss ss sI}", "verb", "replay", "after", text, "serial",
	    (json_int_t)j->serial);
	rc = once_request(page, j->socket, request, WAIT_MS, "zone", j->err);
	json_decref(request);
	return rc;
}

/* "+192.0.2.25=2".  False: it is none. */
static bool
read_word(struct snapshot_entry *out, struct str w)
{
	static const char forms[] = "+*-";
	const char *form = w.n == 0 ? NULL : memchr(forms, w.p[0], SNAPSHOT_FORMS);
	struct str net_word;
	struct net net;
	uint64_t code;

	if (form == NULL)
		return false;
	w = (struct str){ w.p + 1, w.n - 1 };
	net_word = str_cut(&w, '=');
	if (net_parse(&net, net_word) != 0 || str_u64(&code, w, SNAPSHOT_CODE_MAX) != 0)
		return false;
	*out = (struct snapshot_entry){ net.addr, (uint8_t)code, (uint8_t)(form - forms) };
	return true;
}

void
zone_journal_start(struct zone_journal *j, const char *socket, uint32_t serial,
    FILE *err)
{
	*j = (struct zone_journal){ .socket = socket, .serial = serial, .err = err };
	j->after = parts[0].after;
}

void
zone_journal_free(struct zone_journal *j)
{
	json_decref(j->page);
	j->page = NULL;
}

static int
next_page(struct zone_journal *j)
{
	struct addr after;
	int rc;

	json_decref(j->page);
	j->page = NULL;
	rc = ask(&j->page, j);
	if (rc != 0)
		return rc;
	j->words = str_of(tool_json_text(j->page, "entries"));
	j->end = tool_json_bool(j->page, "end");
	j->life = (uint8_t)tool_json_int(j->page, "life");
	j->expiry_s = tool_json_int(j->page, "expires");
	j->empties_s = tool_json_int(j->page, "empties");
	if (addr_parse(&after, str_of(tool_json_text(j->page, "after"))) != 0 ||
	    (!j->end && addr_cmp(&after, &j->after) <= 0))
		return odd_answer(j->err);
	j->after = after;
	return 0;
}

static void
next_part(struct zone_journal *j)
{
	j->words.n = 0;
	j->end = false;
	if (++j->part < PARTS)
		j->after = parts[j->part].after;
}

/* What stands in a file of a snapshot, too: its writer leaves the test entries
 * and what can be no range out. */
static bool
is_held(const struct snapshot_entry *e)
{
	const struct addr none = addr_v4(127, 0, 0, 1), test = addr_v4(127, 0, 0, 2);
	struct net net = snapshot_entry_net(e);

	return e->form == SNAPSHOT_RANGE ? snapshot_range_ok(&net) :
	    !addr_eq(&e->addr, &none) && !addr_eq(&e->addr, &test);
}

int
zone_journal_next(struct zone_journal *j, struct snapshot_entry *out)
{
	int rc;

	while (j->part < PARTS) {
		if (j->words.n > 0) {
			if (!read_word(out, str_cut(&j->words, ' ')))
				return odd_answer(j->err);
			if (addr_cmp(&out->addr, &parts[j->part].last) > 0)
				next_part(j);
			else if (is_held(out))
				return 0;
		} else if (j->end || addr_cmp(&j->after, &parts[j->part].last) >= 0) {
			next_part(j);
		} else if ((rc = next_page(j)) != 0) {
			return rc;
		}
	}
	return ZONE_JOURNAL_END;
}

int
zone_journal_changed(const struct zone_journal *j, const struct addr *a,
    bool *changed)
{
	char text[ADDR_TEXT];
	json_t *request, *done = NULL;
	uint32_t last;
	int rc;

	addr_text(text, a);
	request = json_pack("{ss ss}", "verb", "replay", "target", text);
	rc = once_request(&done, j->socket, request, WAIT_MS, "zone", j->err);
	json_decref(request);
	if (rc != 0)
		return rc;
	last = (uint32_t)tool_json_int(done, addr_is_none(a) ? "status" : "last");
	*changed = (int32_t)(last - j->serial) > 0;
	json_decref(done);
	return 0;
}
