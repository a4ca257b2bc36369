import assert from "node:assert/strict";
import { filterOf, noFilter } from "../../../ui/canvas/model/recall_filter.ts";
import { openWindow, settled, standardAnswer } from "./window.ts";

Deno.test("CA131 the days of a recall are the person's own, the last one whole", async () => {
  const script = new URL("../../../ui/canvas/model/recall_filter.ts", import.meta.url);
  const code = `import { filterOf, noFilter } from "${script}";
    console.log(JSON.stringify(filterOf({ ...noFilter, since: "2026-03-28", until: "2026-03-29" })));`;
  for (
    const [zone, since, until] of [
      ["Asia/Tokyo", "2026-03-28T00:00+09:00", "2026-03-30T00:00+09:00"],
      // The clocks go forward on the 29th.
      ["Europe/Berlin", "2026-03-28T00:00+01:00", "2026-03-30T00:00+02:00"],
      ["America/New_York", "2026-03-28T00:00-04:00", "2026-03-30T00:00-04:00"],
    ] as const
  ) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", code],
      env: { TZ: zone, NO_COLOR: "1" },
    }).output();
    assert.deepEqual(
      JSON.parse(new TextDecoder().decode(stdout)),
      { since: Date.parse(since), until: Date.parse(until) },
      zone,
    );
  }
  assert.equal(filterOf(noFilter), undefined);
  assert.deepEqual(filterOf({ ...noFilter, source: " mail ", kind: "memory" }), {
    source: "mail",
    kind: "memory",
  });
});

Deno.test("CA131 a recall that was asked for last is the one that is shown, whatever answers first", async () => {
  const { app, server } = openWindow();
  const hit = (oid: string) => ({ oid, text: oid, score: 1, tier: "L1", source: null, at: 1 });
  const slow = Promise.withResolvers<unknown>();
  server.answer = (path) =>
    !path.startsWith("/api/recall")
      ? standardAnswer(path)
      : path.includes("kind")
      ? [hit("b")]
      : slow.promise;
  const first = app.actions.recall("harbour");
  await app.actions.recall("harbour", { kind: "memory" });
  slow.resolve([hit("a")]);
  await first;
  await settled();
  assert.deepEqual(app.store.recall.value.hits?.map(({ oid }) => oid), ["b"]);
});
