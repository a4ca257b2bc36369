import assert from "node:assert/strict";
import { assetOf } from "../../../ui/server/assets_route.ts";
import { ask, makeServer } from "./ask.ts";

const files: Record<string, string> = {
  "index.html": "<!doctype html><title>canvas</title>",
  "canvas.js": "export {};",
  "icons/icon.svg": "<svg/>",
};

function served() {
  const asked: string[] = [];
  const { app } = makeServer({
    assets: {
      read: (name) => {
        asked.push(name);
        const text = files[name];
        return Promise.resolve(text === undefined ? null : new TextEncoder().encode(text));
      },
    },
  });
  return { app, asked };
}

Deno.test("UI46 the canvas is handed out with its types", async () => {
  const { app } = served();
  const cases = [["/", "text/html"], ["/canvas.js", "text/javascript"], ["/icons/icon.svg", "image/svg+xml"]];
  for (const [path, type] of cases) {
    const response = await ask(app, path as string);
    assert.equal(response.status, 200);
    assert.ok(response.headers.get("content-type")?.startsWith(type as string));
    assert.equal(await response.text(), files[path === "/" ? "index.html" : (path as string).slice(1)]);
  }
});

Deno.test("UI47 a file that the browser has is not sent again until it changes", async () => {
  const { app } = served();
  const etag = (await ask(app, "/canvas.js")).headers.get("etag") as string;
  const again = await ask(app, "/canvas.js", { headers: { "if-none-match": `"other", ${etag}` } });
  assert.equal(again.status, 304);
  assert.equal(await again.text(), "");
  const before = files["canvas.js"] as string;
  files["canvas.js"] = "export { };";
  assert.equal((await ask(app, "/canvas.js", { headers: { "if-none-match": etag } })).status, 200);
  files["canvas.js"] = before;
});

Deno.test("UI48 no path leads out of the canvas's place", async () => {
  const { app, asked } = served();
  const paths = [
    "/..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd.js",
    "/icons/..%2f..%2fsecret.js",
    "/icons/../../secret.js",
    "/.env.js",
    "/C:%5Csecret.js",
    "/%00canvas.js",
    "/canvas.js%00.png",
    "//etc/passwd.js",
    "/icons//icon.svg",
    "/server.json",
    "/constructor",
  ];
  for (const path of paths) {
    const response = await ask(app, path);
    assert.equal(response.status, 404, path);
  }
  for (const name of asked) assert.match(name, /^(icons\/)?[a-z0-9_.-]+$/);
  for (const path of ["/../secret.js", "/a/b.js", "/icons/..", "/x.exe", "/.js", "/icons/.js"]) {
    assert.equal(assetOf(path), null, path);
  }
});

Deno.test("UI49 a program without its canvas says what to do", async () => {
  const { app } = makeServer();
  const response = await ask(app, "/");
  assert.equal(response.status, 503);
  assert.match(await response.text(), /deno task build/);
});
