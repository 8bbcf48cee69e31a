#include "keep/publish_resume.h"

#include <errno.h>

#include "base/log.h"
#include "keep/journal.h"
#include "keep/publish_out.h"
#include "keep/publish_zone.h"
#include "keep/status.h"

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

static int
compare(struct keep *k, const struct snapshot_view *v,
    const struct snapshot_zone *zone, uint32_t flags)
{
	uint32_t serial = journal_serial(k);

	if (v->head.serial > serial)
		return break_to(k, v->head.serial + RESUME_JUMP, "restored");
	if (v->head.flags != flags || !publish_zone_same(&v->zone, zone))
		return break_to(k, serial + 2, "settings");
	return 0;
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
	return journal_serial(k) == 0 ? 0 : break_to(k, journal_serial(k) + 2, "no-file");
}
