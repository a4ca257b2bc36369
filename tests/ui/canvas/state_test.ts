import assert from "node:assert/strict";
import fc from "fast-check";
import type { ThoughtView } from "../../../ui/protocol.ts";
import { stepOf } from "../../../ui/canvas/model/answers.ts";
import { holdersOf, selectorsOf } from "../../../ui/canvas/model/inherited.ts";
import { linksAbout, linksOf, morphsOf } from "../../../ui/canvas/model/morphs.ts";
import { loadScene } from "../../../ui/canvas/model/scene.ts";
import {
  canBeUndone,
  mergeThoughts,
  objectsShown,
  undonePositions,
} from "../../../ui/canvas/model/timeline.ts";
import { backoffMs } from "../../../ui/canvas/net/backoff.ts";
import { keyIntent } from "../../../ui/canvas/renderer/keys.ts";
import { wheelIntent } from "../../../ui/canvas/renderer/wheel.ts";
import { AnswerEntry } from "../../../ui/canvas/state/answer_entry.ts";
import { RECONNECT_MS_MAX, RECONNECT_MS_MIN } from "../../../ui/canvas/limits.ts";
import { positionOf, summary } from "./history.ts";

const about = {
  personaId: "p",
  personaName: "P",
  question: "?",
  thread: "main",
  mind: "m",
  model: "",
  reason: "",
  memories: [],
  at: 0,
  exchange: null,
  details: null,
};

Deno.test("CA30 tokens in overlapping repetition make the text once; a missing one is noticed", () => {
  const pieces = fc.array(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(pieces, fc.array(fc.nat()), (tokens, repeats) => {
    const offsets: number[] = [];
    let length = 0;
    for (const token of tokens) {
      offsets.push(length);
      length += token.length;
    }
    const entry = new AnswerEntry("a", about, { state: "asking" });
    tokens.forEach((token, index) => {
      assert.ok(entry.take(offsets[index]!, token));
      const earlier = (repeats[index] ?? 0) % (index + 1);
      assert.ok(entry.take(offsets[earlier]!, tokens[earlier]!));
    });
    assert.equal(entry.text, tokens.join(""));
    assert.equal(entry.take(length + 1, "x"), false);
    assert.equal(entry.text, tokens.join(""));
  }));
  assert.deepEqual(stepOf(3, 1, "bcde"), { kind: "append", text: "de" });
});

Deno.test("CA31 a snapshot fills a gap, never shortens, and tokens go on after it", () => {
  const entry = new AnswerEntry("a", about, { state: "asking" });
  entry.take(0, "Hello");
  assert.equal(entry.take(8, "d!"), false);
  entry.snapshot("Hello wor");
  entry.snapshot("Hell");
  assert.equal(entry.text, "Hello wor");
  assert.ok(entry.take(8, "rld!"));
  assert.equal(entry.text, "Hello world!");
  assert.equal(entry.phase.value.state, "streaming");
});

Deno.test("CA32 an aborted answer leaves no text behind, and says why", () => {
  const entry = new AnswerEntry("a", about, { state: "asking" });
  entry.take(0, "half an ans");
  entry.abort("stopped");
  assert.equal(entry.text, "");
  assert.deepEqual(entry.phase.value, { state: "aborted", reason: "stopped" });
});

const thought = (n: number, undoes?: number): ThoughtView => ({
  position: positionOf(n),
  id: `t${n}`,
  who: "test",
  why: `thought ${n}`,
  at: n,
  kind: undoes === undefined ? "change" : "undo",
  objects: ["a"],
  ...(undoes === undefined ? {} : { undoes: positionOf(undoes) }),
});

Deno.test("CA33 the timeline has each thought once, newest first, in whatever order they come", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 }), fc.nat(40), (ns, cut) => {
      const merged = mergeThoughts(
        ns.slice(0, cut).map((n) => thought(n)),
        ns.slice(cut).map((n) => thought(n)),
      );
      assert.deepEqual(
        merged.map(({ position }) => position),
        [...new Set(ns)].sort((a, b) => b - a).map(positionOf),
      );
    }),
  );
  assert.equal(mergeThoughts([], [1, 2, 3].map((n) => thought(n)), 2).length, 2);
});

Deno.test("CA33 what is undone is marked, unless its undo was undone", () => {
  const undone = (...thoughts: ThoughtView[]) => [...undonePositions(mergeThoughts([], thoughts))];
  assert.deepEqual(undone(thought(1), thought(2, 1)), [positionOf(1)]);
  assert.deepEqual(undone(thought(1), thought(2, 1), thought(3, 2)), [positionOf(2)]);
});

Deno.test("CA33 a thought's objects are shown by name, and those without one here by one chip at most", () => {
  const of = (objects: string[], ...known: string[]) =>
    objectsShown({ ...thought(1), objects }, (oid) => known.includes(oid), 3);
  assert.deepEqual(of(["a", "b", "c"], "b"), ["b"]);
  assert.deepEqual(of(["a", "b", "c", "d", "e"], "b", "c", "d", "e"), ["b", "c", "d"]);
  assert.deepEqual(of(["a", "b"]), ["a"]);
  assert.deepEqual(of([]), []);
});

Deno.test("CA33 undo is offered for what changed something and is not undone yet", () => {
  assert.ok(canBeUndone(thought(1), new Set()));
  assert.ok(!canBeUndone(thought(1), new Set([positionOf(1)])));
  assert.ok(!canBeUndone({ ...thought(1), kind: "genesis" }, new Set()));
  assert.ok(!canBeUndone({ ...thought(1), objects: [] }, new Set()));
});

