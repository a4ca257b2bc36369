import assert from "node:assert/strict";
import { checkCaller, isLoopback } from "../../../ui/server/guard.ts";
import { ask, errorOf, makeServer, TOKEN } from "./ask.ts";

const get = (path: string, headers: Record<string, string>) => ask(makeServer().app, path, { headers });

Deno.test("UI31 on loopback, a foreign name in Host is refused (DNS rebinding)", async () => {
  for (
    const host of [
      "evil.example",
      "evil.example:4680",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "",
    ]
  ) {
    for (const path of ["/health", "/api/log", "/events", "/"]) {
      const response = await get(path, { host });
      assert.equal(response.status, 403, `${host} ${path}`);
      await response.body?.cancel();
    }
  }
  for (const host of ["localhost", "localhost:4680", "127.0.0.1:1", "[::1]:4680", "LOCALHOST:4680"]) {
    assert.equal((await get("/health", { host })).status, 200, host);
  }
});

Deno.test("UI32 a request from a page elsewhere is refused (cross-site)", async () => {
  const refused: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "http://localhost:3000" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
    { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" },
  ];
  for (const headers of refused) {
    const response = await get("/api/log", headers);
    assert.equal(response.status, 403, JSON.stringify(headers));
    assert.equal((await errorOf(response)).code, "origin_refused");
    assert.equal(response.headers.get("access-control-allow-origin"), null);
  }
  const allowed: Record<string, string>[] = [
    { origin: "http://localhost:4680" },
    { "sec-fetch-site": "same-origin" },
    { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" },
  ];
  for (const headers of allowed) assert.equal((await get("/api/log", headers)).status, 200);
});

Deno.test("UI33 beyond loopback nothing is answered without the token", async () => {
  const { app } = makeServer({ requireToken: true });
  for (const path of ["/", "/health", "/api/log", "/events", "/canvas.js"]) {
    assert.equal((await ask(app, path)).status, 401, path);
    const wrong = await ask(app, path, { headers: { authorization: "Bearer wrong" } });
    assert.equal(wrong.status, 401, path);
    assert.match(wrong.headers.get("www-authenticate") ?? "Bearer", /Bearer/);
  }
  const right = { authorization: `Bearer ${TOKEN}`, host: "my-machine.lan:4680" };
  assert.equal((await ask(app, "/health", { headers: right })).status, 200);
});

Deno.test("UI34 ?token= on the canvas's address becomes a cookie and leaves the address", async () => {
  const { app } = makeServer({ requireToken: true });
  const entry = await ask(app, `/?token=${TOKEN}`);
  assert.equal(entry.status, 303);
  assert.equal(entry.headers.get("location"), "/");
  const cookie = entry.headers.get("set-cookie") ?? "";
  assert.match(cookie, /HttpOnly; SameSite=Lax/);
  const headers = { cookie: cookie.split(";")[0] as string };
  assert.equal((await ask(app, "/health", { headers })).status, 200);
  assert.equal((await ask(app, "/?token=wrong")).status, 401);
  assert.equal((await ask(app, `/api/log?token=${TOKEN}`)).status, 401, "only the page takes it");
});

Deno.test("UI255 servers on one machine have cookies of their own, and of several any right one is enough", async () => {
  const servers = [["4680", "first"], ["4681", "second"]].map(([port, token]) => ({
    host: `my-machine.lan:${port}`,
    port,
    token: token!,
    app: makeServer({ requireToken: true, token: token! }).app,
  }));
  const jar = new Map<string, string>();
  for (const { app, host, token } of servers) {
    const entry = await ask(app, `/?token=${token}`, { headers: { host } });
    const [name, value] = entry.headers.get("set-cookie")!.split(";")[0]!.split("=");
    jar.set(name!, value!);
  }
  assert.deepEqual([...jar.keys()], ["telos_token_4680", "telos_token_4681"]);
  const cookie = [...jar].map((pair) => pair.join("=")).join("; ");
  for (const { app, host, port, token } of servers) {
    const status = async (cookie: string) =>
      (await ask(app, "/health", { headers: { host, cookie } })).status;
    assert.equal(await status(cookie), 200, host);
    const [right, stale] = [`telos_token_${port}=${token}`, `telos_token_${port}=stale`];
    assert.equal(await status(`${stale}; ${right}`), 200);
    assert.equal(await status(`${right}; ${stale}`), 200);
    assert.equal(await status(`${stale}; ${stale}2`), 401);
    assert.equal(await status(`telos_token=${token}; telos_token_1=${token}`), 401);
  }
});

Deno.test("UI35 a wrong bearer token is refused even on loopback: it was meant for another server", async () => {
  const response = await get("/health", { authorization: "Bearer of-another-server" });
  assert.equal(response.status, 401);
  assert.equal((await errorOf(response)).code, "token_wrong");
  assert.equal((await get("/health", { cookie: "telos_token_4680=stale" })).status, 200);
});

Deno.test("UI33 only loopback addresses go without a token", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]"]) {
    assert.ok(isLoopback(host), host);
  }
  for (const host of ["0.0.0.0", "::", "192.168.1.2", "127.evil.example", "example.org", ""]) {
    assert.ok(!isLoopback(host), host);
  }
  const request = new Request("http://x/", { headers: { host: "x" } });
  assert.throws(() => checkCaller(request, { token: TOKEN, requireToken: true }), {
    code: "token_required",
    hint: /\?token=.*`telos start` printed.*server\.json/,
  });
});
