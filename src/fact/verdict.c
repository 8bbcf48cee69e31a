#include "fact/verdict.h"

/* Rules (architecture 1.2):
 * 1. A returned recipient token is `open`, whatever else happened.
 * 2. No valid basis or no connection is `untested`; it says why.
 * 3. Without the positive control nothing but `open` can be said.
 * 4. A target that gave no SMTP reply, blocks us, or has a form deferred or
 *    cut is `inconclusive`.
 * 5. A form accepted and neither bounced nor returned is `accepts`:
 *    provisional until its deadline, and only after that it clears, and only
 *    when no form was left without an answer.
 * 6. Every form refused in the session or bounced is `closed`; but when each
 *    refusal came at MAIL, no recipient was ever put to the question: it bars
 *    us, which is `inconclusive`.
 * 7. No listing is cleared while a form that once worked, at the port where it
 *    worked, was not refused again (in.worked_unsettled). */

struct tally {
	unsigned	done, open, held, unsure, answered, barred;
	struct wall	due;	/* latest deadline of a held form */
};

/* A form is covered when it was answered with each of its names and ports, or
 * proved with one. */
struct coverage {
	unsigned	done, total;
	bool		any, unsure, proved;	/* of the form in hand */
};

static void
cover_form(struct coverage *c)
{
	c->total += c->any;
	c->done += c->any && (c->proved || !c->unsure);
	c->any = c->unsure = c->proved = false;
}

static void
cover(struct coverage *c, const struct verdict_form *f)
{
	if (!f->more)
		cover_form(c);
	c->any = c->any || f->finding != FIND_SKIPPED;
	c->proved = c->proved || f->finding == FIND_RETURNED;
	c->unsure = c->unsure || f->finding == FIND_NONE || f->finding == FIND_DEFERRED ||
	    f->finding == FIND_ODD || f->finding == FIND_CUT;
}

static void
tally_form(struct tally *t, const struct verdict_form *f)
{
	if (f->finding == FIND_SKIPPED)
		return;
	switch (f->finding) {
	case FIND_RETURNED:
		t->open++;
		t->done++;
		break;
	case FIND_ACCEPTED:
		t->held++;
		t->done++;
		if (f->accepted.s + VERDICT_DEADLINE_S > t->due.s)
			t->due.s = f->accepted.s + VERDICT_DEADLINE_S;
		break;
	case FIND_REFUSED:
	case FIND_BOUNCED:
		t->answered++;
		t->done++;
		break;
	case FIND_MX:	/* no refusal, and no relaying either */
		t->done++;
		break;
	case FIND_BARRED:
		t->barred++;
		t->done++;
		break;
	default:
		t->unsure++;
		break;
	}
}

static void
settle(struct verdict_out *out, enum verdict v, const char *why, bool provisional)
{
	out->verdict = v;
	out->why = why;
	out->provisional = provisional;
	out->clears = !provisional &&
	    (v == VERDICT_CLOSED || v == VERDICT_ACCEPTS);
}

static const char *
session_why(enum finding f)
{
	switch (f) {
	case FIND_NO_SMTP:
		return "no-smtp-reply";
	case FIND_BLOCKED:
		return "blocks-us";
	case FIND_BUSY:
		return "busy";
	case FIND_TARPIT:
		return "tarpit";
	case FIND_TLS:
		return "tls-failed";
	default:
		return NULL;
	}
}

static void
judge_unopened(struct verdict_out *out, const struct verdict_in *in,
    const struct tally *t)
{
	const char *why = session_why(in->session);

	if (!in->control)
		settle(out, VERDICT_INCONCLUSIVE, "no-control", !in->finished);
	else if (t->held > 0) {
		out->due = t->due;
		settle(out, VERDICT_ACCEPTS, "not-delivered",
		    !in->finished || in->now.s < t->due.s);
		out->clears = out->clears && t->unsure == 0;
	} else if (t->done == 0 && why != NULL)
		settle(out, VERDICT_INCONCLUSIVE, why, !in->finished);
	else if (t->unsure > 0 || !in->finished)
		settle(out, VERDICT_INCONCLUSIVE, "unfinished", !in->finished);
	else if (t->answered == 0)
		settle(out, VERDICT_INCONCLUSIVE, t->barred > 0 ? "blocks-us" :
		    "nothing-answered", false);
	else
		settle(out, VERDICT_CLOSED, "all-refused", false);
}

void
verdict_of(struct verdict_out *out, const struct verdict_in *in)
{
	struct tally t = { 0 };
	struct coverage c = { 0 };

	*out = (struct verdict_out){ 0 };
	for (size_t i = 0; i < in->n; i++) {
		tally_form(&t, &in->forms[i]);
		cover(&c, &in->forms[i]);
	}
	cover_form(&c);
	out->done = c.done;
	out->total = c.total;
	if (t.open > 0)
		settle(out, VERDICT_OPEN, "token-returned", false);
	else if (!in->permitted)
		settle(out, VERDICT_UNTESTED, "no-basis", false);
	else if (in->session == FIND_NO_CONNECT && t.done == 0)
		settle(out, VERDICT_UNTESTED, "no-connection", !in->finished);
	else
		judge_unopened(out, in, &t);
	if (in->worked_unsettled)
		out->clears = false;
}

static const char *const names[VERDICT_N] = {
	[VERDICT_NONE] = "none",
	[VERDICT_OPEN] = "open",
	[VERDICT_CLOSED] = "closed",
	[VERDICT_ACCEPTS] = "accepts",
	[VERDICT_INCONCLUSIVE] = "inconclusive",
	[VERDICT_UNTESTED] = "untested",
};

const char *
verdict_name(enum verdict v)
{
	return (unsigned)v < VERDICT_N ? names[v] : "unknown";
}

int
verdict_exit(enum verdict v)
{
	return v == VERDICT_OPEN ? 1 : v == VERDICT_CLOSED ? 0 : 2;
}
