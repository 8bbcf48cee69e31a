/* serve.mjs -- rendered pages and the real files beside them, as the daemon would send them. */

import fs from "node:fs";
import http from "node:http";
import path from "node:path";

/* as src/web/http_answer.c sends it */
const POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const TYPES = { ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".html": "text/html; charset=utf-8" };

/* {url, close()}; policy: null for pages that carry their own */
export async function serve(pages, files, policy = POLICY) {
	const server = http.createServer((request, answer) => {
		const name = path.basename(new URL(request.url, "http://x").pathname);
		const file = [path.join(files, name), path.join(pages, name)].find((f) => fs.existsSync(f));
		if (request.url.startsWith("/v1/tests/")) {	/* a test of which nothing more comes */
			answer.writeHead(200, { "Content-Type": "text/event-stream" });
			answer.write(":\n\n");
			return;
		}
		answer.writeHead(file ? 200 : 404, { "Content-Type": TYPES[path.extname(name)] ?? "text/plain",
			...(policy ? { "Content-Security-Policy": policy } : {}) });
		answer.end(file ? fs.readFileSync(file) : "");
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${server.address().port}`,
		close: () => { server.closeAllConnections(); server.close(); },
	};
}
