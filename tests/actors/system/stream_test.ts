import assert from "node:assert/strict";
import {
  CATCH_UP_EVENTS_MAX,
  EVENT_OBJECTS_MAX,
  LivingImage,
  STREAM_MESSAGES_HELD_MAX,
  type StreamMessage,
} from "../../../actors/system/mod.ts";
import { startOfEpoch } from "../../../kv/mod.ts";
import { streamEventSchema } from "../../../ui/protocol.ts";
import type { LocalDoor } from "../../../ui/door/mod.ts";
import { openTestImage } from "../../support/image.ts";
import { chooseSeed, randomFrom } from "../../support/random.ts";

const info = { who: "test", why: "a test" };

/** The positions committed after `after`, as the log has them. */
async function committedAfter(image: LivingImage, after: string): Promise<string[]> {
  const positions: string[] = [];
  for (;;) {
    const page = await image.store.log({ after: positions.at(-1) ?? after, limit: 500 });
    positions.push(...page.map(({ position }) => position));
    if (page.length < 500) return positions;
  }
}

/** Reads messages until `enough` says so, then leaves. */
async function read(
  image: LivingImage,
  after: string | undefined,
  enough: (message: StreamMessage, count: number) => boolean,
  onOpen?: () => void,
): Promise<StreamMessage[]> {
  const controller = new AbortController();
  const messages: StreamMessage[] = [];
  const options = { signal: controller.signal, ...(onOpen === undefined ? {} : { onOpen }) };
  for await (
    const message of image.publisher.stream({ ...options, ...(after === undefined ? {} : { after }) })
  ) {
    messages.push(message);
    if (enough(message, messages.length)) break;
  }
  controller.abort();
  return messages;
}

async function nextCommitted(stream: AsyncIterator<StreamMessage>): Promise<string> {
  for (;;) {
    const { value, done } = await stream.next();
    assert.ok(!done, "the stream ended");
    if (value.id !== undefined) return value.id;
  }
}

const set = (door: LocalDoor, value: number) =>
  door.command({ command: "SET_SLOT", object: "counter", slot: "count", value });

/** One writer's change, chosen by chance: a slot, a copy, a place, a name, a deletion, a message. */
async function change(door: LocalDoor, random: () => number, own: string[]): Promise<void> {
  const mine = own[Math.floor(random() * own.length)];
  const dice = random();
  if (mine === undefined || dice < 0.2) {
    const { result } = await door.command({ command: "CLONE", object: "counter" });
    own.push((result as { oid: string }).oid);
  } else if (dice < 0.6) {
    await door.command({ command: "SET_SLOT", object: mine, slot: "count", value: random() });
  } else if (dice < 0.8) {
    await door.command({ command: "MOVE_MORPH", object: mine, x: random() * 100, y: random() * 100 });
  } else if (dice < 0.9) {
    await door.command({ command: "SET_SLOT", object: "square", slot: "shared", value: random() });
  } else {
    await door.command({ command: "DELETE", object: mine });
    own.splice(own.indexOf(mine), 1);
  }
}

Deno.test("SY3 readers that are cut and come back miss nothing and get nothing twice while many write", async () => {
  const seed = chooseSeed("stream");
  await using test = await openTestImage();
  const { image, door } = test;
  for (let round = 0; round < 3; round++) {
    const start = image.store.position;
    const writers = Array.from({ length: 5 }, async (_, n) => {
      const random = randomFrom(seed + round * 100 + n);
      const own: string[] = [];
      for (let step = 0; step < 40; step++) await change(door, random, own);
    });
    const readers = Array.from({ length: 6 }, async (_, n) => {
      const random = randomFrom(seed + round * 100 + 50 + n);
      const seen: string[] = [];
      let last = start;
      for (let done = false; !done;) {
        const controller = new AbortController();
        let left = 1 + Math.floor(random() * 25);
        for await (const { id, event } of door.events({ after: last, signal: controller.signal })) {
          assert.notEqual(event.command, "RESYNC");
          streamEventSchema.parse(event);
          if (id !== undefined) {
            assert.ok(id > last, `${id} came after ${last}`);
            seen.push(last = id);
          }
          done = "why" in event && event.why === "set counter final";
          if (--left <= 0 || done) break;
          // Some readers are slower than the writers.
          if (n % 2 === 0 && random() < 0.3) {
            await new Promise((resolve) => setTimeout(resolve, random() * 4));
          }
        }
        controller.abort();
      }
      return seen;
    });
    await Promise.all(writers);
    await door.command({ command: "SET_SLOT", object: "counter", slot: "final", value: round });
    const committed = await committedAfter(image, start);
    for (const seen of await Promise.all(readers)) assert.deepEqual(seen, committed);
  }
});

