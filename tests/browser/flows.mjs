/* flows.mjs NAME JSON -- one flow of a person through the pages of a running daemon. Started by
 * tests/system/test_browser.py, which has the laboratory in the state that the flow begins with. */

import { PATIENCE_MS, accessible, assert, fits, launch, quiet, quit, says, tags, visit } from "./lib.mjs";

const about = JSON.parse(process.argv[3]);

/* axe waits by timers of the page, which do not run where scripts are off */
async function look(v, what) {
	await fits(v.page, what);
	if (about.js !== false)
		await accessible(v.page, what);
}

const go = (lang, p) => `${about.url}/${lang}${p}`;

/* From the first page to the page of an address, as a person does it. */
async function search(v, what) {
	await v.page.goto(about.url + "/");
	await v.page.waitForURL(go(about.lang, "/"));
	await look(v, "home");
	await v.page.fill("#q", what);
	await v.page.press("#q", "Enter");
	await v.page.waitForURL(go(about.lang, "/ip/" + about.addr));
	await look(v, "check");
}

async function checkListed(page) {
	const answer = await says(page, "check.is-listed");
	assert.ok(answer.startsWith(about.addr), answer);
	for (const tag of ["state.listed", "check.lead-listed", "check.now-listed-1", "check.now-listed-2",
		"check.now-listed-3", "check.retest-go", "check.owner-go", "check.event-add", "check.dig", "check.wrong-go"])
		await says(page, tag);
	assert.equal(await page.locator("time").first().getAttribute("datetime").then((t) => /Z$/.test(t)), true);
}

/* Presses the button and stays on the page of the test, which brings itself up to date. */
async function retest(v) {
	await v.page.click('[data-t="check.retest-go"]');
	await v.page.waitForURL(/\/test\/[a-z0-9]+$/);
	if (about.js !== false)
		await v.page.evaluate(() => { window.stayed = true; });
	await look(v, "test");
}

async function ended(v, sentence) {
	await says(v.page, sentence);
	if (about.js !== false) {
		assert.equal(await v.page.evaluate(() => window.stayed), true, "the page was loaded again");
		assert.equal(await v.page.locator("#now").getAttribute("aria-live"), "polite");
	}
	await says(v.page, "verdict.coverage");
	assert.equal(await v.page.locator(".step-done").count(), 5);
	await look(v, "test that is done");
}

