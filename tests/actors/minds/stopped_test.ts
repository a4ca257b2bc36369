import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

Deno.test("OR30 an answer that is stopped ends at the server, however much garbage was collected meanwhile", async () => {
  const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-check",
      "--frozen",
      "--allow-net=127.0.0.1",
      `--config=${file("../../../deno.json")}`,
      "--v8-flags=--expose-gc",
      file("stopped_child.ts"),
    ],
    // Where the stop does not come through, it waits for ever.
    signal: AbortSignal.timeout(30_000),
  }).output();
  const said = new TextDecoder().decode(stdout);
  assert.match(said, /the server was left/, said + new TextDecoder().decode(stderr));
});