Deno.test("SY3 what was missed comes first, then what is under way, then what happens", async () => {
  await using test = await openTestImage();
  const { image, door } = test;
  const start = image.store.position;
  await set(door, 1);
  await set(door, 2);
  const opened = Promise.withResolvers<void>();
  let committed = 0;
  const reading = read(image, start, ({ id }) => id !== undefined && ++committed === 3, opened.resolve);
  await opened.promise;
  await set(door, 3);
  const messages = await reading;
  const commands = messages.map(({ event }) => event.command);
  assert.deepEqual(commands.slice(0, 3), ["THOUGHT_COMMITTED", "THOUGHT_COMMITTED", "SYSTEM_STATUS_UPDATE"]);
  // The system may say more of itself at any time.
  const rest = commands.slice(3).filter((command) => command !== "SYSTEM_STATUS_UPDATE");
  assert.deepEqual(rest, ["THOUGHT_COMMITTED"]);
  assert.deepEqual(messages.flatMap(({ id }) => id ?? []), await committedAfter(image, start));
});

Deno.test("SY3 a reader from the very beginning is told of the thought that made the image", async () => {
  await using test = await openTestImage();
  const [first] = await read(test.image, startOfEpoch(1), () => true);
  assert.equal((first?.event as { kind?: string }).kind, "genesis");
});

Deno.test("SY3 a slow reader gets all that it is behind, in order, within the bound", async () => {
  await using test = await openTestImage();
  const { image, door } = test;
  const controller = new AbortController();
  const stream = image.publisher.stream({ signal: controller.signal })[Symbol.asyncIterator]();
  assert.equal((await stream.next()).value.event.command, "SYSTEM_STATUS_UPDATE");
  const start = image.store.position;
  for (let value = 0; value < 30; value++) await set(door, value);
  const committed = await committedAfter(image, start);
  await image.publisher.settled();
  const seen: string[] = [];
  while (seen.length < committed.length) {
    const { id } = (await stream.next()).value;
    if (id !== undefined) seen.push(id);
  }
  assert.deepEqual(seen, committed);
  controller.abort();
  assert.equal((await stream.next()).done, true);
});

Deno.test("SY4 a position that cannot be continued from gets RESYNC at the head, and goes on from there", async () => {
  await using test = await openTestImage();
  const { image, door } = test;
  await set(door, 1);
  const head = image.store.position;
  const stamp = (position: string, add: bigint) => {
    const [epoch, hex, place] = position.split("-");
    return `${epoch}-${(BigInt(`0x${hex}`) + add).toString(16).padStart(20, "0")}-${place}`;
  };
  const cases: Record<string, string> = {
    "another epoch": `000002${head.slice(6)}`,
    "an epoch that is gone": `000000${head.slice(6)}`,
    "the future": stamp(head, 65_536n * 1_000_000n),
    "between two commits": stamp(head, -1n),
    "a place in a commit that it did not have": `${head.slice(0, -4)}0007`,
    "no position at all": "yesterday",
  };
  for (const [what, after] of Object.entries(cases)) {
    const opened = Promise.withResolvers<void>();
    const reading = read(image, after, ({ id }) => id !== undefined, opened.resolve);
    await opened.promise;
    const at = image.store.position;
    const { position } = await set(door, 2);
    const messages = await reading;
    assert.deepEqual(messages[0], { event: { command: "RESYNC", position: at } }, what);
    assert.equal(messages[1]?.event.command, "SYSTEM_STATUS_UPDATE", what);
    assert.equal(messages.at(-1)?.id, position, what);
  }
  const current = await read(image, image.store.position, () => true);
  assert.equal(current[0]?.event.command, "SYSTEM_STATUS_UPDATE", "the head itself can be continued from");
});

Deno.test("SY4 a reader too far back gets RESYNC, one at the bound gets everything", async () => {
  await using test = await openTestImage();
  const { image } = test;
  const start = image.store.position;
  const oid = await image.world.resolve("counter");
  for (let left = CATCH_UP_EVENTS_MAX + 1; left > 0;) {
    const some = Math.min(left, 1_000);
    // A place on a canvas is the smallest thought that has its history.
    await Promise.all(
      Array.from(
        { length: some },
        (_, n) =>
          image.store.commit(
            info,
            (thought) => thought.set(["morph", `canvas ${n}`, oid], { x: left, y: n }),
          ),
      ),
    );
    left -= some;
  }
  const committed = await committedAfter(image, start);
  assert.equal(committed.length, CATCH_UP_EVENTS_MAX + 1);
  const [first] = await read(image, start, () => true);
  assert.deepEqual(first?.event, { command: "RESYNC", position: image.store.position });
  const messages = await read(image, committed[0], ({ id }) => id === undefined);
  assert.deepEqual(messages.flatMap(({ id }) => id ?? []), committed.slice(1));
});

