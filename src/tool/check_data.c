/* tool/check_data.c -- tool/check_report.h for programs: JSON, a line for each
 * item, and CSV, a row for each address on each list. */

#include <stdlib.h>
#include <string.h>

#include "tool/check_report.h"
#include "tool/csv_field.h"
#include "tool/json.h"

enum { VERSION = 1 };	/* of the members: raised when one changes its meaning */

/* --- JSON --- */

static json_t *
faults_json(unsigned faults)
{
	json_t *o = json_array();

	for (unsigned i = 0; i < CHECK_FAULTS; i++)
		if (faults & 1u << i)
			json_array_append_new(o, json_string(check_fault_tag(i)));
	return o;
}

static json_t *
codes_json(const struct check_cell *c)
{
	char code[CHECK_CODE_TEXT];
	json_t *o = json_array();

	for (size_t i = 0; i < c->n_codes; i++) {
		check_code_text(code, c->codes[i]);
		json_array_append_new(o, json_string(code));
	}
	return o;
}

static void
put_time(json_t *o, const char *key, struct wall t)
{
	if (t.s != 0)
		json_object_set_new(o, key, json_integer(t.s));
}

static json_t *
cell_json(const struct check_list *l, const struct check_cell *c)
{
	json_t *o = json_pack("{ss ss}", "list", l->zone, "state", check_state_tag(c->state));

	if (c->why != CHECK_WHY_NONE)
		json_object_set_new(o, "why", json_string(check_why_tag(c->why)));
	if (c->n_codes > 0)
		json_object_set_new(o, "codes", codes_json(c));
	if (c->text != NULL)
		json_object_set_new(o, "text", json_string(c->text));
	put_time(o, "since", c->since);
	put_time(o, "until", c->until);
	put_time(o, "removed", c->gone);
	if (c->retracted)
		json_object_set_new(o, "retracted", json_true());
	return o;
}

static json_t *
addr_json(const struct check_report *r, const struct check_item *it, size_t addr)
{
	json_t *lists = json_array();
	char text[ADDR_TEXT];

	addr_text(text, &it->addrs[addr]);
	for (size_t i = 0; it->cells != NULL && i < r->lists->n; i++)
		json_array_append_new(lists, cell_json(&r->lists->at[i],
		    check_item_cell(it, addr, i)));
	return json_pack("{ss so so}", "addr", text, "lists", lists,
	    "faults", faults_json(it->addr_faults[addr]));
}

static json_t *
host_json(const struct check_item *it, const struct check_host *h)
{
	json_t *addrs = json_array();
	char text[ADDR_TEXT];

	for (size_t i = 0; i < h->n; i++) {
		addr_text(text, &it->addrs[h->addrs[i]]);
		json_array_append_new(addrs, json_string(text));
	}
	return json_pack("{ss so so}", "host", h->name, "addrs", addrs,
	    "faults", faults_json(h->faults));
}

static void
json_item(struct check_report *r, const struct check_item *it)
{
	json_t *hosts = json_array(), *addrs = json_array(), *o;

	for (size_t i = 0; i < it->n_hosts && it->name.kind != CHECK_ADDR; i++)
		json_array_append_new(hosts, host_json(it, &it->hosts[i]));
	for (size_t i = 0; i < it->n_addrs; i++)
		json_array_append_new(addrs, addr_json(r, it, i));
	o = json_pack("{si ss ss ss ss* ss so so so}", "v", VERSION, "event", "target",
	    "kind", check_kind_tag(it->name.kind), "name", it->name.name,
	    "unicode", it->name.shown[0] != '\0' ? it->name.shown : NULL,
	    "state", check_result_tag(it->result), "faults", faults_json(it->faults),
	    "hosts", hosts, "addrs", addrs);
	tool_json_line(r->out, o);
	json_decref(o);
}

static void
put_belief(json_t *o, const char *family, const struct check_belief *b)
{
	char code[CHECK_CODE_TEXT];
	json_t *f = json_pack("{ss}", "state", check_health_tag(b->health));

	if (b->why != CHECK_WHY_NONE)
		json_object_set_new(f, "why", json_string(check_why_tag(b->why)));
	check_code_text(code, b->code);
	if (b->code != 0)
		json_object_set_new(f, "code", json_string(code));
	json_object_set_new(o, family, f);
}

static json_t *
list_json(const struct check_list *l)
{
	json_t *o = json_pack("{ss sb}", "list", l->zone, "own", l->own);

	put_belief(o, "ipv4", &l->v4);
	put_belief(o, "ipv6", &l->v6);
	if (life_said(&l->life)) {
		json_object_set_new(o, "life", json_string(life_word(l->life.is)));
		json_object_set_new(o, "expires", json_integer((json_int_t)l->life.expires.s));
		if (l->life.empties.s > 0)
			json_object_set_new(o, "empties",
			    json_integer((json_int_t)l->life.empties.s));
	}
	return o;
}

static void
json_begin(struct check_report *r)
{
	for (size_t i = 0; i < r->lists->n && r->at.s == 0; i++) {
		json_t *o = json_pack("{si ss}", "v", VERSION, "event", "list"),
		    *l = list_json(&r->lists->at[i]);

		json_object_update(o, l);
		tool_json_line(r->out, o);
		json_decref(l);
		json_decref(o);
	}
}

