/* states.mjs DIRECTORY STATIC -- every state of every page, as tests/unit/web/render made it, in Chromium: no grave
 * finding of axe in light and dark, in forced colours, on a phone and on a desk; nothing too wide; nothing but text
 * out of hostile values; no breach of the policy that the daemon sends. TAP. */

import fs from "node:fs";
import path from "node:path";
import { accessible, assert, fits, launch, quiet, quit, visit } from "./lib.mjs";
import { serve } from "./serve.mjs";

const [dir, files] = process.argv.slice(2);
const server = await serve(dir, files);
const url = server.url;

const states = [...new Set(fs.readdirSync(dir).filter((f) => f.endsWith(".en.html")).map((f) => f.slice(0, -8)))].sort();
/* one of each look, for what differs in colours alone */
const looks = ["home", "help", "check-listed", "check-listed-owner", "check-not-listed", "check-cleared",
	"check-alone-listed", "check-listed-lab", "resolve", "lookup-network", "retest-limit", "test-waiting", "test-open-owner",
	"test-cleared", "test-inconclusive", "prove-txt", "prove-mail-wrong", "optout-proved", "evidence"];
const views = [
	{ name: "ja, light, phone", lang: "ja", width: 360, states },
	{ name: "en, dark, desk", lang: "en", width: 1200, dark: true, states: looks },
	{ name: "en, light, desk", lang: "en", width: 1200, rules: ["color-contrast"], states: looks },
	{ name: "ja, dark, phone", lang: "ja", width: 360, dark: true, rules: ["color-contrast"], states: looks },
	{ name: "en, forced colours, 320 px", lang: "en", width: 320, forced: true, rules: [], states },
];
const wrong = (e) => e.message.split("\n").slice(0, 12).map((l) => "# " + l).join("\n");

await launch();
console.log(`1..${views.length + 1}`);
let failed = 0;
for (const [i, view] of views.entries()) {
	const v = await visit({ ...view, url });
	const found = [];
	for (const state of view.states) {
		try {
			await v.page.goto(`${url}/${state}.${view.lang}.html`);
			await fits(v.page, state);
			await accessible(v.page, state, view.rules);
			assert.equal(await v.page.evaluate(() => document.querySelectorAll("script, iframe, img").length), 1, state);
			quiet(v);
		} catch (e) {
			found.push(wrong(e));
			v.errors.length = 0;
		}
	}
	await v.close();
	failed += found.length > 0;
	console.log([...found, `${found.length ? "not ok" : "ok"} ${i + 1} - ${view.states.length} states: ${view.name}`].join("\n"));
}

/* The same sentences come out of a snapshot in the browser as on the server: each state of a test is sent as an
 * event to the page of a queued one, and the two pages are compared. */
const found = [];
const text = (t) => typeof t === "number" ? new Date(t * 1000).toISOString().replace(".000", "") : t;
/* as the API sends it */
const sent = (s) => ({ ...s, until: text(s.until), deadline: text(s.deadline), clean_by: text(s.clean_by),
	verdict: s.verdict && { ...s.verdict, at: text(s.verdict.at) } });
for (const lang of ["en", "ja"]) {
	const v = await visit({ url, lang });
	for (const state of states.filter((s) => s.startsWith("test-"))) {
		const given = JSON.parse(fs.readFileSync(path.join(process.env.SEKIMORI_STATES, state + ".json"), "utf8"));
		if (!given.answer || given.answer.error)
			continue;
		const from = given.answer.role === "owner" ? "test-testing-owner" : "test-queued";
		const told = (p) => p.evaluate(() => Object.fromEntries(["answer", "now", "word", "forms", "next", "result",
			"verdict-word", "coverage", "planned", "ports", "caused", "provisional", "what-now", "clean", "deadline", "keep", "steps",
			"rows", "fix", "card", "check", "why", "again"].map((id) => {
			const e = document.getElementById(id);
			return [id, e && e.checkVisibility() ? (e.className + "|" + (e.dataset.t ?? "") + "|" +
				e.innerText).replace(/\s+/g, " ") : null];
		})));
		await v.page.addInitScript(() => {
			window.EventSource = class {
				constructor() { window.source = this; this.on = {}; }
				addEventListener(name, f) { this.on[name] = f; }
				close() { this.closed = true; }
			};
		});
		await v.page.clock.setFixedTime(new Date(1795775400000));
		await v.page.goto(`${url}/${state}.${lang}.html`);
		const want = await told(v.page);
		await v.page.goto(`${url}/${from}.${lang}.html`);
		await v.page.evaluate((s) => window.source.on.state({ data: JSON.stringify(s) }), sent(given.answer));
		const got = await told(v.page);
		for (const id of Object.keys(want))
			if (want[id] !== got[id])
				found.push(`# ${state}.${lang}: ${id}\n#   server: ${want[id]}\n#   script: ${got[id]}`);
	}
	found.push(...v.errors.map((e) => "# " + e));
	await v.close();
}
failed += found.length > 0;
console.log([...found, `${found.length ? "not ok" : "ok"} ${views.length + 1} - the script says what the server says`].join("\n"));
await quit();
server.close();
process.exitCode = failed > 0 ? 1 : 0;
