#pragma once
/* wire/mtaconf_body.h -- what the four readers of configurations share. */

#include "wire/mtaconf.h"

enum {
	MTACONF_DEPTH = 8,	/* a list in a file that names a file, a value in a value */
	MTACONF_OPENED = 500,
	MTACONF_HOST_BITS = 2,	/* of mtaconf_net: 172.19.0.0/12 */
};

/* Where facts go, and where the reader stands. */
struct mtaconf_out {
	mtaconf_fn			*fn;
	void				*ctx;
	const struct mtaconf_file	*file;
	uint32_t			 line;
	int				 err;	/* sticky */
	unsigned			 opened;	/* lists within lists so far */
};

/* May one list more be opened within another?  At most MTACONF_OPENED in all. */
bool mtaconf_open(struct mtaconf_out *o, unsigned depth);

void mtaconf_say(struct mtaconf_out *o, enum mtaconf_kind kind, struct str text);
void mtaconf_say_net(struct mtaconf_out *o, const struct net *n);	/* ANY for /0 */
void mtaconf_say_below(struct mtaconf_out *o, enum mtaconf_kind kind, struct str text);
void mtaconf_say_set(struct mtaconf_out *o, struct str name, struct str value);

/* The next line without its CR and LF.  Returns 0 at the end. */
int mtaconf_line(struct str *line, struct str *rest);

/* The next run of octets that are none of seps.  Returns 0 at the end. */
int mtaconf_word(struct str *word, struct str *rest, const char *seps);

/* The file of that path: the longest end of it that is a file's name.  A
 * copied directory has other paths before.  NULL: not among them. */
const struct mtaconf_file *mtaconf_find(const struct mtaconf_in *in, struct str path);

struct str mtaconf_base(struct str path);	/* after the last / */

/* A network as servers write it: an address with or without a length, v6 in
 * brackets or bare, Sendmail's "10.1" for 10.1.0.0/16.  Returns 0, SEK_EPARSE, or
 * MTACONF_HOST_BITS with them cleared. */
int mtaconf_net(struct net *out, struct str s);
