/** Curation of a living image through its door: what it makes, what it masks, how it is taken back and how it stops. */
import assert from "node:assert/strict";
import { keys } from "../../../kv/mod.ts";
import { openTestImage, type TestImage } from "../../support/image.ts";
import { PacedMind } from "../../support/paced_mind.ts";
import { RecallMind } from "../../../actors/minds/mod.ts";
import { ask, curate, ended, remember, topics } from "./scene.ts";

const all = Object.values(topics).flat();

async function found({ door }: TestImage, q: string): Promise<string[]> {
  return (await door.recall({ q, k: 50 })).map(({ oid }) => oid);
}

const concepts = async ({ door }: TestImage) => (await door.curation()).concepts;

Deno.test("CU1 CU2 CU3 CU4 CU5 CU6 CU11 without a model", async (t) => {
  await using test = await openTestImage();
  const { door, image } = test;
  const oids = await remember(door, all);
  const [copy, slip, junk] = await remember(door, [
    topics.bread[1],
    "We walked to the lightouse by the sea and watched the waves",
    "ok thanks",
  ]);
  const first = await curate(door);

  await t.step("CU11 the report says what was done and why, with the thought of each", async () => {
    assert.equal(first.outcome, "done");
    assert.deepEqual(first.looked, { memories: 18, concepts: 0, older: false });
    assert.deepEqual([first.counts.created, first.counts.duplicates, first.counts.junk], [3, 2, 1]);
    for (const { position, why } of first.entries) {
      assert.ok(position !== null && why.length > 10);
      const [thought] = (await door.log({ limit: 1000 })).filter((each) => each.position === position);
      assert.deepEqual([thought!.who, thought!.kind], ["curator", "curation"]);
    }
    assert.deepEqual((await door.curation()).report, first);
    const kept = (await door.object("curator")).slots.report as Record<string, unknown>;
    assert.deepEqual([kept.entries, kept.counts], [first.entries, first.counts]);
  });

  await t.step("CU1 CU3 duplicates are masked with what stays, kept, and found by no channel", async () => {
    const { slots } = await door.object(copy!);
    assert.equal(slots.masked, "duplicate: the same text");
    assert.deepEqual(slots.duplicate_of, { $ref: oids[6] });
    assert.equal(slots.text_chunk, topics.bread[1]);
    assert.equal((await door.object(slip!)).slots.masked, "duplicate: the same but for a mistyped word");
    assert.equal((await door.object(junk!)).slots.masked, "junk: it says nothing but a word of courtesy");
    const seen = await found(test, "sourdough bread with rye flour, the lighthouse by the sea, ok thanks");
    for (const oid of [copy, slip, junk]) assert.ok(!seen.includes(oid!));
    assert.ok(seen.includes(oids[6]!) && seen.includes(oids[0]!));
    assert.deepEqual((await door.checkMemory()).problems, []);
  });

  await t.step(
    "CU4 CU5 each topic is a concept, with sources, hypervector and provenance, found by recall",
    async () => {
      const list = await concepts(test);
      assert.equal(list.length, 3);
      const bread = list.find(({ title }) => /bread/.test(title))!;
      assert.match(bread.title, /sourdough/);
      assert.equal(bread.by, "extraction");
      const { slots, name, chain } = await door.object(bread.oid);
      assert.deepEqual([...slots.abstraction_of as string[]].sort(), oids.slice(5, 10).sort());
      assert.equal(name, `concept: ${bread.title}`);
      assert.equal(chain[1]!.name, "concept_fractal_prototype");
      assert.ok((topics.bread as readonly string[]).includes(slots.definition_text as string));
      assert.match((slots.provenance as { because: string }).because, /model/);
      const stored = await image.store.get<Uint8Array>(keys.hypervector(bread.oid));
      assert.equal(stored!.value.length, 10_000);
      assert.ok((await found(test, "sourdough")).includes(bread.oid));
    },
  );

  await t.step("CU6 a run over the same finds nothing to do", async () => {
    const again = await curate(door);
    assert.deepEqual([again.outcome, again.entries.length], ["done", 0]);
  });

  await t.step("CU6 a concept grows when its cluster does", async () => {
    const [more] = await remember(door, ["Sourdough bread with flour of spelt and water was the best."]);
    const report = await curate(door);
    assert.deepEqual([report.counts.grown, report.entries.length], [1, 1]);
    const bread = (await concepts(test)).find(({ title }) => /bread/.test(title))!;
    assert.ok(((await door.object(bread.oid)).slots.abstraction_of as string[]).includes(more!));
  });

  await t.step(
    "CU4 undo takes a concept away whole, it comes back with redo, and is not made again",
    async () => {
      const sea = (await concepts(test)).find(({ title }) => /lighthouse/.test(title))!;
      const { position } = first.entries.find(({ objects }) => objects.includes(sea.oid))!;
      await door.command({ command: "UNDO", position: position! });
      assert.equal(await image.store.get(keys.hypervector(sea.oid)), null);
      assert.ok(!(await found(test, "lighthouse")).includes(sea.oid));
      const report = await curate(door);
      assert.equal(report.entries.length, 0, JSON.stringify(report.entries));
      await door.command({ command: "REDO", position: position! });
      assert.ok(await image.store.get(keys.hypervector(sea.oid)) !== null);
      assert.ok((await found(test, "lighthouse")).includes(sea.oid));
      assert.equal((await door.verify()).ok, true);
    },
  );

  await t.step("CU2 CU3 what undo or a person shows again is found at once and stays so", async () => {
    const masking = first.entries.find(({ objects }) => objects[0] === junk)!;
    await door.command({ command: "UNDO", position: masking.position! });
    assert.ok((await found(test, "ok thanks")).includes(junk!));
    const { counts } = await curate(door);
    assert.deepEqual([counts.duplicates, counts.junk], [0, 0]);
    assert.equal((await door.object(copy!)).slots.masked, undefined);
  });
});

