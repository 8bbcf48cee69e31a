/* script.js -- keeps the page of a test up to date.
 *
 * Everything works without it (the page then asks anew by itself). It makes the same sentences out of the same
 * snapshot as web/test_view.c does, by the same rule; the texts come with the page. What a stranger's server said
 * is only ever set as text, never as markup. */
"use strict";

(() => {
	const page = document.getElementById("test");
	if (!page || page.dataset.live !== "1" || !window.EventSource)
		return;

	const texts = JSON.parse(page.dataset.texts);
	const lang = page.dataset.lang;
	const at = (id) => document.getElementById(id);
	const stages = ["queued", "connecting", "testing", "waiting", "done"];
	const tones = { open: "listed", closed: "clear" };
	const zone = lang === "ja" ? 9 * 3600 : 0;
	const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September",
		"October", "November", "December"];

	/* --- values, as web/template_render.c writes them --- */

	const two = (n) => String(n).padStart(2, "0");

	function time(s) {
		const d = new Date((s + zone) * 1000);
		const clock = two(d.getUTCHours()) + ":" + two(d.getUTCMinutes());
		return lang === "ja" ?
			`${d.getUTCFullYear()}年${d.getUTCMonth() + 1}月${d.getUTCDate()}日 ${clock} JST` :
			`${d.getUTCDate()} ${months[d.getUTCMonth()]} ${d.getUTCFullYear()}, ${clock} UTC`;
	}

	function duration(s) {
		const units = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
		const unit = (n, name) => n + " " + texts["unit." + name + (n === 1 ? "" : "s")];
		let left = Math.max(0, Math.round(s));
		let i = units.findIndex(([size]) => left >= size);
		if (i < 0)
			i = 3;
		const first = Math.floor(left / units[i][0]);
		left -= first * units[i][0];
		const second = i < 3 ? Math.floor(left / units[i + 1][0]) : 0;
		return unit(first, units[i][1]) + (second > 0 ? " " + unit(second, units[i + 1][1]) : "");
	}

	/* A stranger's text without what could hide or turn its line around: U+FFFD for each, as the server does. */
	const clean = (text) => String(text).replace(
		/[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, "\ufffd");

	const as = { "t:": time, "d:": duration, "": clean };

	/* --- saying --- */

	/* The text of a tag into an element; its values as <bdi> and <time>, as the server does. */
	function say(id, tag, values) {
		const element = at(id);
		const text = texts[tag];
		if (!element || text === undefined)
			return;
		const key = tag + " " + JSON.stringify(values || {});
		if (element.dataset.said === key)
			return;		/* what is not new is not read out again */
		element.dataset.said = key;
		element.dataset.t = tag;
		element.replaceChildren(...text.split(/(\{\{[^}]*\}\})/).map((part) => {
			const name = part.match(/^\{\{([td]:)?(.*)\}\}$/);
			if (!name)
				return document.createTextNode(part);
			const value = values ? values[name[2]] : undefined;
			const inner = document.createElement(name[1] === "t:" ? "time" : "bdi");
			if (value !== undefined && value !== null) {
				inner.textContent = as[name[1] || ""](value);
				if (name[1] === "t:")
					inner.dateTime = new Date(value * 1000).toISOString().replace(".000", "");
			}
			return name[1] === "d:" ? document.createTextNode(inner.textContent) : inner;
		}));
	}

	const show = (id, is) => at(id) && at(id).toggleAttribute("hidden", !is);

	/* prefix-NAME-MORE, else prefix-NAME, else otherwise: the rule of web/test_view.h. */
	function pick(prefix, name, more, otherwise) {
		const both = prefix + name + "-" + more;
		if (more && texts[both] !== undefined)
			return both;
		return texts[prefix + name] !== undefined ? prefix + name : otherwise;
	}

	/* --- a snapshot --- */

	/* What is not public is shown to these alone, whatever a snapshot holds. */
	const inside = (s) => ["owner", "csirt", "operator"].includes(s.role);

	const skew = page.dataset.now - Date.now() / 1000;	/* a visitor's clock may be wrong */
	const now = () => Date.now() / 1000 + skew;
	let last = null;

	function steps(state) {
		const here = stages.indexOf(state);
		for (const li of at("steps").children) {
			const i = stages.indexOf(li.dataset.step);
			const is = here < 0 ? "todo" : i < here || state === "done" ? "done" : i === here ? "current" : "todo";
			li.className = "step step-" + is;
			li.toggleAttribute("aria-current", false);
			if (is === "current")
				li.setAttribute("aria-current", "step");
			const word = li.querySelector(".step-word");
			word.dataset.t = "test.step-is-" + is;
			word.textContent = texts["test.step-is-" + is];
		}
	}

	function countdown() {
		const until = last && last.state !== "done" && last.state !== "cancelled" ? last.until : null;
		show("next", until && until > now());
		if (until && until > now()) {
			say("next-at", "test.next", { until });
			say("next-left", "test.next-left", { left: until - now() });
		}
	}

	function rows(list) {
		const cell = (name, text) => Object.assign(document.createElement(name), { textContent: clean(text) });
		if (!at("rows") || !Array.isArray(list))
			return;
		at("rows").replaceChildren(...list.map((s) => {
			const tr = document.createElement("tr");
			const head = cell("th", s.form);
			const said = cell("td", s.said);
			head.scope = "row";
			said.className = "said";
			const sent = cell("td", [s.port, s.host, s.dom, s.mechanism].filter((v) => v).join(" "));
			sent.className = "said";
			tr.append(head, cell("td", texts[pick("class.", s.class, "", "class.none")]), sent,
				cell("td", texts[pick("finding.", s.finding, "", "finding.none")]), said);
			return tr;
		}));
		show("forms-all", list.length > 0);
	}

	function forms(s) {
		const is = inside(s) && s.state === "testing" && s.forms_total > 0;
		const kind = texts[pick("class.", s.class, "", "")];
		show("forms", is);
		if (is)
			say("forms", kind ? "test.forms-class" : "test.forms",
				{ n: Math.min(s.forms_done + 1, s.forms_total), forms_total: s.forms_total, class: kind });
	}

	/* As web/coverage_view.c. */
	function coverage(v) {
		const depth = texts["depth." + v.depth];
		say("coverage", "verdict.coverage", { answered: v.done, catalogue: v.catalogue });
		say("planned", depth ? "verdict.planned" : "verdict.planned-again", { total: v.total, depth });
		const ports = v.ports || "";
		say("ports", ports.includes(",") ? "verdict.ports" : "verdict.port", { ports: ports.replaceAll(",", ", ") });
		show("ports", v.ports);
	}

	function verdict(s) {
		const v = s.verdict || { verdict: "untested" };
		const more = s.removed ? "removed" : "";
		const tone = tones[v.verdict] || "unsure";
		at("card").className = "answer progress answer-" + tone;
		say("word", pick("verdict.", v.verdict, "", "verdict.none"));
		say("now", pick("test.done-", v.verdict, more, "test.done-untested"), s);
		say("what-now", pick("test.what-", v.verdict, more, "test.what-untested"),
			{ prober: page.dataset.prober });
		say("verdict-word", pick("verdict.", v.verdict, "", "verdict.none"));
		at("verdict-word").className = "tag tag-" + tone;
		coverage(v);
		show("verdict", s.verdict);
		show("provisional", v.provisional);
		const why = inside(s) ? pick("why.", v.why, "", "") : "";
		show("why", why);
		say("why", why);
		show("caused", inside(s) && v.cause);
		const again = inside(s) || v.verdict === "closed" ? 0 : v.at + 120;
		show("again", again > now());
		say("again", "test.again", { again });
		show("clean", s.clean_by);
		if (s.clean_by)
			say("clean", "test.clean", s);
		show("fix", v.verdict === "open");
	}

	function finish(s) {
		if (s.state === "cancelled") {
			at("card").className = "answer progress answer-unsure";
			say("word", "test.step-cancelled");
			say("now", "test.done-cancelled", s);
			say("what-now", "test.what-cancelled", s);
			show("verdict", false);
		} else {
			verdict(s);
		}
		say("answer", "test.title-done", s);
		show("result", true);
		show("keep", false);
		show("cancel", false);
		show("deadline", false);
		at("check").classList.remove("button-quiet");
		document.title = document.title.replace(/^.*? – /, texts["test.title-done"].replace("{{addr}}", s.addr) + " – ");
	}

	/* Times come in seconds or, from the API, as RFC 3339 has them. */
	function seconds(s) {
		const of = (t) => typeof t === "string" ? Date.parse(t) / 1000 : t;
		for (const key of ["until", "deadline", "clean_by"])
			s[key] = of(s[key]);
		if (s.verdict)
			s.verdict.at = of(s.verdict.at);
		return s;
	}

	function update(s) {
		const done = s.state === "done" || s.state === "cancelled";
		last = s;
		steps(s.state);
		forms(s);
		if (inside(s))
			rows(s.steps);
		countdown();
		show("lost", false);
		if (done) {
			finish(s);
			return true;
		}
		say("word", pick("test.word-", s.state, "", "test.word-waiting"));
		say("now", pick("test.now-", s.state, s.why, "test.now-waiting"), s);
		show("deadline", s.deadline);
		if (s.deadline)
			say("deadline", "test.deadline", s);
		return false;
	}

	/* --- listening --- */

	const source = new EventSource("/v1/tests/" + page.dataset.test + "/events");
	const timer = setInterval(countdown, 1000);

	source.addEventListener("state", (event) => {
		if (update(seconds(JSON.parse(event.data)))) {
			clearInterval(timer);
			source.close();
		}
	});

	/* The browser tries again by itself, unless the answer was a refusal: then a look at the page says why. */
	source.addEventListener("error", () => {
		show("lost", true);
		if (source.readyState === EventSource.CLOSED) {
			clearInterval(timer);
			setTimeout(() => location.reload(), 15000);
		}
	});
})();
