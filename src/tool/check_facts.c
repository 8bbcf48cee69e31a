#include "tool/check_facts.h"

#include <stdlib.h>
#include <string.h>

#include "fact/returncode.h"
#include "tool/client.h"
#include "tool/json.h"
#include "tool/once.h"

enum {
	REMEMBERED = 4096,
	WAIT_MS = 10 * 1000,	/* a keeper that takes longer is not asked again */
};

struct fact {
	bool		  known;
	struct addr	  addr;
	struct check_cell cell;		/* without a text */
};

struct check_facts {
	struct client	*client;	/* NULL: lost */
	const char	*path;		/* borrowed; NULL: the usual place */
	bool		 given_up;
	uint64_t	 id;		/* of the last request */
	struct fact	 facts[REMEMBERED];
};

static int
facts_connect(struct check_facts *f)
{
	char path[CLIENT_PATH];
	int rc = client_path(path, f->path);

	return rc == 0 ? client_open(&f->client, path) : rc;
}

/* Waits for the end of a request.  Returns a new reference, or NULL with the
 * connection closed. */
static json_t *
facts_read(struct check_facts *f)
{
	struct str line = { 0 };
	uint64_t id;
	int rc;

	do	/* a signal is the loop's: it will hear of it */
		rc = client_read(f->client, &id, &line, WAIT_MS);
	while (rc == 0 || rc == CLIENT_STOP || (rc == CLIENT_DONE && id != f->id));
	if (rc == CLIENT_DONE)
		return tool_json_read(line);
	f->given_up = rc == CLIENT_TIME;
	client_close(f->client);
	f->client = NULL;
	return NULL;
}

/* request is one line of JSON.  A keeper that was started anew is asked again,
 * once.  Returns a new reference to a success, or NULL. */
static json_t *
facts_ask(struct check_facts *f, const char *request)
{
	json_t *o = NULL;

	for (int tries = 0; o == NULL && tries < 2 && !f->given_up; tries++) {
		if (f->client == NULL && facts_connect(f) != 0)
			return NULL;
		if (client_send(f->client, ++f->id, str_of(request), (struct str){ 0 }) < 0)
			return NULL;
		o = facts_read(f);
	}
	if (o != NULL && tool_json_int(o, "exit") == 0 && json_object_get(o, "exit") != NULL)
		return o;
	json_decref(o);
	return NULL;
}

static void
read_status(struct check_facts *f, struct check_daemon *is)
{
	json_t *o = facts_ask(f, "{\"verb\":\"status\"}");
	struct check_codes none;
	const char *why;

	if (o == NULL || check_codes_list(is->zone, &none,
	    str_of(tool_json_text(o, "zone")), &why) != 0)
		is->zone[0] = '\0';
	is->lab = tool_json_bool(o, "lab");
	json_decref(o);
}

int
check_facts_open(struct check_facts **out, struct check_daemon *is, const char *path,
    bool must, FILE *err)
{
	struct check_facts *f = calloc(1, sizeof(*f));
	int rc;

	*out = NULL;
	*is = (struct check_daemon){ 0 };
	if (f == NULL)
		return EXIT_OSERR;
	f->path = path;
	rc = must ? once_connect(&f->client, path, "check", err) : facts_connect(f);
	if (rc != 0) {
		free(f);
		return must ? rc : 0;
	}
	read_status(f, is);
	*out = f;
	return 0;
}

void
check_facts_close(struct check_facts *f)
{
	if (f == NULL)
		return;
	client_close(f->client);
	free(f);
}

/* --- facts --- */

/* The place where an address is remembered, if it is, or may be. */
static struct fact *
place_of(struct check_facts *f, const struct addr *a)
{
	uint32_t h = 0;

	for (size_t i = 0; i < sizeof(a->o); i++)
		h = (h ^ a->o[i]) * 0x01000193;
	return &f->facts[h % REMEMBERED];
}

static struct wall
wall_of(const json_t *o, const char *key)
{
	return (struct wall){ tool_json_int(o, key) };
}

static void
take_listing(struct check_cell *cell, const json_t *l)
{
	cell->since = wall_of(l, "since");
	cell->until = wall_of(l, "until");
	cell->gone = wall_of(l, "removed");
	cell->retracted = tool_json_bool(l, "retracted");
}

static void
learn_now(struct check_facts *f, const char *addr, struct check_cell *cell)
{
	char request[128];
	json_t *o, *l;
	size_t i;

	snprintf(request, sizeof(request), "{\"verb\":\"show\",\"target\":\"%s\"}", addr);
	o = facts_ask(f, request);
	json_array_foreach(json_object_get(o, "listings"), i, l)
		if ((CHECK_LOOPBACK | (uint32_t)tool_json_int(l, "code")) == cell->codes[0])
			take_listing(cell, l);
	json_decref(o);
}

/* Returns whether there was an answer.  Exits of multi-hop relays stand in
 * another zone than the one that is asked today. */
static bool
learn_at(struct check_facts *f, const char *addr, struct wall at, struct check_cell *cell)
{
	char request[160];
	json_t *o, *l;
	size_t i;

	snprintf(request, sizeof(request), "{\"verb\":\"at\",\"target\":\"%s\",\"at\":%lld}",
	    addr, (long long)at.s);
	o = facts_ask(f, request);
	*cell = (struct check_cell){ .state = CHECK_NO_ANSWER };
	if (o == NULL)
		return false;
	cell->state = CHECK_NOT_LISTED;
	if (tool_json_int(o, "begins") == 0 || tool_json_int(o, "begins") > at.s) {
		cell->state = CHECK_NO_ANSWER;
		cell->why = CHECK_WHY_BEFORE;
	}
	json_array_foreach(json_object_get(o, "listings"), i, l) {
		if (tool_json_int(l, "code") == RETURNCODE_EXIT || cell->n_codes == CHECK_CODES)
			continue;
		cell->state = CHECK_LISTED;
		cell->why = CHECK_WHY_NONE;
		cell->codes[cell->n_codes++] =
		    CHECK_LOOPBACK | ((uint32_t)tool_json_int(l, "code") & 0xff);
		take_listing(cell, l);
	}
	json_decref(o);
	return true;
}

void
check_facts_now(struct check_facts *f, const struct addr *a, struct check_cell *cell)
{
	struct fact *fact = place_of(f, a);
	char addr[ADDR_TEXT];

	if (!fact->known || !addr_eq(&fact->addr, a) ||
	    fact->cell.codes[0] != cell->codes[0]) {
		addr_text(addr, a);
		*fact = (struct fact){ .known = true, .addr = *a, .cell = *cell };
		fact->cell.text = NULL;
		learn_now(f, addr, &fact->cell);
	}
	cell->since = fact->cell.since;
	cell->until = fact->cell.until;
}

void
check_facts_at(struct check_facts *f, const struct addr *a, struct wall at,
    struct check_cell *cell)
{
	struct fact *fact = place_of(f, a);
	char addr[ADDR_TEXT];

	if (!fact->known || !addr_eq(&fact->addr, a)) {
		addr_text(addr, a);
		fact->addr = *a;
		fact->known = learn_at(f, addr, at, &fact->cell);
	}
	*cell = fact->cell;
}
