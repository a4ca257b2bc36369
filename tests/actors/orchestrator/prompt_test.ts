import assert from "node:assert/strict";
import fc from "fast-check";
import { buildPrompt, estimateTokens, OrchestratorError } from "../../../actors/orchestrator/mod.ts";
import { hit, persona } from "./scene.ts";

const exchange = (index: number, length = 10) => ({
  query_text: `q${index} ${"x".repeat(length)}`,
  full_text: `a${index} ${"y".repeat(length)}`,
  persona_name: "ALFRED",
});

Deno.test("OR19 a prompt is the persona, the memories, the thread and the question, in this order", () => {
  const { messages, leftOut } = buildPrompt({
    persona: persona("ALFRED", { prompt: "You are the steward." }),
    question: "And now?",
    memories: [hit("Milk is white.")],
    history: [exchange(1), exchange(2)],
  });
  assert.deepEqual(messages.map((each) => each.role), [
    "system",
    "user",
    "assistant",
    "user",
    "assistant",
    "user",
  ]);
  assert.match(
    messages[0]?.content ?? "",
    /^You are the steward\.\n[\s\S]*\[1\] \(2026-01-02, diary\) Milk is white\.$/,
  );
  assert.match(messages[1]?.content ?? "", /^q1/);
  assert.equal(messages.at(-1)?.content, "And now?");
  assert.deepEqual(leftOut, { memories: 0, exchanges: 0 });
});

Deno.test("OR19 without memories the system message is the persona's prompt alone", () => {
  const { messages } = buildPrompt({ persona: persona("ALFRED"), question: "?", memories: [], history: [] });
  assert.deepEqual(messages, [{ role: "system", content: "You are ALFRED." }, {
    role: "user",
    content: "?",
  }]);
});

Deno.test("OR19 the newest exchanges and the best memories stay, and what is left out is counted", () => {
  const prompt = buildPrompt({
    persona: persona("ALFRED", { options: { num_ctx: 600, num_predict: 100 } }),
    question: "?",
    memories: [hit("first ".repeat(30)), hit("second ".repeat(60)), hit("third ".repeat(60))],
    history: [exchange(1, 300), exchange(2, 300), exchange(3, 30)],
  });
  assert.equal(prompt.memories[0]?.text, "first ".repeat(30));
  assert.match(JSON.stringify(prompt.messages), /q3/);
  assert.doesNotMatch(JSON.stringify(prompt.messages), /q1/);
  assert.ok(prompt.leftOut.memories > 0 && prompt.leftOut.exchanges > 0);
});

Deno.test("OR19 the context and the length of the answer are told to the model, and nothing else is changed", () => {
  const { options } = buildPrompt({
    persona: persona("ALFRED", { options: { temperature: 0.3, num_ctx: 2048 } }),
    question: "?",
    memories: [],
    history: [],
  });
  assert.deepEqual(options, { temperature: 0.3, num_ctx: 2048, num_predict: 1024 });
});

Deno.test("OR19 a question that does not fit is refused with the figures", () => {
  assert.throws(
    () =>
      buildPrompt({
        persona: persona("ALFRED", { options: { num_ctx: 512 } }),
        question: "word ".repeat(2_000),
        memories: [],
        history: [],
      }),
    (error: unknown) =>
      error instanceof OrchestratorError && error.code === "question_too_long" &&
      /<= 256 tokens/.test(error.message),
  );
});

Deno.test("OR19 the estimate never exceeds the context less the answer, and all is used or counted", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 400 });
  fc.assert(fc.property(
    fc.array(text, { maxLength: 10 }),
    fc.array(fc.tuple(text, text), { maxLength: 10 }),
    fc.integer({ min: 300, max: 4_000 }),
    (memories, history, context) => {
      const prompt = buildPrompt({
        persona: persona("ALFRED", { options: { num_ctx: context } }),
        question: "why?",
        memories: memories.map((each) => hit(each)),
        history: history.map(([query_text, full_text]) => ({ query_text, full_text, persona_name: "A" })),
      });
      const room = context - Number(prompt.options.num_predict);
      assert.ok(prompt.tokens <= room, `${prompt.tokens} > ${room}`);
      const said = prompt.messages.reduce((sum, each) => sum + estimateTokens(each.content), 0);
      assert.ok(said <= prompt.tokens + memories.length + 1, `${said} is said, ${prompt.tokens} counted`);
      assert.equal(prompt.memories.length + prompt.leftOut.memories, memories.length);
      assert.equal((prompt.messages.length - 2) / 2 + prompt.leftOut.exchanges, history.length);
    },
  ));
});

Deno.test("OR19 what stands in the prompt as a turn of the conversation does not stand there as a memory too", () => {
  const said = hit("Where is the key?\nIn the drawer.");
  const turn = {
    oid: said.oid,
    query_text: "Where is the key?",
    full_text: "In the drawer.",
    persona_name: "ALFRED",
  };
  const prompt = buildPrompt({
    persona: persona("ALFRED"),
    question: "And the lock?",
    memories: [said, hit("The lock is old.")],
    history: [turn],
  });
  assert.deepEqual(prompt.memories.map(({ text }) => text), ["The lock is old."]);
  assert.deepEqual(prompt.leftOut, { memories: 0, exchanges: 0 });
});
