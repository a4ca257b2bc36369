import assert from "node:assert/strict";
import fc from "fast-check";
import { composeRecall, MindError, type RecallHitLike, RecallMind } from "../../../actors/minds/mod.ts";

const never = new AbortController().signal;

function memory(text: string, score = 0.8, source: string | null = "diary"): RecallHitLike {
  return { oid: text, text, score, tier: "L1", source, at: Date.UTC(2026, 0, 2) };
}

async function answer(question: string, memories: RecallHitLike[], note?: string): Promise<string> {
  let text = "";
  const request = {
    model: "none",
    messages: [{ role: "user" as const, content: question }],
    memories,
    signal: never,
    ...(note === undefined ? {} : { note }),
  };
  for await (const part of new RecallMind().generate(request)) if ("token" in part) text += part.token;
  return text;
}

Deno.test("OR11 the recall mind quotes memories with source and day, and says that no model is there", async () => {
  const text = await answer("Where is the key?", [
    memory("The key is under the mat."),
    memory("Mats are grey.", 0.4),
  ]);
  assert.match(text, /^No model is there, so I can only quote what I remember:/);
  assert.match(text, /“The key is under the mat\.” \(diary, 2026-01-02\)/);
  assert.match(text, /“Mats are grey\.”/);
});

Deno.test("OR11 it says why no better mind answers, when it is told", async () => {
  const text = await answer("x?", [], 'The model "phi3:3.8b" of ALFRED is not installed in Ollama');
  assert.match(text, /^The model "phi3:3\.8b" of ALFRED is not installed in Ollama, so I can only quote/);
});

Deno.test("OR11 with nothing relevant it says so and quotes nothing", async () => {
  const text = await answer("Where is the key?", [memory("Bananas are yellow.", 0.05)]);
  assert.match(text, /I remember nothing about this/);
  assert.doesNotMatch(text, /Banana/);
});

Deno.test("OR11 it does not quote the question back", async () => {
  const text = await answer("Where is the KEY?", [memory("where is the key", 0.99)]);
  assert.match(text, /I remember nothing about this/);
});

Deno.test("OR11 it quotes a bounded part and counts the rest", () => {
  const many = Array.from({ length: 9 }, (_, index) => memory(`${index} ${"long ".repeat(500)}`));
  const text = composeRecall("what?", many);
  assert.equal(text.match(/“/g)?.length, 5);
  assert.match(text, /And 4 more memories not quoted here\./);
  assert.ok(text.length < 4_000);
});

Deno.test("OR11 the tokens are words whose concatenation is the composed text", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 700 }), { maxLength: 4 }),
      async (texts) => {
        const memories = texts.map((each) => memory(each));
        const composed = composeRecall("what?", memories);
        assert.equal(await answer("what?", memories), composed.trimEnd());
        assert.ok(composed.isWellFormed() || !texts.every((each) => each.isWellFormed()));
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("OR2 the recall mind stops between two words", async () => {
  const controller = new AbortController();
  const heard: string[] = [];
  const request = { model: "none", messages: [], memories: [memory("a b c d")], signal: controller.signal };
  await assert.rejects(async () => {
    for await (const part of new RecallMind().generate(request)) {
      if ("token" in part) heard.push(part.token);
      if (heard.length === 3) controller.abort(new Error("enough"));
    }
  }, /enough/);
  assert.equal(heard.length, 3);
});

Deno.test("OR10 the recall mind cannot pull and says what is needed", async () => {
  await assert.rejects(
    Array.fromAsync(new RecallMind().pull("phi3")),
    (error: unknown) => error instanceof MindError && error.code === "mind_unavailable",
  );
});
