#include "keep/publish_resume.h"

#include <errno.h>

#include "base/log.h"
#include "keep/journal.h"
#include "keep/publish_out.h"
#include "keep/publish_zone.h"
#include "keep/status.h"
#include "sys/served.h"

/* Nothing before serial leads to it. */
static int
break_to(struct keep *k, uint32_t serial, const char *why)
{
	int err;

	journal_jump(k, serial);
	err = keep_precious(k, status_again, NULL);
	if (err == 0)
		log_event(LOG_LV_NOTICE, "serial-jump", LOG_Z("why", why),
		    LOG_N("serial", journal_serial(k)));
	return err;
}

/* When the state was alive last; now, where nothing says. */
static int
alive_last(int64_t *at_s, struct keep *k, const struct served *s, bool known)
{
	struct journal_row last;
	int err = known ? STORE_NONE : store_one(k->store, Q_JOURNAL_LAST, NO_ARGS, &last);

	*at_s = known ? s->at_s : err == 0 ? last.made.s : keep_now(k).s;
	return err == STORE_NONE ? 0 : err;
}

static uint32_t
jump_of(int64_t gone_s)
{
	int64_t most = gone_s < RESUME_JUMP_MAX / RESUME_PER_S ?
	    gone_s * RESUME_PER_S : RESUME_JUMP_MAX;

	return most < RESUME_JUMP ? RESUME_JUMP : (uint32_t)most;
}

/* Did more go out than the journal knows?  Sets *to then, else 0. */
static int
look_back(uint32_t *to, const char **why, struct keep *k, uint32_t file)
{
	uint32_t serial = journal_serial(k), out = file;
	struct served s = { 0 };
	bool known = served_read(&s, k->conf->state) == 0;
	int64_t at_s;
	int err = alive_last(&at_s, k, &s, known);

	*to = 0;
	if (known && s.serial > out)
		out = s.serial;
	if (out > serial) {
		*to = out + RESUME_JUMP;
		*why = "restored";
	} else if (err == 0 && serial != 0 && keep_now(k).s - at_s > RESUME_OLD_S) {
		*to = serial + jump_of(keep_now(k).s - at_s);
		*why = "old";
	}
	return err;
}

/* v: of the file, or NULL */
static int
compare(struct keep *k, const struct snapshot_view *v,
    const struct snapshot_zone *zone, uint32_t flags)
{
	const char *why = NULL;
	uint32_t to;
	int err = look_back(&to, &why, k, v == NULL ? 0 : v->head.serial);

	if (err == 0 && to == 0 && v == NULL && journal_serial(k) != 0)
		why = "no-file";
	else if (err == 0 && to == 0 && v != NULL &&
	    (v->head.flags != flags || !publish_zone_same(&v->zone, zone)))
		why = "settings";
	if (err != 0 || why == NULL)
		return err;
	return break_to(k, to != 0 ? to : journal_serial(k) + 2, why);
}

int
publish_resume(struct keep *k, const struct snapshot_zone *zone, uint32_t flags)
{
	struct publish_map map;
	int err;

	if (k->conf->state[0] == '\0')
		return 0;
	err = publish_file_read(&map, k->conf->state);
	if (err == 0) {
		err = compare(k, &map.view, zone, flags);
		publish_unmap(&map);
		return err;
	}
	if (err == SEK_ENOMEM || (err == SEK_ESYS && errno != ENOENT))
		log_event(LOG_LV_WARN, "base-unread", LOG_Z("why", sek_strerror(err)));
	if (err == SEK_EPARSE)
		log_event(LOG_LV_WARN, "base-unread", LOG_Z("why", "damaged"));
	return compare(k, NULL, zone, flags);
}