const flows = {
	/* A relay that is still open: the test says so, and what to do. */
	async open(v) {
		await search(v, about.typed ?? about.addr);
		await checkListed(v.page);
		await retest(v);
		await ended(v, "test.done-open");
		await says(v.page, "test.what-open");
		await v.page.click("#fix");
		await v.page.waitForURL(go(about.lang, "/help"));
		await look(v, "help");
	},

	/* The relay has been closed: listed page, retest, live progress, cleared. */
	async cleared(v) {
		await search(v, about.typed ?? about.addr);
		await checkListed(v.page);
		await retest(v);
		const url = v.page.url();
		await ended(v, "test.done-closed-removed");
		await says(v.page, "test.clean");
		await v.page.reload();		/* it is the same afterwards */
		assert.equal(v.page.url(), url);
		await says(v.page, "test.done-closed-removed");
		await v.page.click("#check");
		await v.page.waitForURL(go(about.lang, "/ip/" + about.addr));
		await says(v.page, "check.is-cleared");
		await says(v.page, "check.fact-clean");
		await says(v.page, "check.event-remove");
		assert.ok(!(await tags(v.page)).includes("check.retest-go"));
	},

	/* With the keyboard alone: skip link, field, button, progress. */
	async keyboard(v) {
		const tab = async (until) => {
			for (let i = 0; i < 60; i++) {
				await v.page.keyboard.press("Tab");
				const here = await v.page.evaluate(() => {
					const e = document.activeElement;
					const ring = getComputedStyle(e);
					return { tag: e.dataset.t ?? "", id: e.id, seen: ring.outlineStyle !== "none" &&
						parseFloat(ring.outlineWidth) >= 2 };
				});
				assert.ok(here.seen, `no visible focus on ${here.id || here.tag}`);
				if (here.tag === until || here.id === until)
					return;
			}
			assert.fail(until + " cannot be reached with the Tab key");
		};
		await v.page.goto(go(about.lang, "/"));
		await v.page.keyboard.press("Tab");
		assert.equal(await v.page.evaluate(() => document.activeElement.dataset.t), "site.skip");
		await v.page.keyboard.press("Enter");
		await tab("q");
		await v.page.keyboard.type(about.addr);
		await tab("home.go");
		await v.page.keyboard.press("Enter");
		await says(v.page, "check.is-listed");
		await tab("check.retest-go");
		await v.page.keyboard.press("Space");
		await v.page.waitForURL(/\/test\//);
		await v.page.evaluate(() => { window.stayed = true; });
		await ended(v, "test.done-open");
		await tab("check");
	},

	/* The owner, by visiting from the server: evidence whole; and a stranger sees none of it. */
	async owner(v) {
		const stranger = await visit({ ...about, asker: "203.0.113.201" });
		await v.page.goto(go(about.lang, "/ip/" + about.addr));
		await v.page.click('[data-t="check.owner-go"]');
		await look(v, "prove");
		await v.page.click('[data-t="prove.source-go"]');
		await v.page.waitForURL(go(about.lang, "/ip/" + about.addr));
		await says(v.page, "check.by-you");
		const cookies = await v.context.cookies();
		assert.equal(cookies.length, 1);
		assert.deepEqual([cookies[0].httpOnly, cookies[0].sameSite], [true, "Strict"]);
		await v.page.click('[data-t="check.evidence-go"]');
		await v.page.waitForURL(/\/evidence$/);
		for (const tag of ["evidence.entry", "evidence.token", "evidence.digest", "evidence.chain",
			"evidence.sessions", "evidence.transcript", "evidence.journal", "evidence.download"])
			await says(v.page, tag);
		await look(v, "evidence");
		const [mail] = await Promise.all([v.page.waitForEvent("download"),
			v.page.click('[data-t="evidence.download"]')]);
		assert.match(mail.suggestedFilename(), /\.eml$/);
		const text = await mail.createReadStream().then(async (s) => {
			const parts = [];
			for await (const part of s)
				parts.push(part);
			return Buffer.concat(parts).toString("latin1");
		});
		assert.match(text, /^Received: /m);
		await stranger.page.goto(v.page.url());
		await says(stranger.page, "error.owner-not-proved");
		await says(stranger.page, "next.owner-not-proved");
		await accessible(stranger.page, "refusal");
		quiet(stranger);
		await stranger.close();
	},

	/* The owner does not want tests: the form with its proof. */
	async optout(v) {
		await v.page.goto(go(about.lang, "/optout"));
		await look(v, "opt-out");
		await v.page.fill("#q", about.addr);
		await v.page.press("#q", "Enter");
		await says(v.page, "optout.prove");
		await v.page.click('[data-t="check.owner-go"]');
		await v.page.click('[data-t="prove.source-go"]');
		await says(v.page, "check.by-you");
		await v.page.goto(go(about.lang, `/ip/${about.addr}/optout`));
		await look(v, "opt-out with proof");
		await v.page.fill("#reason", "<b>no</b> \u202e");
		await v.page.check("#confirm");
		await v.page.click('[data-t="optout.go"]');
		await says(v.page, "optout.done");
		await v.page.goto(go(about.lang, "/ip/" + about.addr));
		await says(v.page, "check.optout");
	},

	/* All hosts of a domain: its DNS shows who asks. The record is set when it is named. */
	async optoutDomain(v) {
		await v.page.goto(go(about.lang, "/optout"));
		await v.page.fill("#q", "https://" + about.domain + "/");
		await v.page.press("#q", "Enter");
		await says(v.page, "optout.title-domain");
		await look(v, "opt-out of a domain");
		await v.page.fill("#reason", '"><b>no</b>');
		await v.page.check("#confirm");
		await v.page.click('[data-t="prove.dns-begin"]');
		await look(v, "the record");
		const record = await v.page.locator("pre.line").innerText();
		await v.page.click('[data-t="optout.domain-go"]');
		await says(v.page, "error.proof-not-found");
		await look(v, "no record yet");
		console.log("ready " + record);		/* the record is set now */
		const end = Date.now() + PATIENCE_MS;		/* the resolver remembers that it was not there */
		while (await v.page.locator('[data-t="optout.domain-done"]').count() === 0) {
			assert.ok(Date.now() < end, "the record is never seen");
			await v.page.waitForTimeout(1000);
			await v.page.click('[data-t="optout.domain-go"]');
			await v.page.waitForLoadState();
		}
		await look(v, "opted out");
	},

	/* What a stranger's server says is text, wherever it is shown. */
	async hostile(v) {
		await v.page.goto(go(about.lang, `/ip/${about.addr}/prove`));
		await v.page.click('[data-t="prove.source-go"]');
		await v.page.click('[data-t="check.probe-go"], [data-t="check.retest-go"]');
		await v.page.waitForURL(/\/test\//);
		await v.page.locator("#card.answer-unsure, #card.answer-clear, #card.answer-listed").waitFor();
		const said = v.page.locator("#rows .said", { hasText: "<script>" });
		await said.first().waitFor();
		assert.equal(await v.page.evaluate(() => window.pwned), undefined);
		assert.equal(await v.page.locator("#rows script, #rows img").count(), 0);
		await v.page.reload();
		await said.first().waitFor();
		assert.equal(await v.page.locator("#rows script, #rows img").count(), 0);
		assert.equal(await v.page.evaluate(() => window.pwned), undefined);
	},

	/* The connection breaks under a test that goes on: it is said, mended, and the test can be cancelled. */
	async broken(v) {
		await v.page.goto(go(about.lang, `/ip/${about.addr}/prove`));
		await v.page.click('[data-t="prove.source-go"]');
		await v.page.click('[data-t="check.probe-go"]');
		await v.page.waitForURL(/\/test\//);
		await v.page.locator(".step-current[data-step=waiting]").waitFor();
		await v.page.evaluate(() => { window.stayed = true; });
		console.log("ready");		/* the web role is killed now */
		await says(v.page, "test.lost");
		await v.page.locator("#lost").waitFor({ state: "hidden" });
		assert.equal(await v.page.evaluate(() => window.stayed), true);
		v.errors.length = 0;		/* the broken connection is on the console */
		await v.page.click('[data-t="test.cancel"]');
		await says(v.page, "test.done-cancelled");
		await look(v, "cancelled test");
		await v.page.reload();
		await says(v.page, "test.done-cancelled");
	},

	/* The keeper is down: the pages still answer, and say what is missing. */
	async alone(v) {
		await v.page.goto(go(about.lang, "/ip/" + about.addr));
		await says(v.page, "check.alone");
		await says(v.page, "check.is-listed");
		await look(v, "page without a keeper");
		const refused = await v.page.goto(go(about.lang, "/check?q=example.jp"));
		assert.equal(refused.status(), 503);
		assert.ok(Number(refused.headers()["retry-after"]) > 0);
		await says(v.page, "next.unavailable");
		v.errors.length = 0;	/* the 503 that was asked for */
	},
};

await launch();
const v = await visit(about);
try {
	await flows[process.argv[2]](v);
	quiet(v);
} catch (e) {
	console.error(e.stack);
	console.error("at " + v.page.url() + "\n" + (await v.page.locator("main").innerText().catch(() => "")).slice(0, 3000));
	console.error(v.errors.join("\n"));
	process.exitCode = 1;
} finally {
	await quit();
}
