import assert from "node:assert/strict";
import fc from "fast-check";
import { defaultSettings, findPersona, OrchestratorError, route } from "../../../actors/orchestrator/mod.ts";
import { four, persona } from "./scene.ts";

Deno.test("OR18 rules route: technical to BRICK, empathetic to ROBIN, factual to BABS, else ALFRED", () => {
  const cases: [string, string][] = [
    ["Why does this TypeScript function crash with a stack trace?", "BRICK"],
    ["Deconstruct the architecture of a compiler, step by step.", "BRICK"],
    ["I feel so lonely since the breakup", "ROBIN"],
    ["My sister is overwhelmed and sad.", "ROBIN"],
    ["Who invented the telephone, and in which year?", "BABS"],
    ["What is the population of Peru? How many people live there?", "BABS"],
    ["Good morning!", "ALFRED"],
    ["", "ALFRED"],
    ["How are you today?", "ALFRED"],
  ];
  for (const [text, name] of cases) assert.equal(route(text, four, defaultSettings).persona.name, name, text);
});

Deno.test("OR18 the reason says which words spoke, or that none did", () => {
  assert.equal(
    route("My code has a bug", four, defaultSettings).reason,
    'BRICK: technical deconstruction, as you wrote "bug", "code"',
  );
  assert.equal(route("Hi", four, defaultSettings).reason, "ALFRED answers what has no specialist");
});

Deno.test("OR18 words match whole; a star matches any ending; phrases match in order", () => {
  const settings = {
    defaultPersona: "ALFRED",
    scenarios: [{ name: "s", persona: "BRICK", words: ["api", "compil*", "memory leak"] }],
  };
  const goes = (text: string) => route(text, four, settings).persona.name;
  assert.equal(goes("the API!"), "BRICK");
  assert.equal(goes("rapid capitals"), "ALFRED");
  assert.equal(goes("Compiling."), "BRICK");
  assert.equal(goes("a memory   leak"), "BRICK");
  assert.equal(goes("leak memory"), "ALFRED");
});

Deno.test("OR18 a table that names nobody in the image falls back to who is there", () => {
  const only = [persona("CLARA")];
  const found = route("I feel sad", only, defaultSettings);
  assert.equal(found.persona.name, "CLARA");
});

Deno.test("OR18 routing is total: any text goes to one of the personas, with a reason", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    const { persona: chosen, reason } = route(text, four, defaultSettings);
    assert.ok(four.includes(chosen));
    assert.ok(reason.startsWith(chosen.name));
  }));
});

Deno.test("OR18 a persona is found by oid first, by name, and by name in other letters", () => {
  const tricky = persona("oid-alfred", { oid: "oid-x" });
  assert.equal(findPersona([tricky, ...four], "oid-alfred").name, "ALFRED");
  assert.equal(findPersona(four, "brick").name, "BRICK");
  assert.throws(
    () => findPersona(four, "BRICKS"),
    (error: unknown) =>
      error instanceof OrchestratorError && error.code === "unknown_persona" &&
      /ALFRED, BRICK/.test(error.hint),
  );
});
