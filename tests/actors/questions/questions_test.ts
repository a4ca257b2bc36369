/** Structured questions over the objects of a living image, through its door. */
import assert from "node:assert/strict";
import { openTestImage, type TestImage } from "../../support/image.ts";

const countries = {
  usa: { capital: "Washington", currency: "dollar", people: 340 },
  mexico: { capital: "Mexico City", currency: "peso", people: 130 },
  japan: { capital: "Tokyo", currency: "yen", people: 124 },
  ecuador: { capital: "Quito", currency: "dollar", people: 18 },
};

async function world(): Promise<TestImage> {
  const test = await openTestImage();
  for (const [name, slots] of Object.entries(countries)) await make(test, name, slots);
  await make(test, "alice", { age: 30, town: "mexico" });
  await test.door.command({
    command: "SET_SLOT",
    object: "alice",
    slot: "country",
    value: { $ref: (await test.door.object("japan")).oid },
  });
  return test;
}

async function make(
  { door }: TestImage,
  name: string,
  slots: Record<string, string | number>,
): Promise<void> {
  await door.command({ command: "EXTEND", object: "genesis", name });
  for (const [slot, value] of Object.entries(slots)) {
    await door.command({ command: "SET_SLOT", object: name, slot, value });
  }
}

Deno.test("AQ1 AQ2 AQ3 AQ4 questions about countries are answered, or not known", async (t) => {
  await using test = await world();
  const ask = (q: string) => test.door.question({ q });

  await t.step("AQ1 what fills a role", async () => {
    const answer = await ask("what is the currency of mexico?");
    assert.equal(answer.translation, "what fills currency in mexico");
    assert.equal(answer.known, true);
    const [{ text, similarity, margin }] = answer.answers;
    assert.equal(text, "peso");
    assert(similarity > 0.4 && margin > 0.3, `${similarity}, ${margin}`);
    assert(answer.hops[0].threshold > 0.01 && answer.hops[0].threshold < 0.1);
    assert.equal((await ask("what fills people in japan")).answers[0].text, "124");
  });

  await t.step("AQ1 a role that it lacks, and a hop into no object, are not known", async () => {
    const lacking = await ask("what fills hymn in mexico");
    assert.deepEqual([lacking.known, lacking.answers], [false, []]);
    assert.equal(lacking.hops[0].known, false);
    assert.equal((await ask("what is the colour of the currency of mexico")).known, false);
  });

  await t.step("AQ2 an analogy", async () => {
    const answer = await ask("what is to mexico as dollar is to usa");
    assert.equal(answer.answers[0].text, "peso");
    assert.deepEqual(answer.hops.map(({ nearest }) => nearest), ["currency", "peso"]);
    assert.equal((await ask("what is to mexico as rupee is to usa")).known, false);
  });

  await t.step("AQ3 which objects", async () => {
    const { answers } = await ask("which objects have currency = dollar");
    assert.deepEqual(answers.map(({ text }) => text).sort(), ["ecuador", "usa"]);
    assert((answers.at(-1)?.margin ?? 0) > 0.2);
    const lives = await ask("which objects have country = japan");
    assert.deepEqual(lives.answers.map(({ text }) => text), ["alice"]);
    assert.equal((await ask("which objects have currency = florin")).known, false);
  });

  await t.step("AQ4 chains follow references and names", async () => {
    const byReference = await ask("what is the currency of the country of alice");
    assert.deepEqual(byReference.hops.map(({ nearest }) => nearest), ["japan", "yen"]);
    assert.equal(byReference.answers[0].text, "yen");
    assert.equal((await ask("what is alice's town's capital")).answers[0].text, "Mexico City");
  });

  await t.step("AQ5 forms follow commits and undo", async () => {
    const euro = { command: "SET_SLOT", object: "mexico", slot: "currency", value: "euro" } as const;
    const { position } = await test.door.command(euro);
    const changed = await ask("what is the currency of mexico");
    assert.deepEqual([changed.answers[0].text, changed.position], ["euro", position]);
    await test.door.command({ command: "UNDO" });
    assert.equal((await ask("what is the currency of mexico")).answers[0].text, "peso");
  });

  await t.step("AQ7 random questions are not answered", async () => {
    let answered = 0;
    for (let question = 0; question < 100; question++) {
      const object = Object.keys(countries)[question % 4];
      const structured = { ask: "fills", object, roles: [`nothing ${question}`] } as const;
      if ((await test.door.question({ structured: { ...structured, roles: [...structured.roles] } })).known) {
        answered++;
      }
    }
    assert(answered <= 1, `${answered} of 100 random questions were answered`);
  });

  await t.step("AQ8 what cannot be asked is a typed error", async () => {
    const refused = (q: string, code: string) =>
      assert.rejects(ask(q), (error) => (error as { code?: string }).code === code);
    await refused("what is the currency of atlantis", "not_found");
    await refused("what is to mexico as dollar is to atlantis", "not_found");
    await refused("sing", "invalid_argument");
    await refused(`what is ${"a of ".repeat(12)}mexico`, "invalid_argument");
  });

  await t.step("AQ8 an image whose prototype is no such thing says so", async () => {
    await test.door.command({
      command: "SET_SLOT",
      object: "hypervector_prototype",
      slot: "dimensions",
      value: 12,
    });
    await assert.rejects(ask("what is the currency of mexico"), (error) => {
      assert.equal((error as { code?: string }).code, "not_ready");
      assert.match((error as Error).message, /dimensions from 1,024 to 16,384/);
      return true;
    });
    await test.door.command({ command: "UNDO" });
    assert.equal((await ask("what is the currency of mexico")).answers[0].text, "peso");
  });
});
