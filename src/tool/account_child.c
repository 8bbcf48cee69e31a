#include "tool/account_child.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "account/judge.h"
#include "account/read.h"
#include "base/i18n.h"
#include "sys/sandbox.h"
#include "tool/account_follow.h"
#include "tool/account_words.h"

enum { SHOWN = 400 };

/* A belt: several times what the bounds of the spans add up to.  A sanitizer
 * takes far more. */
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY RLIM_INFINITY
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY RLIM_INFINITY
#endif
#endif
#ifndef MEMORY
#define MEMORY ((rlim_t)4 << 30)
#endif

/* Returns 0 or SEK_ESYS. */
static int
enter(const struct account_child *c)
{
	const struct rlimit memory = { MEMORY, MEMORY };
	const struct sandbox box = { .role = "account", .user = "nobody",
	    .may = MAY_THREADS, .strict = c->strict };

	/* an arena a thread would look into /proc, and does when it shrinks; what
	 * is allocated while lines are read has a slab of its own */
	mallopt(M_ARENA_MAX, 1);
	/* the parent decides when to stop; without it nobody wants the answer */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* a file that may not grow is an error that is said */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
	    (memory.rlim_max != RLIM_INFINITY && setrlimit(RLIMIT_DATA, &memory) != 0))
		return SEK_ESYS;
	if (sandbox_enter(&box, NULL) != 0)
		return SEK_ESYS;
	if (getppid() != c->parent)	/* it died before we asked to be told */
		_exit(EXIT_SOFTWARE);
	return 0;
}

/* --- the answer --- */

static void
tell_files(const struct account_reading *r, FILE *err)
{
	char shown[SHOWN];

	for (size_t i = 0; i < r->n; i++) {
		str_clean(shown, sizeof(shown), r->file[i].name);
		fprintf(err, "sekimori account: %s: %s%s%s\n", shown, r->file[i].trouble != NULL ?
		    account_words_trouble(r->file[i].trouble) : _("not read"),
		    r->file[i].trouble_text[0] != '\0' ? ": " : "", r->file[i].trouble_text);
	}
	if (r->n == 0)
		fprintf(err, "sekimori account: %s\n",
		    _("no mail log was found there"));
}

/* Could anything be read at all? */
static bool
has_input(const struct account_reading *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->file[i].trouble == NULL || r->file[i].lines > 0 ||
		    strcmp(r->file[i].trouble, "empty") == 0)
			return true;
	return false;
}

static void
fill_gaps(struct account_result *r, const struct account_reading *in)
{
	if (in->troubled == 0)
		return;
	r->gap_n[ACCOUNT_GAP_FILE] = in->troubled;
	r->gap[ACCOUNT_GAP_FILE] = (struct account_when){ in->file[in->first_troubled].last_s,
	    { (uint32_t)in->first_troubled, in->file[in->first_troubled].lines } };
	r->at_least = true;
}

/* What is ours: given, read, learned. */
static int
fill_own(struct account_result *r, struct account_own *own, const struct account_span *span)
{
	int rc = account_own_join(own, account_span_learned(span));

	return rc == 0 || rc == SEK_ELIMIT ? account_own_show(own, r) : rc;
}

static int
answer(const struct account_child *c, struct account_reading *in, struct account_own *own,
    const char *config, FILE *err)
{
	struct account_result r = { .file = in->file, .n_files = in->n };
	int rc = account_span_end(in->span, &r);

	if (rc != 0)
		return rc;
	r.zone = str_of(c->args->zone.name);
	r.own_config = str_of(config);
	r.year_inferred = in->year_inferred;
	fill_gaps(&r, in);
	rc = fill_own(&r, own, in->span);
	if (rc != 0)
		return rc;
	account_judge(&r, own);
	rc = account_put_render(c->put, &r, err);
	return rc != 0 ? rc : account_words_exit(&r);
}

/* Adds what the configurations say to own.  text gets what they are. */
static int
read_configs(const struct account_child *c, struct account_own *own,
    char text[ACCOUNT_CONFIG_TEXT], FILE *err)
{
	for (size_t i = 0; i < c->n_configs; i++) {
		const char *dir = c->args->from_config.v[i];
		int rc = account_config_own(own, &c->config[i].in, str_of(dir), text);

		if (rc == MTACONF_NONE) {
			fprintf(err, "sekimori account: --from-config %s: %s\n", dir,
			    _("no configuration of a mail server that is known"));
			return EXIT_NOINPUT;
		}
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
read_files(const struct account_child *c, struct account_own *own, FILE *err)
{
	const struct account_limits limits = { .country = c->args->country,
	    .threads = c->args->jobs };
	const struct account_read_rules rules = { .own = own, .limits = &limits,
	    .zone = &c->args->zone, .now_s = c->now_s, .since_s = c->args->since_s,
	    .until_s = c->args->until_s, .year = (int32_t)c->args->year,
	    .jobs = c->args->jobs, .far = c->far, .no_pipes = c->args->follow };
	struct account_reading in;
	char config[ACCOUNT_CONFIG_TEXT] = "";
	int rc = read_configs(c, own, config, err);

	if (rc != 0)
		return rc;
	rc = account_read(&in, c->files->seen, c->files->n, &rules);

	if (rc == 0 && c->args->follow && !in.stopped)
		rc = account_follow(c, &in, own);
	if (rc == 0 && !has_input(&in)) {
		tell_files(&in, err);
		rc = EXIT_NOINPUT;
	} else if (rc == 0) {
		rc = answer(c, &in, own, config, err);
	}
	account_reading_free(&in);
	return rc;
}

static int
code_of(int rc, FILE *err)
{
	if (rc >= 0)
		return rc;
	fprintf(err, "sekimori account: %s\n", sek_strerror(rc));
	return rc == SEK_ENOMEM || rc == SEK_ESYS ? EXIT_OSERR : EXIT_SOFTWARE;
}

_Noreturn void
account_child(const struct account_child *c, FILE *err)
{
	int rc = enter(c);

	if (rc == 0)
		rc = read_files(c, c->args->own, err);
	rc = code_of(rc, err);
	fflush(err);
	_exit(rc);
}
