/** Plain words as structured questions: by a persona where a model is there, by patterns where none is or it errs. */
import assert from "node:assert/strict";
import { openTestImage } from "../../support/image.ts";
import { type Prepared } from "../../support/scripted_ollama.ts";
import { failure, openScene, type Scene } from "../kernel/scene.ts";

async function withMexico(...answers: Prepared[]): Promise<Scene> {
  const scene = await openScene(answers);
  const { door } = scene.test;
  await door.command({ command: "EXTEND", object: "genesis", name: "mexico" });
  await door.command({ command: "SET_SLOT", object: "mexico", slot: "currency", value: "peso" });
  return scene;
}

const fills = { ask: "fills", object: "mexico", roles: ["currency"] };

Deno.test("AQ10 a persona makes the structured question, held to a schema, and is named with it", async () => {
  await using scene = await withMexico(fills);
  const answer = await scene.test.door.question({ q: "With what do people in mexico pay?" });
  assert.equal(answer.answers[0]!.text, "peso");
  assert.deepEqual(answer.question, fills);
  assert.deepEqual(answer.translator, { by: "persona", persona: "BABS", model: "m:latest", note: null });
  const [{ messages, format }] = scene.mind.chats as [typeof scene.mind.chats[number]];
  assert.ok(JSON.stringify(format).includes('"roles"'), "a schema is demanded");
  assert.match(
    messages.at(-1)!.content,
    /- mexico: currency\n\nThe question: With what do people in mexico pay\?/,
  );
  const { translator } = await scene.test.door.question({ structured: { ...fills, ask: "fills" } });
  assert.equal(translator.by, "person");
  assert.equal(scene.mind.chats.length, 1, "what is structured already is not translated");
});

Deno.test("AQ10 what a persona says wrongly is not asked: patterns translate, and it is said why", async (t) => {
  const wrong: readonly [string, Prepared, RegExp][] = [
    ["no JSON", "the peso, I think", /is no structured question/],
    ["another shape", { ask: "why", object: "mexico" }, /is no structured question/],
    ["no role", { ...fills, roles: [] }, /is no structured question/],
    [
      "an object that is not there",
      { ...fills, object: "Mexico City" },
      /named "Mexico City", which is no object/,
    ],
    ["a mind that fails", () => new Response("broken", { status: 500 }), /failed|500/],
  ];
  await using scene = await withMexico();
  for (const [title, answer, note] of wrong) {
    await t.step(title, async () => {
      scene.mind.prepare(answer);
      const { translator, answers } = await scene.test.door.question({ q: "what is the currency of mexico" });
      assert.equal(answers[0]!.text, "peso");
      assert.deepEqual([translator.by, translator.persona], ["patterns", null]);
      assert.match(translator.note!, note);
    });
  }
  const unknown = await failure(scene.test.door.question({ q: "sing" }));
  assert.equal(unknown.code, "invalid_argument");
});

Deno.test("AQ10 without a model patterns translate, and the answer says that none is there", async () => {
  await using test = await openTestImage();
  const { translator } = await test.door.question({ q: "what fills doc in genesis" });
  assert.equal(translator.by, "patterns");
  assert.match(translator.note!, /No model/i);
});