Deno.test("CU3 a duplicate whose original is gone is shown again by the next run", async () => {
  await using test = await openTestImage();
  const { door } = test;
  const [original, copy] = await remember(door, [
    "The spare key is under the mat",
    "the spare key is under the mat!",
  ]);
  assert.equal((await curate(door)).counts.duplicates, 1);
  await door.command({ command: "DELETE", object: original! });
  assert.ok(!(await found(test, "spare key")).includes(copy!));
  assert.equal((await curate(door)).counts.unmasked, 1);
  assert.ok((await found(test, "spare key")).includes(copy!));
  await door.command({
    command: "SET_SLOT",
    object: copy!,
    slot: "masked",
    value: "I do not want to see it",
  });
  assert.ok(!(await found(test, "spare key")).includes(copy!));
  await door.command({ command: "REMOVE_SLOT", object: copy!, slot: "masked" });
  assert.ok((await found(test, "spare key")).includes(copy!));
});

/** Does as the curator of an earlier day would have: a concept of these sources, in its words. */
async function earlierConcept(
  { door }: TestImage,
  title: string,
  sources: readonly string[],
): Promise<string> {
  const made = await door.command({ command: "EXTEND", object: "concept_fractal_prototype", name: title });
  const { oid } = made.result as { oid: string };
  const provenance = { by: "curator", method: "extraction", title, definition: title };
  const slots = {
    title,
    definition_text: title,
    text_chunk: title,
    abstraction_of: [...sources],
    provenance,
  };
  for (const [slot, value] of Object.entries(slots)) {
    await door.command({ command: "SET_SLOT", object: oid, slot, value });
  }
  return oid;
}

Deno.test("CU6 concepts that have become one are merged, one that has drifted is split, each in a thought", async () => {
  await using test = await openTestImage();
  const { door } = test;
  const oids = await remember(door, all);
  const one = await earlierConcept(test, "first half", oids.slice(0, 2));
  const two = await earlierConcept(test, "second half", oids.slice(2, 5));
  const both = await earlierConcept(test, "bread and taxes", oids.slice(5, 15));
  const report = await curate(door);
  assert.deepEqual([report.counts.merged, report.counts.split, report.counts.created], [1, 1, 0]);
  const list = await concepts(test);
  assert.deepEqual(list.map(({ sources }) => sources), [5, 5, 5]);
  assert.ok(list.some(({ oid }) => oid === one) && list.some(({ oid }) => oid === both));
  await assert.rejects(door.object(two));
  const merge = report.entries.find(({ did }) => did === "merged")!;
  await door.command({ command: "UNDO", position: merge.position! });
  assert.deepEqual((await door.object(two)).slots.abstraction_of, oids.slice(2, 5));
  const again = await curate(door);
  assert.equal(again.entries.length, 0, JSON.stringify(again.entries));
});

