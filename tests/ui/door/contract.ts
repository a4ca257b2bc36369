/**
 * What every door promises, whatever is behind it. One suite, run on each door: the one to an image in this
 * process, the one through a server, the one to an image in memory. It is long as it is one file for all of them.
 */
import assert from "node:assert/strict";
import type { Door, StreamMessage } from "../../../ui/door/mod.ts";
import type { CommandInput, ObjectView } from "../../../ui/protocol.ts";

/** Opens a door to a new image; `close` leaves nothing behind. */
export type OpenDoor = () => Promise<{ readonly door: Door; close(): Promise<void> }>;

/** An object as a command answers it. */
async function made(door: Door, command: Parameters<Door["command"]>[0]): Promise<ObjectView> {
  return (await door.command(command)).result as ObjectView;
}

async function refusal(attempt: Promise<unknown>): Promise<Record<string, unknown> & { message: string }> {
  const error = await attempt.then(() => undefined, (reason) => reason);
  assert.ok(error instanceof Error, "it was not refused");
  return error as unknown as Record<string, unknown> & { message: string };
}

/** Reads a stream until a message is the one that is waited for, and answers all that were read. */
export async function readUntil(
  door: Door,
  options: { after?: string; onOpen?: () => void },
  isLast: (message: StreamMessage) => boolean,
): Promise<StreamMessage[]> {
  const controller = new AbortController();
  const read: StreamMessage[] = [];
  for await (const message of door.events({ ...options, signal: controller.signal })) {
    read.push(message);
    if (isLast(message)) break;
  }
  controller.abort();
  return read;
}

