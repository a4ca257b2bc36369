import assert from "node:assert/strict";
import { mentionsIn } from "../../../actors/orchestrator/mod.ts";
import { four, persona } from "./scene.ts";

const personas = [...four, persona("ALFRED 2"), persona("Zoë")];
const names = (text: string) => mentionsIn(text, personas).personas.map(({ name }) => name);

Deno.test("OR42 the longest name that fits is meant, whatever its case", () => {
  assert.deepEqual(names("@ALFRED 2 hello"), ["ALFRED 2"]);
  assert.deepEqual(names("@ALFRED 20 of them?"), ["ALFRED"]);
  assert.deepEqual(names("@alfred: hello"), ["ALFRED"]);
  assert.deepEqual(names("@zoë hello"), ["Zoë"]);
  assert.deepEqual(names("@bricks are heavy"), []);
});

Deno.test("OR42 several are named one after the other, each once; @all is everybody", () => {
  assert.deepEqual(names("@BRICK @ROBIN, @brick and @BABS; hm?"), ["BRICK", "ROBIN", "BABS"]);
  assert.equal(mentionsIn("@BRICK @ROBIN, and then?", personas).text, "and then?");
  assert.equal(names("@all hello").length, 6);
  assert.deepEqual(names("@allegory is what?"), []);
});

Deno.test("OR42 a name in the middle, or one that nobody has, is a part of the question", () => {
  assert.deepEqual(names("Ask @BRICK about it"), []);
  const { personas: found, text, unknown } = mentionsIn("@nobody hello", personas);
  assert.deepEqual([found, text, unknown], [[], "@nobody hello", "nobody"]);
  assert.equal(mentionsIn("@BRICK", personas).text, "@BRICK", "a name alone is still a question");
  assert.equal(mentionsIn("mail@example.org?", personas).unknown, null);
});
