#include "tool/judged.h"

#include <stdio.h>
#include <string.h>

/* --- what is said --- */

static bool
is_said(const struct judged *j, const struct trouble *t)
{
	for (size_t i = 0; i < j->n; i++) {
		const struct trouble *was = &j->troubles[i];

		if (was->is == t->is && strcmp(was->what[0], t->what[0]) == 0 &&
		    strcmp(was->what[1], t->what[1]) == 0)
			return true;
	}
	return false;
}

void
judged_say(struct judged *j, enum trouble_is is, const char *a, const char *b, const char *c)
{
	struct trouble t = { .is = is };
	const char *const args[TROUBLE_ARGS] = { a, b, c };
	enum check_state makes = doctor_troubles[is].makes;

	/* failed is graver than not shown, and that than skipped */
	if (j->state == CHECK_OK || makes < j->state)
		j->state = makes;
	for (size_t i = 0; i < TROUBLE_ARGS; i++)
		snprintf(t.what[i], TROUBLE_ARG, "%s", args[i] == NULL ? "" : args[i]);
	if (j->n < JUDGED_TROUBLES && !is_said(j, &t))
		j->troubles[j->n++] = t;
}

void
judged_number(struct judged *j, enum trouble_is is, const char *a, int64_t b, int64_t c)
{
	char tb[24], tc[24];

	snprintf(tb, sizeof(tb), "%lld", (long long)b);
	snprintf(tc, sizeof(tc), "%lld", (long long)c);
	judged_say(j, is, a, tb, tc);
}

/* False, and said: that check must be right first. */
bool
judged_after(struct judged *j, enum check first, bool right)
{
	if (!right)
		judged_say(j, TROUBLE_AFTER, checklist[first].tag, NULL, NULL);
	return right;
}

bool
judged_resolver(const struct view *v)
{
	return v->root.asked && v->root.err != RESOLVE_TEMPORARY;
}

/* False, and said: the resolver gave no answer. */
bool
judged_answered(struct judged *j, const struct seen *s)
{
	if (s->err == RESOLVE_TEMPORARY)
		judged_say(j, TROUBLE_NO_ANSWER, s->name, NULL, NULL);
	return s->err != RESOLVE_TEMPORARY;
}

/* --- looking into an answer --- */

bool
judged_has_name(const struct seen *s, struct str name)
{
	for (size_t i = 0; s->err == 0 && i < s->n_names; i++)
		if (str_ieq(str_of(s->names[i]), name))
			return true;
	return false;
}

bool
judged_has_addr(const struct seen *s, const struct addr *a)
{
	for (size_t i = 0; s->err == 0 && i < s->n_addrs; i++)
		if (addr_eq(&s->addrs[i], a))
			return true;
	return false;
}

/* Names, or addresses, or what there is instead. */
const char *
judged_text(char out[TROUBLE_ARG], const struct seen *s)
{
	struct wbuf w = wbuf_of(out, TROUBLE_ARG - 1);
	char text[ADDR_TEXT];

	for (size_t i = 0; i < s->n_names; i++)
		wbuf_printf(&w, "%s%s", i > 0 ? " " : "", s->names[i]);
	for (size_t i = 0; i < s->n_addrs; i++) {
		addr_text(text, &s->addrs[i]);
		wbuf_printf(&w, "%s%s", i > 0 ? " " : "", text);
	}
	if (w.len == 0)
		wbuf_str(&w, s->err == RESOLVE_NO_NAME ? "NXDOMAIN" : "NODATA");
	out[w.len] = '\0';
	return out;
}
