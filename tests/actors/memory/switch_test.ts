/** Vectors of two spaces never meet, however a thought, a query or the archive falls about a switch. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { v7 as uuidv7 } from "uuid";
import { create, resolveIn } from "../../../actors/world/mod.ts";
import { IndexParticipant } from "../../../actors/memory/mod.ts";
import { Origins } from "../../../actors/memory/origins.ts";
import { embedByHashing, hashSpace } from "../../../vector/mod.ts";
import {
  Arriving,
  type ImageWithMemory,
  memoryUntil,
  modelSpace,
  openWithMemory,
  servesModel,
  storedRows,
  testWithModel,
} from "./fixture.ts";
import { assertInStep } from "./oracle.ts";

const request = { who: "a test" };
const texts = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `note ${from + n} about topic${from + n}`);

/** Makes a memory of a vector that was made before, in a thought that may be held up after it has joined. */
async function rememberWith(
  image: ImageWithMemory,
  text: string,
  vector: Float32Array,
  joined: () => Promise<void>,
) {
  const oid = uuidv7();
  const info = { who: "a test", why: `remember: ${text}`, kind: "remember" };
  await image.image.world.thought(info, async (tx) => {
    const prototype = await resolveIn(tx, "context_fractal_prototype");
    await create(tx, { oid, at: 1 }, {
      name: null,
      parents: [prototype],
      slots: { text_chunk: { kind: "data", value: text } },
    });
    image.parts.memory!.stage(tx.thought, { rows: [{ oid, vector }], removed: [] });
    await joined();
  });
  return oid;
}

Deno.test("ME50 a vector of another space whose text is not known refuses the thought; one whose text is known is made again", async () => {
  const origins = new Origins();
  const spaces = { active: modelSpace, known: [hashSpace, modelSpace] };
  const remade = embedByHashing("made again");
  const participant = () =>
    new IndexParticipant({ spaces, origins, embed: () => Promise.resolve([remade]), onEnded: () => {} });
  const vector = embedByHashing("the garden gate creaks");
  origins.note(vector, { space: hashSpace.id });
  const refused = participant();
  refused.stage("a", vector);
  const vote = await refused.vote();
  equal([vote.ok, vote.ok ? null : vote.code], [false, "vector_refused"]);
  match(vote.ok ? "" : vote.reason, /was made in the space lexical-hashing-384-1, and this is all-MiniLM/);

  origins.note(vector, { space: hashSpace.id, text: "the garden gate creaks" });
  const again = participant();
  again.stage("a", vector);
  const accepted = await again.vote();
  const set = accepted.ok ? accepted.mutations!.find(({ type }) => type === "set") : undefined;
  equal(set?.key, ["vector", modelSpace.id, "a"]);
  equal(set?.type === "set" && set.value, new Uint8Array(remade.buffer));
});

testWithModel(
  "ME51 what was embedded before a switch and is remembered or asked after it is made again in the new space",
  async () => {
    const models = new Arriving();
    await using image = await openWithMemory({ models });
    await image.remember(...texts(0, 20));
    const memory = image.parts.memory!;
    const [vector, query] = await memory.embed([
      "My sister moved to Portugal",
      "in which country does my sibling live",
    ]);
    models.there = true;
    image.parts.embedder!.retry();
    await servesModel(image);
    const oid = await rememberWith(image, "My sister moved to Portugal", vector!, () => Promise.resolve());
    equal(await image.recall("in which country does my sibling live", 1), ["My sister moved to Portugal"]);
    equal((await memory.search(query!, 1))[0]!.oid, oid);
    equal((await storedRows(image, hashSpace.id)).includes(oid), false);
  },
);

testWithModel(
  "ME52 a switch waits for a thought that has joined, and leaves none of its rows behind",
  async () => {
    const models = new Arriving();
    await using image = await openWithMemory({ models });
    await image.remember(...texts(0, 10));
    const [vector] = await image.parts.memory!.embed(["My sister moved to Portugal"]);
    const hold = Promise.withResolvers<void>();
    const held = rememberWith(image, "My sister moved to Portugal", vector!, () => hold.promise);
    models.there = true;
    image.parts.embedder!.retry();
    await memoryUntil(image, ({ index }) => index.progress === 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    equal(image.parts.memory!.status.space.id, hashSpace.id);
    hold.resolve();
    const oid = await held;
    await servesModel(image);
    equal(await image.recall("in which country does my sibling live", 1), ["My sister moved to Portugal"]);
    ok((await storedRows(image, modelSpace.id)).includes(oid));
  },
);

testWithModel(
  "ME53 an archive of the former space is asked nothing any more, and is replaced by one of the new",
  async () => {
    const models = new Arriving();
    await using image = await openWithMemory({ models });
    await image.image.operations.setSlot("archive_manager", "threshold_rows", 30, request);
    await image.remember("My sister moved to Portugal", ...texts(0, 49));
    await memoryUntil(
      image,
      ({ L2, L1, archive }) => L2.rows === 50 && L1.rows === 0 && archive.state === "idle",
    );
    const [gone] = await image.remember("to be deleted");
    models.there = true;
    image.parts.embedder!.retry();
    await memoryUntil(
      image,
      ({ space, index, archive, L1 }) =>
        space.id === modelSpace.id && index.state === "ready" && archive.state === "idle" && L1.rows === 0,
    );
    equal(image.parts.memory!.status.L2, { rows: 51, segments: 1 });
    await image.image.operations.delete(gone!, false, request);
    equal(await image.recall("in which country does my sibling live", 1), ["My sister moved to Portugal"]);
    await assertInStep({
      memory: image.parts.memory!,
      store: image.image.store,
      texts: texts(0, 20),
      recall: 0.9,
    });
  },
);