const scene = loadScene({
  position: positionOf(9),
  canvas: "main",
  morphs: [["root", []], ["mid", ["root"]], ["leaf", ["mid"]], ["other", ["root"]]].map((
    [oid, parents],
    index,
  ) => ({
    canvas: "main",
    oid: oid as string,
    x: index * 300,
    y: 0,
    ...(oid === "leaf" ? { width: 400, height: 90 } : {}),
    object: {
      ...summary(oid as string, positionOf(1), "words"),
      parents: parents as string[],
      look: oid === "other" ? "persona_morph" : "morph",
    },
  })),
  personas: [],
});

Deno.test("CA34 a morph has its own size, else its kind's, and stands where it is being put", () => {
  const morphs = morphsOf(scene, new Map([["mid", { oid: "mid", x: 7, y: 8 }]]));
  assert.equal(morphs.get("leaf")!.width, 400);
  assert.equal(morphs.get("other")!.kind, "persona");
  assert.equal(morphs.get("leaf")!.lineage, "mid");
  assert.deepEqual([morphs.get("mid")!.x, morphs.get("mid")!.y], [7, 8]);
});

Deno.test("CA35 the lines about an object are those up its chain and down to its children", () => {
  const links = linksOf(morphsOf(scene, new Map()));
  assert.equal(links.length, 3);
  const about = (oid: string) => linksAbout(links, oid).map(({ from, to }) => `${from}>${to}`).sort();
  assert.deepEqual(about("leaf"), ["mid>leaf", "root>mid"]);
  assert.deepEqual(about("mid"), ["mid>leaf", "root>mid"]);
  assert.deepEqual(about("root"), ["root>mid", "root>other"]);
});

Deno.test("CA36 inherited slots stand under their holder, hidden where a nearer one has the name", () => {
  const view = (oid: string, slots: Record<string, number>, methods: string[]) => ({
    oid,
    name: oid,
    parents: [],
    slots,
    methods: Object.fromEntries(
      methods.map((name) => [name, { kind: "native" as const, doc: `${name} of ${oid}` }]),
    ),
    position: null,
    versionstamp: null,
    state: "active" as const,
    reason: null,
    chain: [],
    createdAt: 0,
  });
  const chain = [view("square", { width: 5 }, []), view("shape", { width: 3, height: 4 }, ["area"])];
  const [own, inherited] = holdersOf(chain);
  assert.deepEqual(own!.entries.map(({ hidden }) => hidden), [false]);
  assert.deepEqual(inherited!.entries.map(({ name, hidden }) => [name, hidden]), [
    ["width", true],
    ["height", false],
    ["area", false],
  ]);
  assert.deepEqual(selectorsOf(chain).map(({ name, holder }) => `${name}@${holder}`), [
    "area@shape",
    "width@square",
    "height@shape",
  ]);
});

Deno.test("CA37 a wheel zooms, two fingers pan, a pinch zooms", () => {
  const input = { deltaX: 0, deltaY: 0, deltaMode: 0, ctrlKey: false, metaKey: false, shiftKey: false };
  const notch = wheelIntent({ ...input, deltaY: -100 });
  assert.ok(notch.kind === "zoom" && notch.factor > 1);
  assert.deepEqual(wheelIntent({ ...input, deltaX: 3, deltaY: 4.5 }), { kind: "pan", dx: -3, dy: -4.5 });
  assert.equal(wheelIntent({ ...input, deltaY: 1.5, ctrlKey: true }).kind, "zoom");
  assert.deepEqual(wheelIntent({ ...input, deltaY: 100, shiftKey: true }), { kind: "pan", dx: -100, dy: 0 });
});

Deno.test("CA38 every action on the canvas has a key, and keys with Ctrl are left to others", () => {
  const key = (name: string, more: Partial<Parameters<typeof keyIntent>[0]> = {}) =>
    keyIntent({ key: name, shiftKey: false, altKey: false, ctrlKey: false, metaKey: false, ...more });
  assert.deepEqual(key("ArrowLeft"), { kind: "nudge", dx: -8, dy: 0 });
  assert.deepEqual(key("ArrowDown", { shiftKey: true }), { kind: "nudge", dx: 0, dy: 40 });
  assert.deepEqual(key("ArrowDown", { altKey: true }), { kind: "go", direction: "down" });
  assert.deepEqual(key("ArrowRight", { altKey: true, shiftKey: true }), { kind: "resize", dx: 8, dy: 0 });
  assert.deepEqual(key("+"), { kind: "zoom", step: "in" });
  assert.deepEqual(key("0"), { kind: "zoom", step: "natural" });
  assert.deepEqual(key("Delete"), { kind: "delete" });
  assert.equal(key("z", { ctrlKey: true }), null);
  // Letters open panels and change the selected object, wherever the focus is.
  for (const letter of "abcdefghijklmnopqrstuvwxyz") assert.equal(key(letter), null, letter);
});

Deno.test("CA39 attempts to connect come later and later, within bounds, and not all at once", () => {
  fc.assert(fc.property(fc.nat(60), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
    const wait = backoffMs(attempt, random);
    assert.ok(wait >= Math.floor(RECONNECT_MS_MIN * 2 / 3) && wait <= RECONNECT_MS_MAX);
    assert.ok(backoffMs(attempt + 1, random) >= wait);
  }));
  assert.ok(backoffMs(3, 0) > backoffMs(3, 1));
});
