import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { complaintOf } from "../../../vector/embedding/mod.ts";

Deno.test("VE28 of what a child wrote when it died one line is told, without colours, stack and paths", () => {
  const uncaught = [
    "\u001b[0m\u001b[1m\u001b[31merror\u001b[0m: Uncaught (in promise) Error: no library at /home/me/x/y.wasm here",
    'throw new Error("no library");',
    "\u001b[0m\u001b[31m      ^\u001b[0m",
    "    at \u001b[0m\u001b[36mfile:///home/me/a.ts\u001b[0m:\u001b[33m1\u001b[0m",
  ].join("\n");
  equal(complaintOf(uncaught), "Uncaught (in promise) Error: no library at y.wasm here");
  equal(
    complaintOf('warning\nerror: Module not found "file:///home/me/no.ts".'),
    'Module not found "no.ts".',
  );
  equal(complaintOf("error: cannot read C:\\Users\\me\\deno.json"), "cannot read deno.json");
  equal(
    complaintOf("error: Failed loading https://example.org/some/thing"),
    "Failed loading https://example.org/some/thing",
  );
  const fatal = "<--- Last few GCs --->\n\n# Fatal JavaScript out of memory: Reached heap limit\n#\n";
  equal(complaintOf(fatal), "Fatal JavaScript out of memory: Reached heap limit");
  equal(complaintOf("no library here\n"), "no library here");
  equal(complaintOf("\n    at file:///a/b.ts:1:7\n"), "");
});

Deno.test("VE28 whatever a child writes, one line is made of it", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (said) => {
    const line = complaintOf(said);
    ok(!line.includes("\n") && line.length <= said.length);
  }));
});
