/* papers.mjs DIRECTORY -- pages that a command wrote into a file, in Chromium: no grave finding of axe, nothing too
 * wide, no request, no script, nothing but text out of hostile values, and a print on A4. TAP.
 * With a second directory it leaves pictures there. */

import fs from "node:fs";
import path from "node:path";
import { accessible, assert, fits, launch, quiet, quit, visit } from "./lib.mjs";
import { serve } from "./serve.mjs";

const [dir, pictures] = process.argv.slice(2);
const server = await serve(dir, dir, null);
const pages = fs.readdirSync(dir).filter((f) => f.endsWith(".html")).sort();
const views = [
	{ name: "desk", width: 1200 },
	{ name: "phone", width: 360 },
	{ name: "dark, desk", width: 1200, dark: true },
	{ name: "forced colours, 320 px", width: 320, forced: true, rules: [] },
];
const wrong = (e) => e.message.split("\n").slice(0, 12).map((l) => "# " + l).join("\n");

await launch();
console.log(`1..${views.length + 1}`);
let failed = 0;
const say = (found, n, name) => {
	failed += found.length > 0;
	console.log([...found, `${found.length ? "not ok" : "ok"} ${n} - ${pages.length} pages: ${name}`].join("\n"));
};
for (const [i, view] of views.entries()) {
	const found = [];
	for (const page of pages) {
		const v = await visit({ ...view, url: server.url, lang: page.includes(".ja.") ? "ja" : "en" });
		const requests = [];
		try {
			v.page.on("request", (r) => requests.push(r.url()));
			await v.page.goto(`${server.url}/${page}`);
			await fits(v.page, page);
			await accessible(v.page, page, view.rules);
			assert.equal(await v.page.evaluate(() =>
				document.querySelectorAll("script, iframe, img, link, object, [onload], [onclick]").length), 0, page);
			/* the browser itself asks for its icon */
			assert.deepEqual(requests.filter((u) => !u.endsWith("/" + page) && !u.endsWith("/favicon.ico")), []);
			quiet(v);
			if (pictures && i < 2)
				await v.page.screenshot({ path: path.join(pictures, `${page}.${view.name}.png`), fullPage: true });
		} catch (e) {
			found.push(wrong(e));
		}
		await v.close();
	}
	say(found, i + 1, view.name);
}

const found = [];
for (const page of pages) {
	const v = await visit({ url: server.url, lang: "ja" });
	try {
		await v.page.goto(`${server.url}/${page}`);
		const pdf = await v.page.pdf({ format: "A4", preferCSSPageSize: true,
			...(pictures ? { path: path.join(pictures, page + ".pdf") } : {}) });
		const box = /\/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]/.exec(pdf.toString("latin1"));
		assert.ok(box && Math.abs(box[1] - 595) < 2 && Math.abs(box[2] - 842) < 2, `${page}: ${box?.[0]}`);
		await v.page.emulateMedia({ media: "print" });
		await v.page.setViewportSize({ width: 688, height: 1000 });	/* A4 less its margins, at 96 dpi */
		await fits(v.page, page + " on paper");
	} catch (e) {
		found.push(wrong(e));
	}
	await v.close();
}
say(found, views.length + 1, "on paper");
await quit();
server.close();
process.exit(failed ? 1 : 0);
