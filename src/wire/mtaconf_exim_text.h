#pragma once
/* wire/mtaconf_exim_text.h -- lines of Exim's configuration, with macros put
 * in, conditions and inclusions followed.
 *
 * Source: Exim's specification, 6.1 to 6.11. */

#include "wire/mtaconf_body.h"

enum { MTACONF_EXIM_MACROS = 512 };

struct mtaconf_exim_macro {
	struct str	name, value;	/* value as it is written */
};

struct mtaconf_exim_text {
	const struct mtaconf_in		*in;
	char				*room;		/* MTACONF_ROOM octets, of the caller */
	size_t				 len;		/* octets of room that are in use */
	struct mtaconf_exim_macro	 macro[MTACONF_EXIM_MACROS];
	size_t				 n_macros;
	bool				 full;		/* the room or the table was */
	struct mtaconf_out		*out;		/* stands at the line that is told */
	/* Tells one logical line that is no macro and no directive.  It lies in
	 * room from its begin to len; who raises nothing gives it back. */
	void				(*line)(void *ctx, struct str line);
	void				*ctx;
};

/* Tells all lines of file, and of those that it includes. */
void mtaconf_exim_text_read(struct mtaconf_exim_text *t, const struct mtaconf_file *file);
