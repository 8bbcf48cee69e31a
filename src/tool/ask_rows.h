#pragma once
/* tool/ask_rows.h -- tables of the commands that ask the keeper. */

#include "tool/option.h"

struct ask_values {
	/* of every command */
	bool		 json;
	const char	*lang, *socket, *color, *progress;
	/* of some */
	const char	*basis, *depth, *reason, *who, *proof, *evidence;
	uint32_t	 port, wait_s, for_s;
	const char	*on;
	bool		 follow, end, dry_run, every;
	struct option_list domain, also;
	const char	*operator;
	/* the operand, checked and in canonical text; "" none */
	char		 target[256];
};

enum ask_operand { ASK_NONE, ASK_HOST, ASK_ADDR, ASK_NET, ASK_OPTOUT, ASK_VERIFY, ASK_KEY, ASK_SUNSET };

struct ask_row {
	const char		*verb;		/* as sent; of ASK_KEY: its begin */
	enum ask_operand	 operand;
	bool			 follows;	/* always, without --follow */
	struct option_usage	 usage;
};

/* The row of a command, or NULL. */
const struct ask_row *ask_row_find(const char *command);
