#pragma once
/* tests/unit/tool/doctor_world.h -- a machine, a DNS and a receiver on which
 * every check of the start-up checklist is ok, and ways to change that. */

#include "doctor_rig.h"

#include "base/rand.h"
#include "tool/doctor_gather.h"
#include "tool/doctor_judge.h"
#include "tool/json.h"

/* Here everything is right. */
static const char facts_text[] = "{\"conf\":\"00\",\"zone\":\"bl.example\",\"ns\":\"ns.bl.example\","
    "\"url\":\"https://www.example:8443/x\",\"helo\":\"relaytest.probe.example\",\"resolver\":\"192.0.2.53\","
    "\"operator\":\"The test\",\"contact\":\"me@contact.example\",\"state\":\"/var/lib/x\","
    "\"domain\":\"probe.example\",\"domain2\":\"probe2.example\",\"from\":\"192.0.2.1\","
    "\"from6\":\"2001:db8::1\",\"canary\":\"192.0.2.99\",\"dns\":[],\"smtp\":[\"192.0.2.25:25\"],\"web\":[\"192.0.2.80:80\"],"
    "\"lab\":[\"192.0.2.0/24\",\"2001:db8::/32\"],\"free\":9000000000,\"inodes\":100000,\"files\":1024,"
    "\"sessions\":200,\"budget\":1000000000,\"held\":0,\"serial\":7,\"now\":1795000000,"
    "\"last\":1794000000,\"control_wait_s\":300}";

static const char right[] =
    ". ns a.root.example\n"
    ". ad\n"
    "relaytest.probe.example a 192.0.2.1\n"
    "relaytest.probe.example aaaa 2001:db8::1\n"
    "192.0.2.1 ptr relaytest.probe.example\n"
    "2001:db8::1 ptr relaytest.probe.example\n"
    "probe.example mx 10 rx.probe.example\n"
    "*.probe.example mx 10 rx.probe.example\n"
    "probe2.example mx 10 rx.probe.example\n"
    "rx.probe.example a 192.0.2.25\n"
    "contact.example mx 10 mail.contact.example\n"
    "bl.example ns ns.bl.example\n"
    /* outside of the laboratory: nobody is asked, the tests say what was answered */
    "ns.bl.example a 198.51.100.2\n"
    "2.0.0.127.bl.example a 127.0.0.2\n"
    "2.0.0.127.in.bl.example a 127.0.0.2\n"
    "_status.bl.example txt alive expires=2026-11-28T00:00:00Z\n"
    "www.example a 192.0.2.80\n";

enum { TABLE = 4096 };

struct world {
	struct view	*view;
	json_t		*facts;
	char		 table[TABLE];
	struct judged	 judged[CHECK_N];
};

/* The table without the lines that begin so, and with others. */
static inline void
make_table(char out[TABLE], const char *without, const char *with)
{
	struct str rest = str_of(right);
	struct wbuf w = wbuf_of(out, TABLE - 1);

	while (rest.n > 0) {
		struct str line = str_cut(&rest, '\n'), gone = str_of(without);
		bool stays = true;

		while (gone.n > 0)
			stays = !str_istarts(line, str_cut(&gone, '|')) && stays;
		if (!stays)
			continue;
		wbuf_bytes(&w, line.p, line.n);
		wbuf_u8(&w, '\n');
	}
	wbuf_str(&w, with);
	assert_int_equal(w.err, 0);
	out[w.len] = '\0';
}

static inline void
world_open(struct world *w)
{
	static const char *const own[] = { "192.0.2.1", "2001:db8::1", "192.0.2.25" };

	*w = (struct world){ .view = calloc(1, sizeof(*w->view)),
	    .facts = tool_json_read(str_of(facts_text)) };
	assert_non_null(w->view);
	assert_int_equal(doctor_facts_read(&w->view->facts, w->facts), 0);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		assert_int_equal(addr_parse(&w->view->own[w->view->n_own++], str_of(own[i])), 0);
	w->view->control = (struct view_control){ .ok = true, .outside = true,
	    .canary = true, .dated = true, .took_ms = 900, .mx = "192.0.2.25" };
}

static inline void
world_close(struct world *w)
{
	json_decref(w->facts);
	free(w->view);
}

/* What a look would have found of the machine and of our name server. */
static inline void
not_looked_at(struct view *v)
{
	v->clock_kept = true;
	v->ns[0].outside[0] = false;
	v->ns[0].soa[0] = (struct reach_soa){ true, true, true, 7 };
	v->pages[0] = (struct reach_http){ true, true, 200 };
}

static inline void
look(struct world *w, const char *greeting, const struct reply *replies)
{
	struct clock_fake clock;
	struct rand rand;
	struct rig rig;
	struct gather g = { .view = w->view, .dialer = &rig.dialer, .rand = &rand };

	clock_fake_init(&clock, (struct wall){ 1795000000 });
	rand_seeded(&rand, 1);
	g.loop = loop_new_fake(&clock);
	rig_init(&rig, g.loop, greeting, replies);
	assert_int_equal(resolver_new_fake(&g.resolver, g.loop, w->table), 0);
	assert_int_equal(doctor_gather(&g), 0);
	g.resolver->free(g.resolver);
	rig_end(&rig);
	loop_free(g.loop);
	not_looked_at(w->view);
}
