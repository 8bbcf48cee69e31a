/* screens.mjs PAGES STATIC OUT -- pictures of the main states, ja on a desk and en on a phone, out of the pages
 * that tests/unit/web/render made. */

import path from "node:path";
import { launch, quit, visit } from "./lib.mjs";
import { serve } from "./serve.mjs";

const [pages, files, out] = process.argv.slice(2);
const states = {
	"1-home": "home", "2-not-listed": "check-not-listed", "3-listed": "check-listed", "4-testing": "test-waiting",
	"5-cleared": "test-cleared", "6-evidence": "evidence",
	"7-owner": "check-listed-owner", "8-closing": "check-closing",
};
const views = [{ name: "ja-desk", lang: "ja", width: 1000, height: 720 }, { name: "en-phone", lang: "en", width: 390, height: 844 }];

const server = await serve(pages, files);
await launch();
for (const view of views) {
	const v = await visit({ ...view, url: server.url });
	await v.page.setViewportSize(view);
	await v.page.clock.setFixedTime(new Date(1795775400000));
	for (const [name, state] of Object.entries(states)) {
		await v.page.goto(`${server.url}/${state}.${view.lang}.html`);
		await v.page.screenshot({ path: path.join(out, `${name}.${view.name}.png`) });
	}
	await v.close();
}
await quit();
server.close();