Deno.test("SY4 a reader that does not pull is told to load anew, with what is under way, and then goes on", async () => {
  await using test = await openTestImage();
  const { image, door } = test;
  const controller = new AbortController();
  const stream = image.publisher.stream({ signal: controller.signal })[Symbol.asyncIterator]();
  await stream.next();
  await set(door, 1);
  for (let n = 0; n <= STREAM_MESSAGES_HELD_MAX; n++) {
    image.publisher.live({ command: "ANSWER_ABORTED", answer: String(n), reason: "a test" });
  }
  assert.deepEqual((await stream.next()).value.event, { command: "RESYNC", position: image.store.position });
  assert.equal((await stream.next()).value.event.command, "SYSTEM_STATUS_UPDATE");
  const { position } = await set(door, 2);
  assert.equal(await nextCommitted(stream), position);
  controller.abort();
});

Deno.test("SY4 a thought that cannot be described is a RESYNC and a reported reason, never a gap", async () => {
  await using test = await openTestImage();
  const { image, door, errors } = test;
  const controller = new AbortController();
  const stream = image.publisher.stream({ signal: controller.signal })[Symbol.asyncIterator]();
  await stream.next();
  const { registry } = image.world;
  const load = registry.load.bind(registry);
  const oid = await image.world.resolve("counter");
  await image.publisher.settled();
  registry.load = () => Promise.reject(new Error("a disk that cannot be read"));
  await image.store.commit(info, (thought) => thought.set(["object", oid], { torn: true }));
  await image.publisher.settled();
  registry.load = load;
  assert.equal((await stream.next()).value.event.command, "RESYNC");
  assert.equal((await stream.next()).value.event.command, "SYSTEM_STATUS_UPDATE");
  assert.match(String(errors.splice(0)), /a disk that cannot be read/);
  const { position } = await door.command({ command: "SET_SLOT", object: "square", slot: "width", value: 2 });
  assert.equal(await nextCommitted(stream), position);
  controller.abort();
});

Deno.test("SY4 after a thought of more than one event tells of, readers are told to load anew, live and later", async () => {
  await using test = await openTestImage();
  const { image } = test;
  const oid = await image.world.resolve("counter");
  const before = image.store.position;
  const controller = new AbortController();
  const stream = image.publisher.stream({ signal: controller.signal })[Symbol.asyncIterator]();
  await stream.next();
  const places = (count: number) =>
    image.store.commit(info, (thought) => {
      for (let n = 0; n < count; n++) thought.set(["morph", `canvas ${n}`, oid], { x: count, y: n });
    });
  await places(EVENT_OBJECTS_MAX + 1);
  const large = image.store.position;
  await places(EVENT_OBJECTS_MAX);
  const last = image.store.position;
  const said: string[] = [];
  while (said.at(-1) !== last) {
    const { value } = await stream.next();
    said.push(value.id ?? value.event.command);
  }
  assert.deepEqual(said.filter((each) => each !== "SYSTEM_STATUS_UPDATE"), [large, "RESYNC", last]);
  assert.equal(said[said.indexOf("RESYNC") + 1], "SYSTEM_STATUS_UPDATE", "what is under way is told again");
  controller.abort();
  const later = await read(image, before, ({ id }) => id === last);
  assert.deepEqual(later.map(({ id, event }) => id ?? event), [
    large,
    { command: "RESYNC", position: large },
    last,
  ]);
});

Deno.test("SY3 a stream ends when the image closes, in the middle of catching up too", async () => {
  const test = await openTestImage();
  const { image, door } = test;
  const start = image.store.position;
  for (let value = 0; value < 20; value++) await set(door, value);
  const ends = async (after: string | undefined, pull: number) => {
    const signal = new AbortController().signal;
    const stream = image.publisher.stream({ signal, ...(after === undefined ? {} : { after }) });
    const reader = stream[Symbol.asyncIterator]();
    for (let n = 0; n < pull; n++) await reader.next();
    return async () => {
      for (;;) if ((await reader.next()).done) return;
    };
  };
  const readers = [await ends(undefined, 1), await ends(start, 3), await ends(start, 0)];
  await test[Symbol.asyncDispose]();
  for (const drained of readers) await drained();
});
