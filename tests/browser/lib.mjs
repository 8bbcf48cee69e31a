/* lib.mjs -- what the tests in Chromium stand on.
 *
 * A visit is a browser of its own with eyes: whatever goes to another origin, whatever the console calls an error
 * (a breach of the Content-Security-Policy too) and every exception of a script is a failure of the test. */

import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const modules = createRequire(path.join(process.env.SEKIMORI_NODE ?? ".", "package.json"));
const { chromium } = modules("playwright-core");
const axe = fs.readFileSync(modules.resolve("axe-core/axe.min.js"), "utf8");

export const PATIENCE_MS = 60000;

let browser = null;

export async function launch() {
	browser = await chromium.launch({
		executablePath: process.env.SEKIMORI_CHROMIUM ?? "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
	});
	return browser;
}

export const quit = async () => { await browser?.close(); };

/* {page, errors, close()}; about: url, lang, width, dark, js, asker, touch, forced */
export async function visit(about) {
	const width = about.width ?? 1200;
	const context = await browser.newContext({
		viewport: { width, height: width < 600 ? 740 : 900 },
		colorScheme: about.dark ? "dark" : "light",
		forcedColors: about.forced ? "active" : "none",
		reducedMotion: "reduce",
		javaScriptEnabled: about.js !== false,
		locale: about.lang === "ja" ? "ja-JP" : "en-GB",
		hasTouch: width < 600,
		/* the proxy of the test: who asks */
		extraHTTPHeaders: about.asker ? { "X-Forwarded-For": about.asker } : {},
	});
	const page = await context.newPage();
	const errors = [];
	const origin = new URL(about.url).origin;
	page.setDefaultTimeout(PATIENCE_MS);
	page.on("request", (r) => {
		if (!r.url().startsWith(origin + "/") && !r.url().startsWith("data:"))
			errors.push("a request left for " + r.url());
	});
	page.on("console", (m) => {
		/* a refused page is a finding of the test that asked for it */
		if (m.type() === "error" && !/the server responded with a status of 4\d\d/.test(m.text()))
			errors.push("console: " + m.text());
	});
	page.on("pageerror", (e) => errors.push("script: " + e.message));
	return { context, page, errors, close: () => context.close() };
}

export function quiet(v) {
	assert.deepEqual(v.errors, []);
}

/* No finding that axe calls serious or critical. The code is handed in by the debugger, which no policy binds.
 * rules: only these; all without. */
export async function accessible(page, what, rules) {
	if (rules?.length === 0)
		return;
	await page.evaluate(axe);
	const found = await page.evaluate((values) => window.axe.run(document, { resultTypes: ["violations"],
		...(values ? { runOnly: { type: "rule", values } } : {}) }), rules);
	const grave = found.violations.filter((v) => ["serious", "critical"].includes(v.impact))
		.map((v) => `${what}: ${v.id} (${v.impact}): ${v.nodes.map((n) => n.target.join(" ") + " " +
			(n.any[0]?.message ?? "")).join("; ")}`);
	assert.deepEqual(grave, []);
}

/* Nothing is wider than the window. */
export async function fits(page, what) {
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
	assert.ok(wide <= 0, `${what}: ${wide} px too wide`);
}

/* The text of the only visible element that has this tag. */
export async function says(page, tag) {
	const element = page.locator(`[data-t="${tag}"]:visible`).first();
	await element.waitFor({ state: "visible" });
	return (await element.textContent()).trim();
}

/* Everything that is visible, by its tags. */
export const tags = (page) => page.evaluate(() => [...document.querySelectorAll("[data-t]")]
	.filter((e) => e.checkVisibility()).map((e) => e.dataset.t));

export { assert };