Deno.test("CU5 CU7 CU8 with a mind", async (t) => {
  const mind = new PacedMind();
  await using test = await openTestImage({ minds: [mind, new RecallMind()] });
  const { door, image } = test;
  await remember(door, topics.sea);

  let called = Promise.withResolvers<AbortSignal>();
  const generate = mind.generate.bind(mind);
  mind.generate = (request) => {
    called.resolve(request.signal);
    return generate(request);
  };
  /** A run whose mind has been asked for words, which come when the test says so. */
  const defining = async () => {
    called = Promise.withResolvers<AbortSignal>();
    const run = await ask(door);
    return { run, signal: await called.promise };
  };

  await t.step(
    "CU7 any command of a person aborts the mind, nothing is committed, and a report says so",
    async () => {
      const { run, signal } = await defining();
      await door.command({ command: "SET_SLOT", object: "counter", slot: "count", value: 3 });
      // The mind waits for words that never come: only its signal ends it, before the command is answered.
      assert.equal(signal.aborted, true);
      const report = await ended(door, run);
      assert.equal(report.outcome, "stopped");
      assert.match(report.reason!, /somebody came/);
      assert.ok(report.stoppedInMs !== null && report.stoppedInMs >= 0);
      assert.equal(report.counts.created, 0);
      assert.equal((await concepts(test)).length, 0);
      assert.deepEqual((await door.log({ limit: 1000 })).filter(({ kind }) => kind === "curation"), []);
      const { next, state } = await door.curation();
      assert.equal(state, "waiting");
      assert.ok(next !== null, "it goes on when nobody is here");
    },
  );

  await t.step(
    "CU7 a recall stops it too, and so does asking it to stop; looking at it does not",
    async () => {
      const { run: second, signal } = await defining();
      await door.health();
      await door.curation();
      assert.equal((await door.curation()).running?.run, second);
      assert.equal(signal.aborted, false);
      await door.recall({ q: "sea" });
      assert.equal((await ended(door, second)).outcome, "stopped");
      const { run: third } = await defining();
      assert.deepEqual((await door.command({ command: "CURATE", stop: true })).result, { stopped: true });
      assert.equal((await ended(door, third)).reason, "it was asked to stop");
    },
  );

  await t.step("CU5 an answer that is none costs its words alone, and is told", async () => {
    const run = await ask(door);
    mind.say('{"title": "", "definition"');
    mind.end();
    const report = await ended(door, run);
    assert.deepEqual([report.outcome, report.defined.extraction, report.counts.created], ["done", 1, 1]);
    assert.match(report.entries[0]!.why, /the mind's answer is not used: it is not JSON/);
    const created = report.entries.find(({ did }) => did === "created")!;
    await door.command({ command: "DELETE", object: created.objects[0]! });
  });

  await t.step("CU5 a persona's mind names and defines, and is named in the thought", async () => {
    const run = await ask(door);
    mind.say(
      JSON.stringify({ title: "The lighthouse", definition: "Evenings by the sea at the lighthouse." }),
    );
    mind.end();
    const report = await ended(door, run);
    assert.deepEqual([report.defined.minds, report.outcome], [1, "done"]);
    assert.ok(report.defined.tokens > 100);
    const [concept] = await concepts(test);
    assert.deepEqual(
      [concept!.title, concept!.definition, concept!.by],
      ["The lighthouse", "Evenings by the sea at the lighthouse.", "ALFRED"],
    );
    const thought = (await door.log({ limit: 1000 })).find(({ position }) =>
      position === report.entries[0]!.position
    );
    assert.equal(thought!.persona, "ALFRED");
    await door.command({ command: "DELETE", object: concept!.oid });
  });

  await t.step("CU8 no mind is asked beyond the budget of tokens, and the report says so", async () => {
    await door.command({ command: "SET_SLOT", object: "curator", slot: "tokens", value: 10 });
    const report = await curate(door);
    assert.deepEqual([report.outcome, report.defined.extraction, report.defined.tokens], ["done", 1, 0]);
    assert.equal(report.reason, "the budget of 10 tokens is spent");
  });

  await t.step("CU8 a run that is out of time stops, keeps what it did, and goes on later", async () => {
    await door.command({ command: "SET_SLOT", object: "curator", slot: "tokens", value: 20_000 });
    await remember(door, topics.taxes);
    await door.command({ command: "SET_SLOT", object: "curator", slot: "seconds", value: 0.3 });
    const report = await curate(door);
    assert.equal(report.outcome, "out of time");
    assert.ok((await door.curation()).next !== null);
    assert.equal(image.curator.status().running, null);
  });
});

Deno.test("CU9 a run begins by itself when nobody is here, as the slots say at once", async () => {
  await using test = await openTestImage();
  const { door } = test;
  await remember(door, topics.sea);
  await door.command({ command: "SET_SLOT", object: "curator", slot: "cluster_min", value: 1 });
  await door.command({ command: "SET_SLOT", object: "curator", slot: "new_memories", value: 2 });
  await door.command({ command: "SET_SLOT", object: "curator", slot: "idle_minutes", value: 0.001 });
  const report = await ended(door, 1);
  assert.deepEqual([report.asked, report.outcome, report.counts.created], ["idle", "done", 1]);
  const { problems } = await door.curation();
  assert.match(problems[0]!, /curator\.cluster_min is not obeyed/);
  assert.ok((await door.health()).degraded.some(({ part }) => part === "curator"));
});

Deno.test("CU12 an image without curator and prototype of concepts gets on, and has both afterwards", async () => {
  await using test = await openTestImage();
  const { door } = test;
  await door.command({ command: "DELETE", object: "curator" });
  await door.command({ command: "DELETE", object: "concept_fractal_prototype" });
  await remember(door, topics.sea);
  const report = await curate(door);
  assert.equal(report.counts.created, 1, JSON.stringify(report));
  assert.equal((await concepts(test)).length, 1);
  assert.ok((await door.object("curator")).slots.report !== undefined);
});
