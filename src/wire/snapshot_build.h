#pragma once
/* wire/snapshot_build.h -- writes the files that wire/snapshot.h reads.
 *
 * Pure: the caller brings entries in order and takes octets at offsets, each
 * offset once, not in order.  A file that a writer did not finish with 0 must
 * be thrown away. */

#include "wire/snapshot.h"

/* Takes n octets for offset at.  An fd: pwrite until all is written.
 * Returns 0 or a negative sek_err, which ends the writer. */
struct snapshot_sink {
	int	(*put)(void *ctx, uint64_t at, const void *p, size_t n);
	void	*ctx;
};

/* Entries in rising order of snapshot_entry_cmp(), without doubles.  It is read
 * twice and must give the same both times: an SQL statement inside one read
 * transaction, an array.  127.0.0.1 and 127.0.0.2 are left out by the writer
 * (RFC 5782 5: they are not data), and ranges that snapshot_range_ok() refuses;
 * a code outside SNAPSHOT_CODE_MIN..MAX, a form that does not exist and a range
 * with host bits are errors. */
struct snapshot_source {
	int	(*rewind)(void *ctx);	/* 0 or a negative sek_err */
	int	(*next)(void *ctx, struct snapshot_entry *out);	/* 0, SNAPSHOT_END, or negative */
	void	*ctx;
};

/* Fills z from the configuration's words: zone "bl.example", ns names with
 * spaces between, hostmaster a mail address, url with or without the final
 * slash.  The TTLs and hosts are the caller's; SOA timers get ours.  url_room
 * is kept by the caller as long as z.  Returns 0 or SEK_EPARSE. */
int snapshot_zone_set(struct snapshot_zone *z, char url_room[SNAPSHOT_URL + 1],
    struct str zone, struct str ns, struct str hostmaster,
    struct str url) MUST_CHECK;

/* Gives the name server number ns (inside the zone) an address.  Returns 0,
 * SEK_ELIMIT when there is no room, or SEK_EPARSE: no such ns. */
int snapshot_zone_host(struct snapshot_zone *z, size_t ns,
    const struct addr *a) MUST_CHECK;

/* Room for a base's writing, about 280 KiB: allocate it, do not put it on the
 * stack.  Its contents need no care before or after. */
struct snapshot_builder;
size_t snapshot_builder_size(void);

/* Writes a base.  *octets: the file's length.
 * Returns 0; what sink or source refused; SEK_EPARSE: source out of order,
 * changed between its two readings, or a wrong code; SEK_ELIMIT: more than 8
 * codes, 2^32 - 1 entries in a list, or a zone that does not fit. */
int snapshot_write_base(const struct snapshot_sink *sink,
    const struct snapshot_head *head, const struct snapshot_zone *zone,
    const struct snapshot_source *source, struct snapshot_builder *room,
    uint64_t *octets) MUST_CHECK;

struct snapshot_change {	/* since the base */
	struct snapshot_entry	e;
	bool			present;	/* there now, or not any more */
};

/* Writes an overlay over base, whose serial goes in.  changes are in order as
 * a source's entries; those that change nothing (present in the base too, or
 * absent from it) are dropped here, so the caller may keep every key it ever
 * touched.  Returns as snapshot_write_base. */
int snapshot_write_overlay(const struct snapshot_sink *sink,
    const struct snapshot_head *head, const struct snapshot_view *base,
    const struct snapshot_change *changes, size_t n, uint64_t *octets) MUST_CHECK;

/* The same over the base of a serial, of changes that are all known to differ
 * from it: nothing is looked up, which is most of an overlay's cost. */
int snapshot_write_difference(const struct snapshot_sink *sink,
    const struct snapshot_head *head, uint32_t base_serial,
    const struct snapshot_change *changes, size_t n, uint64_t *octets) MUST_CHECK;

/* Writes a tail.  steps: serials rising or equal, all above
 * head->base_serial, the last one at most head->serial.  The first one may be
 * a status (SNAPSHOT_STEP_STATUS) of head->base_serial itself: what held there. */
int snapshot_write_tail(const struct snapshot_sink *sink,
    const struct snapshot_head *head, const struct snapshot_step *steps,
    size_t n, uint64_t *octets) MUST_CHECK;

/* The step that says s, of that serial. */
struct snapshot_step snapshot_status_step(uint32_t serial,
    const struct snapshot_status *s);

/* A sink into memory of the caller, for overlays and tails. */
struct snapshot_memory {
	uint8_t	*p;
	size_t	 cap, len;	/* len: one past the highest octet put */
};
int snapshot_memory_put(void *ctx, uint64_t at, const void *p, size_t n);

/* Octets that an overlay of n changes, or a tail of n steps, needs at most. */
size_t snapshot_overlay_max(size_t n);
size_t snapshot_tail_max(size_t n);
