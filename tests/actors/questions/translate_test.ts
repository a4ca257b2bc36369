/** Plain words to structured questions. */
import assert from "node:assert/strict";
import { ArgumentError } from "../../../actors/errors.ts";
import { type Question, translate } from "../../../actors/questions/mod.ts";

const cases: readonly [string, Question][] = [
  ["What fills currency in Mexico?", { ask: "fills", object: "Mexico", roles: ["currency"] }],
  ["what is the currency of mexico", { ask: "fills", object: "mexico", roles: ["currency"] }],
  ["What is the capital of the country of alice?", {
    ask: "fills",
    object: "alice",
    roles: ["country", "capital"],
  }],
  ["what is alice's country's capital?", { ask: "fills", object: "alice", roles: ["country", "capital"] }],
  ["Who is the owner of the red lamp?", { ask: "fills", object: "red lamp", roles: ["owner"] }],
  ["What is to Mexico as dollar is to USA?", { ask: "analogy", to: "Mexico", value: "dollar", from: "USA" }],
  ["what is to b what 7.5 is to a", { ask: "analogy", to: "b", value: 7.5, from: "a" }],
  ["Which objects have colour = red?", { ask: "which", role: "colour", value: "red" }],
  ["which objects have lit = true", { ask: "which", role: "lit", value: true }],
  ["which things have colour dark red", { ask: "which", role: "colour", value: "dark red" }],
  ["which objects whose colour is red", { ask: "which", role: "colour", value: "red" }],
];

for (const [words, question] of cases) {
  Deno.test(`AQ6 "${words}" is understood`, () => assert.deepEqual(translate(words), question));
}

Deno.test("AQ6 words that fit no pattern are refused with the patterns", () => {
  for (const words of ["", "tell me a story", "what", "what is love", "x".repeat(5_000)]) {
    assert.throws(() => translate(words), (error) => {
      assert(error instanceof ArgumentError);
      assert.match(error.hint, /what is to A as B is to C/);
      return true;
    });
  }
});
