#pragma once
/* wire/mtaconf_exim_list.h -- Exim's lists of hosts and domains, as facts. */

#include "wire/mtaconf_body.h"

enum { MTACONF_EXIM_LISTS = 128 };

enum mtaconf_exim_what { MTACONF_EXIM_NETS, MTACONF_EXIM_DOMAINS, MTACONF_EXIM_RELAY_DOMAINS };

struct mtaconf_exim_named {
	struct str	name, text;
};

struct mtaconf_exim_list {
	const struct mtaconf_in		*in;
	struct mtaconf_out		*out;
	struct mtaconf_exim_named	 named[MTACONF_EXIM_LISTS];
	size_t				 n;
	bool				 full;		/* there were more */
	bool				 excepted;	/* items with a ! are told, not the others */
	bool				 answered;	/* Debian's answers say what its macros are */
	struct str			 self;		/* primary_hostname; "": not said */
};

/* name and text must stay. */
void mtaconf_exim_list_keep(struct mtaconf_exim_list *l, struct str name, struct str text);

/* Every item as a fact, or what decides instead. */
void mtaconf_exim_list_say(struct mtaconf_exim_list *l, enum mtaconf_exim_what what,
    struct str list);

/* The items that are excepted: "!+ours" of a refusal is what is let through. */
void mtaconf_exim_list_say_excepted(struct mtaconf_exim_list *l, enum mtaconf_exim_what what,
    struct str list);