export function doorContract(doorName: string, open: OpenDoor): void {
  const rule = (name: string, body: (door: Door) => Promise<void>) =>
    Deno.test(`${name} (${doorName})`, async () => {
      const { door, close } = await open();
      try {
        await body(door);
      } finally {
        await close();
      }
    });

  rule("UI1 what makes an object answers with it as object() gives it, by name and by oid", async (door) => {
    const answer = await door.command({ command: "EXTEND", object: "genesis", name: "lamp" });
    const lamp = answer.result as ObjectView;
    assert.equal(lamp.name, "lamp");
    assert.equal(lamp.position, answer.position);
    assert.deepEqual(lamp.parents, [(await door.object("genesis")).oid]);
    assert.deepEqual(await door.object("lamp"), lamp);
    assert.deepEqual(await door.object(lamp.oid), lamp);
    assert.deepEqual(lamp.chain.map(({ name }) => name), ["lamp", "genesis"]);
  });

  rule("UI2 a slot is set, read by a message, inherited, and removed", async (door) => {
    await made(door, { command: "EXTEND", object: "genesis", name: "lamp" });
    const value = { lit: true, colours: ["red", null, 0.5], "ünï": "✓" };
    const lamp = await made(door, { command: "SET_SLOT", object: "lamp", slot: "state", value });
    assert.deepEqual(lamp.slots.state, value);
    await made(door, { command: "EXTEND", object: "lamp", name: "torch" });
    const sent = await door.command({ command: "SEND", receiver: "torch", selector: "state", arguments: [] });
    assert.deepEqual(sent.result, value);
    await door.command({ command: "REMOVE_SLOT", object: "lamp", slot: "state" });
    assert.ok(!Object.hasOwn((await door.object("lamp")).slots, "state"));
  });

  rule("UI266 several slots are set as one thought, which one undo takes back", async (door) => {
    await made(door, { command: "EXTEND", object: "genesis", name: "lamp" });
    const before = await made(door, { command: "SET_SLOT", object: "lamp", slot: "watts", value: 7 });
    const slots = { watts: 9, colour: "red", "__proto__ 2": [1] };
    const expected = before.position as string;
    const set = await door.command({ command: "SET_SLOTS", object: "lamp", slots, expected });
    assert.deepEqual((set.result as ObjectView).slots, slots);
    const stale = door.command({ command: "SET_SLOTS", object: "lamp", slots: { watts: 1 }, expected });
    assert.equal((await refusal(stale)).code, "stale");
    await door.command({ command: "UNDO", position: set.position });
    assert.deepEqual((await door.object("lamp")).slots, { watts: 7 });
  });

  rule("UI3 clone copies slots, extend does not, and both take a free name", async (door) => {
    await made(door, { command: "EXTEND", object: "genesis", name: "lamp" });
    await made(door, { command: "SET_SLOT", object: "lamp", slot: "watts", value: 7 });
    const clone = await made(door, { command: "CLONE", object: "lamp" });
    const child = await made(door, { command: "EXTEND", object: "lamp" });
    assert.equal(clone.slots.watts, 7);
    assert.equal(child.slots.watts, undefined);
    assert.deepEqual([clone.name, child.name], ["lamp 2", "lamp 3"]);
    const children = await door.children("lamp");
    assert.deepEqual(children.objects.map(({ oid }) => oid), [child.oid]);
    assert.equal(children.next, null);
  });

  rule("UI4 children come in pages that leave nothing out", async (door) => {
    await made(door, { command: "EXTEND", object: "genesis", name: "lamp" });
    const expected = [];
    for (let n = 0; n < 5; n++) expected.push((await made(door, { command: "EXTEND", object: "lamp" })).oid);
    const found = [];
    let page = await door.children("lamp", { limit: 2 });
    while (page.next !== null) {
      found.push(...page.objects.map(({ oid }) => oid));
      page = await door.children("lamp", { limit: 2, after: page.next });
    }
    found.push(...page.objects.map(({ oid }) => oid));
    assert.deepEqual(found.toSorted(), expected.toSorted());
  });

  rule("UI5 unknown objects, taken names, cycles and unknown messages are typed refusals", async (door) => {
    await made(door, { command: "EXTEND", object: "genesis", name: "lamp" });
    await made(door, { command: "EXTEND", object: "lamp", name: "torch" });
    const before = (await door.health()).image.position;
    const codes: [string, () => Promise<unknown>][] = [
      ["not_found", () => door.object("nobody")],
      ["not_found", () => door.command({ command: "CLONE", object: "nobody" })],
      ["name_taken", () => door.command({ command: "CLONE", object: "lamp", name: "torch" })],
      ["has_children", () => door.command({ command: "DELETE", object: "lamp" })],
      ["not_understood", () => door.command({ command: "SEND", receiver: "torch", selector: "fly" })],
      [
        "parent_cycle",
        () =>
          door.command({ command: "SET_SLOT", object: "lamp", slot: "parent*", value: [{ $ref: "torch" }] }),
      ],
    ];
    for (const [code, attempt] of codes) {
      const error = await refusal(attempt());
      assert.equal(error.code, code, error.message);
      assert.equal(typeof error.hint, "string");
      assert.equal(typeof error.retryable, "boolean");
      assert.equal(typeof error.details, "object");
    }
    assert.equal((await door.health()).image.position, before, "a refusal changed the image");
  });

  rule("UI6 a stale expected position is refused, a current one is taken", async (door) => {
    const first = await made(door, { command: "EXTEND", object: "genesis", name: "lamp" });
    const expected = first.position as string;
    const set = (value: number) =>
      door.command({ command: "SET_SLOT", object: "lamp", slot: "watts", value, expected });
    await set(1);
    assert.equal((await refusal(set(2))).code, "stale");
    assert.equal((await door.object("lamp")).slots.watts, 1);
  });

  rule("UI6 undo and redo are refused unless the image is still at the expected position", async (door) => {
    const first = await door.command({ command: "EXTEND", object: "genesis", name: "lamp" });
    const second = await door.command({ command: "SET_SLOT", object: "lamp", slot: "watts", value: 1 });
    const stale = await refusal(door.command({ command: "UNDO", expected: first.position }));
    assert.equal(stale.code, "stale");
    const { expected, current } = stale.details as Record<string, unknown>;
    assert.deepEqual([expected, current], [first.position, second.position]);
    assert.equal((await door.object("lamp")).slots.watts, 1);
    const options = { idempotencyKey: crypto.randomUUID() };
    const undo = { command: "UNDO", expected: second.position } as const;
    const undone = await door.command(undo, options);
    assert.equal((await door.command(undo, options)).position, undone.position);
    assert.equal(
      (await refusal(door.command({ command: "REDO", expected: second.position }))).code,
      "stale",
    );
    await door.command({ command: "REDO", expected: undone.position });
    assert.equal((await door.object("lamp")).slots.watts, 1);
  });

  rule("UI6 a command that names nothing with a position takes no expected one", async (door) => {
    const { position: expected } = await door.command({ command: "EXTEND", object: "genesis" });
    const inputs = [
      { command: "REMEMBER", text: "a" },
      { command: "REMEMBER_MANY", memories: [{ text: "a" }] },
      { command: "USER_QUERY_REQUEST", query_text: "a" },
      { command: "CANCEL", answer: "a" },
      { command: "PULL_MODEL", model: "a" },
    ];
    for (const input of inputs) {
      const refused = await refusal(door.command({ ...input, expected } as CommandInput));
      assert.match(refused.message, /"expected/, input.command);
    }
  });

  rule("UI7 the same idempotency key changes the image once", async (door) => {
    const options = { idempotencyKey: crypto.randomUUID() };
    const first = await door.command({ command: "EXTEND", object: "genesis", name: "lamp" }, options);
    const second = await door.command({ command: "EXTEND", object: "genesis", name: "lamp" }, options);
    assert.equal(second.position, first.position);
    assert.equal((second.result as ObjectView).oid, (first.result as ObjectView).oid);
    assert.equal((await door.log({ object: "lamp" })).length, 1);
  });

  rule(
    "UI7 an undo and a redo that are repeated are answered as at first, though nothing is left to do",
    async (door) => {
      await door.command({ command: "EXTEND", object: "genesis", name: "lamp" });
      for (const command of ["UNDO", "REDO"] as const) {
        const options = { idempotencyKey: crypto.randomUUID() };
        const first = await door.command({ command }, options);
        assert.deepEqual(await door.command({ command }, options), first, command);
      }
    },
  );

  rule("UI251 an idempotency key that comes again with another command is refused", async (door) => {
    const idempotencyKey = crypto.randomUUID();
    const extend = { command: "EXTEND", object: "genesis", name: "lamp" } as const;
    const first = await door.command(extend, { idempotencyKey });
    const others: CommandInput[] = [
      { ...extend, name: "torch" },
      { command: "SET_SLOT", object: "lamp", slot: "watts", value: 1 },
      { command: "SEND", receiver: "lamp", selector: "watts" },
      { command: "UNDO" },
      { command: "REMEMBER", text: "a lamp" },
      { command: "USER_QUERY_REQUEST", query_text: "a lamp?" },
      { command: "BACKUP" },
    ];
    for (const other of others) {
      const refused = await refusal(door.command(other, { idempotencyKey }));
      assert.equal(refused.code, "idempotency_conflict", other.command);
      assert.match(refused.message, new RegExp(`key "${idempotencyKey}" was used`));
      assert.deepEqual(refused.details, { key: idempotencyKey });
    }
    assert.equal((await door.command(extend, { idempotencyKey })).position, first.position);
    assert.equal((await door.log({ newest: true, limit: 1 }))[0]!.position, first.position);
    const asking = { idempotencyKey: crypto.randomUUID() };
    await door.command({ command: "CURATE", stop: true }, asking);
    const { code } = await refusal(door.command({ command: "UNDO" }, asking));
    assert.equal(code, "idempotency_conflict", "what is no thought is remembered too");
  });

  rule("UI8 undo puts back what was, redo does it again, and the past can be read", async (door) => {
    await made(door, { command: "EXTEND", object: "genesis", name: "lamp" });
    const one = await made(door, { command: "SET_SLOT", object: "lamp", slot: "watts", value: 1 });
    await made(door, { command: "SET_SLOT", object: "lamp", slot: "watts", value: 2 });
    const watts = async (asOf?: string) =>
      (await door.object("lamp", asOf === undefined ? {} : { asOf })).slots.watts;
    await door.command({ command: "UNDO" });
    assert.equal(await watts(), 1);
    await door.command({ command: "REDO" });
    assert.equal(await watts(), 2);
    assert.equal(await watts(one.position as string), 1);
    const [two] = await door.log({ object: "lamp", newest: true, limit: 1 });
    assert.equal(await watts(new Date(two!.at).toISOString()), 2);
    const [first] = await door.log({ after: one.position as string, limit: 1 });
    assert.equal(await watts(String(first!.at - 1)), 1, "the time before the next thought");
  });

  rule("UI4 all objects come in pages that leave nothing out", async (door) => {
    const made = await door.command({ command: "EXTEND", object: "genesis", name: "lamp" });
    const all: string[] = [];
    let after: string | undefined;
    for (let more = true; more;) {
      const page = await door.objects({ limit: 5, ...(after === undefined ? {} : { after }) });
      all.push(...page.objects.map(({ oid }) => oid));
      more = page.next !== null;
      after = page.next ?? undefined;
    }
    assert.deepEqual(all, (await door.objects({ limit: 1_000 })).objects.map(({ oid }) => oid));
    assert.deepEqual(new Set(all).size, all.length);
    assert.ok(all.includes((made.result as { oid: string }).oid));
  });

  rule("UI8 an undo is named to be done again", async (door) => {
    await made(door, { command: "EXTEND", object: "genesis", name: "lamp" });
    const one = await door.command({ command: "SET_SLOT", object: "lamp", slot: "watts", value: 1 });
    await door.command({ command: "UNDO", position: one.position });
    await made(door, { command: "EXTEND", object: "genesis", name: "other" });
    await door.command({ command: "REDO", position: one.position });
    assert.equal((await door.object("lamp")).slots.watts, 1);
    const log = await door.log({ newest: true, limit: 2 });
    assert.deepEqual(await door.log({ newest: true, limit: 1, before: log[0]!.position }), [log[1]]);
  });

  rule("UI9 the log tells who did what to which object, in order, and only of one if asked", async (door) => {
    const start = (await door.health()).image.position as string;
    const lamp = await made(door, { command: "EXTEND", object: "genesis", name: "lamp" });
    await door.command({ command: "SET_SLOT", object: "lamp", slot: "watts", value: 1 }, { who: "tester" });
    await made(door, { command: "EXTEND", object: "genesis", name: "other" });
    const all = await door.log({ after: start });
    assert.equal(all.length, 3);
    assert.deepEqual(all.map(({ position }) => position), all.map(({ position }) => position).toSorted());
    assert.equal(all[1]?.who, "tester");
    assert.deepEqual((await door.log({ newest: true, limit: 1 }))[0], all[2]);
    const ofLamp = await door.log({ object: "lamp" });
    assert.deepEqual(ofLamp.map(({ position }) => position), all.slice(0, 2).map(({ position }) => position));
    assert.ok(ofLamp.every(({ objects }) => objects.includes(lamp.oid)));
  });

  rule("UI10 what was remembered is found by the very next recall", async (door) => {
    await door.command({ command: "REMEMBER", text: "The blue key opens the garden shed", source: "a note" });
    await door.command({ command: "REMEMBER_MANY", memories: [{ text: "Bread is baked at five" }] });
    const hits = await door.recall({ q: "blue key garden shed", k: 2 });
    assert.equal(hits[0]?.text, "The blue key opens the garden shed");
    assert.equal((await door.object(hits[0].oid)).oid, hits[0].oid);
    assert.ok((await door.recall({ q: "bread baked", k: 1 })).length === 1);
  });

  rule(
    "UI10 a rebuild is started by a command, told of in health, and agrees with the store",
    async (door) => {
      await door.command({ command: "REMEMBER", text: "The blue key opens the garden shed" });
      assert.deepEqual((await door.command({ command: "REBUILD" })).result, { started: true });
      const until = Date.now() + 20_000;
      while ((await door.health()).rebuild && Date.now() < until) {
        await new Promise((done) => setTimeout(done, 20));
      }
      assert.equal((await door.health()).rebuild ?? null, null);
      const { ok, problems, checked } = await door.checkMemory();
      assert.deepEqual([ok, problems, checked.texts], [true, [], 1]);
      const [hit] = await door.recall({ q: "blue key garden shed", k: 1 });
      assert.equal(hit!.text, "The blue key opens the garden shed");
    },
  );

  rule("UI11 where a morph was put is where the canvas shows it", async (door) => {
    const lamp = await made(door, { command: "EXTEND", object: "genesis", name: "lamp" });
    await door.command({ command: "MOVE_MORPH", object: "lamp", canvas: "main", x: -12.5, y: 40 });
    const canvas = await door.canvas("main");
    const morph = canvas.morphs.find(({ oid }) => oid === lamp.oid);
    assert.deepEqual([morph?.x, morph?.y, morph?.object.name], [-12.5, 40, "lamp"]);
    assert.equal(canvas.position, (await door.health()).image.position);
  });

  rule(
    "UI12 the stream gives each commit after a position once, in order, old and new alike",
    async (door) => {
      const after = (await door.health()).image.position as string;
      const positions: string[] = [];
      const set = async (value: number) => {
        const command = { command: "SET_SLOT", object: "genesis", slot: "n", value } as const;
        positions.push((await door.command(command)).position);
      };
      for (let n = 0; n < 5; n++) await set(n);
      const opened = Promise.withResolvers<void>();
      const target: { position?: string | undefined } = {};
      const reading = readUntil(
        door,
        { after, onOpen: opened.resolve },
        ({ id }) => id !== undefined && target.position !== undefined && id >= target.position,
      );
      await opened.promise;
      for (let n = 5; n < 10; n++) await set(n);
      target.position = positions.at(-1);
      await set(99);
      const read = (await reading).filter(({ id }) => id !== undefined);
      assert.deepEqual(read.map(({ id }) => id), positions.slice(0, read.length));
      assert.ok(read.length >= 10);
    },
  );

  rule(
    "UI13 an answer streams token by token and ends in one committed event that is their sum",
    async (door) => {
      await door.command({ command: "REMEMBER", text: "The blue key opens the garden shed" });
      const opened = Promise.withResolvers<void>();
      const reading = readUntil(
        door,
        { onOpen: opened.resolve },
        ({ event }) => event.command === "PERSONA_RESPONSE_COMPLETE" || event.command === "ANSWER_ABORTED",
      );
      await opened.promise;
      const asked = await door.command({
        command: "USER_QUERY_REQUEST",
        query_text: "What does the blue key open?",
        thread: "keys",
      });
      const { answer } = asked.result as { answer: string };
      const events = (await reading).map(({ event }) => event);
      const last = events.at(-1);
      assert.ok(last?.command === "PERSONA_RESPONSE_COMPLETE");
      assert.equal(last.answer, answer);
      let text = "";
      for (const event of events) {
        if (event.command !== "PERSONA_RESPONSE_PARTIAL") continue;
        assert.equal(event.offset, text.length);
        text += event.token;
      }
      assert.equal(text, last.full_text);
      const { exchanges } = await door.conversation("keys");
      assert.deepEqual(exchanges.map(({ full_text }) => full_text), [text]);
      assert.equal(exchanges[0]?.query_text, "What does the blue key open?");
    },
  );

  rule("UI14 a stream ends without an error when it is no longer wanted", async (door) => {
    const controller = new AbortController();
    const opened = Promise.withResolvers<void>();
    const reading = (async () => {
      for await (const _ of door.events({ signal: controller.signal, onOpen: opened.resolve })) continue;
    })();
    await opened.promise;
    controller.abort();
    await reading;
  });

  rule("UI15 health and models answer of the contract", async (door) => {
    const health = await door.health();
    assert.ok(["starting", "ok", "degraded"].includes(health.status));
    assert.ok(health.image.position !== null);
    assert.equal(typeof (await door.models()).mind, "string");
  });
}
