import assert from "node:assert/strict";
import { defaultOllamaHost, MindError, ollamaHost, sameModel } from "../../../actors/minds/mod.ts";

Deno.test("OR13 OLLAMA_HOST is read the way Ollama reads it", () => {
  const cases: [string | undefined, string][] = [
    [undefined, defaultOllamaHost],
    ["  ", defaultOllamaHost],
    ["127.0.0.1:11500", "http://127.0.0.1:11500"],
    [":11500", "http://127.0.0.1:11500"],
    ["box.local", "http://box.local:11434"],
    ["0.0.0.0:11434", "http://127.0.0.1:11434"],
    ["[::]:11434", "http://127.0.0.1:11434"],
    ["http://box", "http://box:80"],
    ["https://box/ollama/", "https://box:443/ollama"],
  ];
  for (const [given, expected] of cases) assert.equal(ollamaHost(given), expected);
});

Deno.test("OR13 what cannot be an address is refused in words", () => {
  for (const given of ["ftp://box", "http://", "box:99999", "not an address", "http://box/?a=1"]) {
    assert.throws(
      () => ollamaHost(given),
      (error: unknown) =>
        error instanceof MindError && error.code === "mind_host_invalid" && error.message.includes(given),
      given,
    );
  }
});

Deno.test("OR7 a model's name without a tag means latest", () => {
  assert.ok(sameModel("smollm2", "smollm2:latest"));
  assert.ok(sameModel("host:5000/a/b", "host:5000/a/b:latest"));
  assert.ok(!sameModel("phi3:3.8b", "phi3"));
});
