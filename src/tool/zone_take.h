#pragma once
/* tool/zone_take.h -- readers of an import: lines in, entries into a pile.
 *
 * A reader is a row: its grammar is a pure parser of src/wire, its state is
 * its own.  What a line says of the zone goes into the meta. */

#include "tool/zone_codes.h"
#include "tool/zone_meta.h"
#include "tool/zone_pile.h"
#include "wire/master_line.h"

enum { ZONE_TAKE_MORE = MASTER_MORE };	/* the record goes on in the next line */

struct zone_take {		/* what all readers share */
	struct zone_pile	*pile;
	struct zone_meta	*meta;
	const struct zone_codes	*codes;
	uint64_t		 entries;	/* taken, exceptions too */
	uint64_t		 left_out;	/* by a rule of codes */
	uint64_t		 others;	/* lines or records that are no entries and no zone's */
	uint64_t		 texts;	/* entries with a text of their own, which is not kept */
	uint64_t		 by_code[SNAPSHOT_CODE_MAX + 1];
	const char		*why;	/* of a bad line: translated */
	char			 room[200];	/* why may be in here */
};

struct zone_reader {
	const char	*name;		/* of --from */
	size_t		 size;		/* of its state, zeroed before the first file */
	void		(*begin)(void *state, const struct zone_reader *r);	/* before each file; may be NULL */
	/* One line, or what was joined after ZONE_TAKE_MORE (line feeds inside).
	 * Returns 0; ZONE_TAKE_MORE; SEK_EPARSE with t->why; SEK_ENOMEM. */
	int		(*line)(void *state, struct zone_take *t, struct str line);
	int		(*end)(void *state, struct zone_take *t);	/* after each file, as line; may be NULL */
	int		 variant;	/* the reader's own */
};

/* The reader of that name, or NULL. */
const struct zone_reader *zone_reader_of(const char *name);

enum { ZONE_READERS_RBLDNSD = 6, ZONE_READERS_ROWS = 2 };
extern const struct zone_reader zone_readers_rbldnsd[ZONE_READERS_RBLDNSD],
    zone_readers_rows[ZONE_READERS_ROWS], zone_reader_master, zone_reader_rpz;

/* Adds a prefix, or the range first..last of IPv4, with an A value (NULL: an
 * exception) to a set.
 * Returns 0; SEK_EPARSE with t->why: no code for it, or too large; SEK_ENOMEM. */
int zone_take_net(struct zone_take *t, unsigned set, const uint8_t *a,
    const struct net *net) MUST_CHECK;
int zone_take_range(struct zone_take *t, unsigned set, const uint8_t *a,
    uint32_t first, uint32_t last, unsigned len) MUST_CHECK;

/* The text of an entry: looks what it says of the zone, and counts it when it
 * is none that we would write.  Hostile. */
void zone_take_text(struct zone_take *t, unsigned code, const struct net *net,
    struct str text);

/* Reads a line of a master file.  Returns as master_line_read() does, but
 * ZONE_TAKE_MORE and with t->why translated. */
int zone_take_entry(struct master_line *out, struct master_state *file,
    struct zone_take *t, struct str line) MUST_CHECK;

struct zone_soa {		/* of all files; zeroed before */
	struct dns_name	primary;	/* MNAME; len 0: no SOA yet */
	uint32_t	serial;
};

/* An SOA.  main: of the zone of entries, whose MNAME goes before others.
 * Returns 0 or SEK_EPARSE with t->why: of another moment than one before. */
int zone_take_soa(struct zone_soa *s, struct zone_take *t,
    const struct dns_record *r, bool main) MUST_CHECK;

/* The files are read: which name server is the primary. */
void zone_take_primary(const struct zone_soa *s, struct zone_take *t);