static json_t *
kinds_json(const uint64_t n[CHECK_KINDS])
{
	json_t *o = json_object();

	for (enum check_kind k = 0; k < CHECK_KINDS; k++)
		json_object_set_new(o, check_kind_tag(k), json_integer((json_int_t)n[k]));
	return o;
}

static void
json_end(struct check_report *r)
{
	const struct check_totals *t = &r->totals;
	json_t *lists = json_array(), *o;

	for (size_t i = 0; i < r->lists->n && r->at.s == 0; i++)
		json_array_append_new(lists, list_json(&r->lists->at[i]));
	o = json_pack("{si ss si so so sI sI sI sI sb so sI}", "v", VERSION,
	    "event", "done", "exit", check_report_exit(r),
	    "checked", kinds_json(t->n), "listed", kinds_json(t->listed),
	    "undecided", (json_int_t)t->undecided, "no_such_name", (json_int_t)t->no_name,
	    "no_mail_server", (json_int_t)t->no_server,
	    "skipped_lines", (json_int_t)t->bad_lines, "stopped", t->stopped,
	    "lists", lists, "took_ms", (json_int_t)t->took_ms);
	tool_json_line(r->out, o);
	json_decref(o);
}

const struct check_format check_format_json = { json_begin, json_item, json_end };

/* --- CSV --- */

static void
csv_text(FILE *out, const char *s)
{
	csv_field_put(out, false, str_of(s));
}

static void
csv_time(FILE *out, struct wall t)
{
	char text[WALL_TEXT] = "";

	if (t.s != 0)
		wall_text(text, t);
	csv_text(out, text);
}

static void
csv_codes(FILE *out, const struct check_cell *c)
{
	char text[CHECK_CODES * CHECK_CODE_TEXT];
	size_t len = 0;

	for (size_t i = 0; i < c->n_codes; i++) {
		if (i > 0)
			text[len++] = ' ';
		check_code_text(text + len, c->codes[i]);
		len += strlen(text + len);
	}
	csv_field_put(out, false, (struct str){ text, len });
}

static void
csv_faults(FILE *out, unsigned faults)
{
	char text[CHECK_FAULTS * 16];
	struct wbuf w = wbuf_of(text, sizeof(text));

	for (unsigned i = 0; i < CHECK_FAULTS; i++)
		if (faults & 1u << i)
			wbuf_printf(&w, "%s%s", w.len > 0 ? " " : "", check_fault_tag(i));
	csv_field_put(out, false, (struct str){ text, w.len });
}

static void
csv_begin(struct check_report *r)
{
	if (r->bom)
		fputs("\xef\xbb\xbf", r->out);
	fputs("target,unicode,kind,result,host,address,list,state,codes,why,text,since,until,"
	    "removed,faults\r\n", r->out);
}

/* host, list and cell may be NULL: columns without a value are empty. */
static void
csv_row(const struct check_report *r, const struct check_item *it, const struct check_host *h,
    const char *addr, unsigned faults, const struct check_list *l, const struct check_cell *c)
{
	static const struct check_cell none = { 0 };
	FILE *out = r->out;

	if (c == NULL)
		c = &none;
	csv_field_put(out, true, str_of(it->name.name));
	csv_text(out, it->name.shown);
	csv_text(out, check_kind_tag(it->name.kind));
	csv_text(out, check_result_tag(it->result));
	csv_text(out, h != NULL ? h->name : "");
	csv_text(out, addr);
	csv_text(out, l != NULL ? l->zone : "");
	csv_text(out, l != NULL ? check_state_tag(c->state) : "");
	csv_codes(out, c);
	csv_text(out, check_why_tag(c->why));
	csv_text(out, c->text != NULL ? c->text : "");
	csv_time(out, c->since);
	csv_time(out, c->until);
	csv_time(out, c->gone);
	csv_faults(out, faults);
	fputs("\r\n", out);
}

static void
csv_host(const struct check_report *r, const struct check_item *it, const struct check_host *h)
{
	unsigned faults = it->faults | h->faults;
	char addr[ADDR_TEXT];

	if (h->n == 0)
		csv_row(r, it, h, "", faults, NULL, NULL);
	for (size_t k = 0; k < h->n; k++) {
		size_t a = h->addrs[k];
		unsigned all = faults | it->addr_faults[a];

		addr_text(addr, &it->addrs[a]);
		if (it->cells == NULL || r->lists->n == 0)
			csv_row(r, it, h, addr, all, NULL, NULL);
		for (size_t i = 0; it->cells != NULL && i < r->lists->n; i++)
			csv_row(r, it, h, addr, all, &r->lists->at[i],
			    check_item_cell(it, a, i));
	}
}

static void
csv_item(struct check_report *r, const struct check_item *it)
{
	if (it->n_hosts == 0)
		csv_row(r, it, NULL, "", it->faults, NULL, NULL);
	for (size_t i = 0; i < it->n_hosts; i++)
		csv_host(r, it, &it->hosts[i]);
}

static void
csv_end(struct check_report *r)
{
	(void)r;
}

const struct check_format check_format_csv = { csv_begin, csv_item, csv_end };
