/** The pure parts of curation: what is a duplicate, what is junk, what is a community, what becomes of concepts. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { communities, type Graph } from "../../../actors/curation/communities.ts";
import { compared, nearKeys, sameReason } from "../../../actors/curation/duplicates.ts";
import { relate } from "../../../actors/curation/neighbours.ts";
import { junkReason } from "../../../actors/curation/junk.ts";
import { type Declined, planActions } from "../../../actors/curation/plan.ts";
import type { Concept, Memory } from "../../../actors/curation/ports.ts";
import { nextDue } from "../../../actors/curation/schedule.ts";
import { settingsOf } from "../../../actors/curation/settings.ts";
import { Slices } from "../../../actors/curation/slices.ts";

const same = (a: string, b: string, isRare = () => true) =>
  sameReason(compared("a", a), compared("b", b), isRare);

function drain<T>(kernel: Generator<void, T>): T {
  for (;;) {
    const step = kernel.next();
    if (step.done === true) return step.value;
  }
}

Deno.test("CU1 what says the same is told by its reason", () => {
  assert.equal(same("The key is under the mat.", "The key is under the mat."), "the same text");
  assert.equal(same("The key is under the mat.", "the KEY is  under the mat"), "the same words");
  assert.equal(
    same("The spare key is under the doormat", "The spare key is under the dormat"),
    "the same but for a mistyped word",
  );
  assert.equal(
    same("The spare key is under the mat", "The spare key is really under the mat"),
    "the same but for a word that adds nothing",
  );
});

Deno.test("CU1 what differs in a number, a name, a sign, a negation or its order says something else", () => {
  const pairs = [
    ["The meeting is on March 3 at noon", "The meeting is on March 4 at noon"],
    ["It weighs 2.5 kilos in the box", "It weighs 25 kilos in the box"],
    ["I met Maria at the station", "I met Mario at the station"],
    ["The key is in the shed", "The key is not in the shed"],
    ["He writes C++ all day long", "He writes C# all day long"],
    ["You came home last night.", "You came home last night?"],
    ["the dog bit the man there", "the man bit the dog there"],
    ["The red key opens the shed", "The blue key opens the shed"],
    ["ok thanks a lot", "ok thanks lot"],
  ] as const;
  for (const [a, b] of pairs) assert.equal(same(a, b), null, `${a} / ${b}`);
  assert.equal(
    same("We accept the offer they made", "We except the offer they made", () => false),
    null,
    "both words are in use elsewhere",
  );
});

Deno.test("CU1 texts that differ in one word share a key, whichever it is", () => {
  fc.assert(fc.property(
    fc.array(fc.constantFrom<string>("lamp", "door", "river", "stone", "cloud", "violin"), {
      minLength: 4,
      maxLength: 12,
    }),
    fc.nat(),
    (words, at) => {
      const other = words.toSpliced(at % words.length, 1, "mistake");
      const keys = new Set(nearKeys(compared("a", words.join(" "))));
      assert.ok(nearKeys(compared("b", other.join(" "))).some((key) => keys.has(key)));
    },
  ));
});

Deno.test("CU2 junk is told by its reason, and short memories are none", () => {
  assert.equal(junkReason("… --- !!"), "it has no words");
  assert.equal(junkReason("ok, thanks!"), "it says nothing but a word of courtesy");
  assert.equal(junkReason("no no no no no no"), "it repeats one word");
  assert.equal(
    junkReason("aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQ="),
    "it is data and no text",
  );
  for (
    const text of [
      "Lisbon",
      "Call Ines",
      "thank Ines for the lamp",
      "42 steps",
      "灯台は赤い",
      "https://example.org/a",
    ]
  ) {
    assert.equal(junkReason(text), null, text);
  }
});

Deno.test("CU4 communities are a partition into connected groups, the same for the same graph", () => {
  const edges = fc.array(fc.tuple(fc.nat(29), fc.nat(29), fc.double({ min: 0.01, max: 1, noNaN: true })), {
    maxLength: 120,
  });
  fc.assert(fc.property(edges, (list) => {
    const graph: Map<number, number>[] = Array.from({ length: 30 }, () => new Map());
    for (const [a, b, weight] of list) {
      if (a === b) continue;
      graph[a]!.set(b, weight);
      graph[b]!.set(a, weight);
    }
    const labels = drain(communities(graph, 0.08));
    assert.equal(labels.length, 30);
    assert.deepEqual(labels, drain(communities(graph, 0.08)));
    for (const label of new Set(labels)) assertConnected(graph, labels, label);
  }));
});

function assertConnected(graph: Graph, labels: readonly number[], label: number): void {
  const members = labels.flatMap((each, at) => each === label ? [at] : []);
  const seen = new Set([members[0]!]);
  for (const node of seen) {
    for (const other of graph[node]!.keys()) if (labels[other] === label) seen.add(other);
  }
  assert.equal(seen.size, members.length);
}

Deno.test("CU4 groups that hang together by one thread are two communities", () => {
  const graph: Map<number, number>[] = Array.from({ length: 10 }, () => new Map());
  const link = (a: number, b: number, weight: number) => {
    graph[a]!.set(b, weight);
    graph[b]!.set(a, weight);
  };
  for (const start of [0, 5]) {
    for (let a = start; a < start + 5; a++) for (let b = start; b < a; b++) link(a, b, 0.6);
  }
  link(4, 5, 0.5);
  assert.deepEqual(drain(communities(graph, 0.08)), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
});

const concept = (oid: string, sources: readonly string[], more: Partial<Concept> = {}): Concept => ({
  oid,
  title: oid,
  definition: oid,
  sources,
  lost: 0,
  curated: true,
  edited: false,
  ...more,
});
const oids = (letter: string, count: number) => Array.from({ length: count }, (_, n) => `${letter}${n}`);
const nothing: Declined = { memories: new Set<string>(), concepts: new Set<string>(), signatures: [] };
const plan = (clusters: string[][], concepts: Concept[], declined = nothing) =>
  planActions(clusters, concepts, { clusterMin: 4, declined })
    .map(({ kind, parts, absorbed }) => ({
      kind,
      parts: parts.map(({ concept, sources }) => [concept?.oid ?? null, sources.length]),
      absorbed: absorbed.map(({ oid }) => oid),
    }));

Deno.test("CU6 concepts that agree with their clusters are left as they are", () => {
  assert.deepEqual(
    plan([oids("a", 5), oids("b", 4)], [concept("A", oids("a", 5)), concept("B", oids("b", 4))]),
    [],
  );
});

Deno.test("CU6 clusters make, grow, merge and split concepts", () => {
  const [a, b] = [oids("a", 6), oids("b", 5)];
  assert.deepEqual(plan([a], []), [{ kind: "create", parts: [[null, 6]], absorbed: [] }]);
  assert.deepEqual(plan([["x", "y", "z"]], []), [], "three are too few");
  assert.deepEqual(plan([a], [concept("A", a.slice(0, 4))]), [{
    kind: "grow",
    parts: [["A", 6]],
    absorbed: [],
  }]);
  assert.deepEqual(plan([a], [concept("A", a, { lost: 1 })]), [{
    kind: "grow",
    parts: [["A", 6]],
    absorbed: [],
  }]);
  assert.deepEqual(plan([[...a, ...b]], [concept("A", a), concept("B", b)]), [
    { kind: "merge", parts: [["A", 11]], absorbed: ["B"] },
  ]);
  assert.deepEqual(plan([a, b], [concept("A", [...a, ...b])]), [
    { kind: "split", parts: [["A", 6], [null, 5]], absorbed: [] },
  ]);
});

Deno.test("CU6 what a person made or worded is neither taken in nor taken apart", () => {
  const [a, b] = [oids("a", 6), oids("b", 5)];
  assert.deepEqual(plan([[...a, ...b]], [concept("A", a, { curated: false }), concept("B", b)]), []);
  assert.deepEqual(plan([a, b], [concept("A", [...a, ...b], { edited: true })]).map(({ kind }) => kind), [
    "grow",
    "create",
  ]);
  assert.deepEqual(plan([[...a, ...b]], [concept("A", a), concept("B", b, { edited: true })]), [
    { kind: "merge", parts: [["B", 11]], absorbed: ["A"] },
  ]);
});

Deno.test("CU6 what a person took back is not done again", () => {
  const a = oids("a", 6);
  assert.deepEqual(plan([a], [], { ...nothing, signatures: [a.slice(0, 5)] }), []);
  assert.deepEqual(plan([a], [concept("A", a.slice(0, 4))], { ...nothing, concepts: new Set(["A"]) }), []);
});

const minute = 60_000;
const due = (more: Partial<Parameters<typeof nextDue>[0]> = {}, slots: Record<string, unknown> = {}) =>
  nextDue({
    settings: settingsOf(slots).settings,
    lastHere: 0,
    lastRun: null,
    changed: 0,
    unfinished: false,
    failures: 0,
    lastFailure: 0,
    ...more,
  });

Deno.test("CU9 a run is due when the person is away and much is new, or when the interval is over", () => {
  assert.equal(due({ changed: 5 }), null, "too little is new, and there was no run yet");
  assert.deepEqual(due({ changed: 20 }), { at: 10 * minute, asked: "idle" });
  assert.deepEqual(due({ changed: 5, lastRun: 0 }), { at: 24 * 60 * minute, asked: "schedule" });
  assert.deepEqual(due({ unfinished: true }, { idle_minutes: 1 }), { at: minute, asked: "idle" });
  assert.equal(due({ changed: 100 }, { enabled: false }), null);
  assert.deepEqual(due({ changed: 5, lastRun: -99 * 60 * minute }), { at: minute, asked: "schedule" });
  assert.equal(due({ unfinished: true, failures: 3, lastFailure: 100 * minute })!.at, 104 * minute);
});

Deno.test("CU9 a slot that cannot be a setting is named, and the others are obeyed", () => {
  const { settings, problems } = settingsOf({ cluster_min: 1, idle_minutes: 3, tokens: "many" });
  assert.equal(settings.idle_minutes, 3);
  assert.equal(settings.cluster_min, 4);
  assert.equal(problems.length, 2);
  assert.match(problems.join(), /curator\.cluster_min is not obeyed/);
});

Deno.test("CU7 long work ends at its next slice when it is told to", async () => {
  const controller = new AbortController();
  let steps = 0;
  function* endless(): Generator<void, never> {
    for (;;) {
      steps++;
      yield;
    }
  }
  setTimeout(() => controller.abort(new Error("somebody came")), 0);
  await assert.rejects(new Slices(controller.signal).run(endless()), /somebody came/);
  const then = steps;
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(steps, then, "nothing of it goes on");
});

Deno.test("CU6 a memory has the same neighbours whatever concepts and masked memories lie about it", async () => {
  const angle = (at: number) => new Float32Array([Math.cos(at / 100), Math.sin(at / 100)]);
  const memories = Array.from(
    { length: 40 },
    (_, at) => ({ oid: `memory ${at}`, text: "", vector: angle(at) }),
  );
  const others = Array.from({ length: 60 }, (_, at) => ({ oid: `other ${at}`, vector: angle(at * 0.66) }));
  const neighbours = (rows: readonly { readonly oid: string; readonly vector: Float32Array }[]) => {
    const search = (query: Float32Array, count: number) =>
      Promise.resolve(
        rows.map(({ oid, vector }) => ({ oid, score: query[0]! * vector[0]! + query[1]! * vector[1]! }))
          .sort((a, b) => b.score - a.score || (a.oid < b.oid ? -1 : 1)).slice(0, count),
      );
    const ports = { memory: () => Promise.resolve({ search }) } as unknown as Parameters<typeof relate>[0];
    return relate(ports, memories as unknown as Memory[], {
      signal: new AbortController().signal,
      onProgress: () => {},
    });
  };
  const alone = await neighbours(memories);
  assert.ok(alone.every(({ length }) => length === 15));
  assert.deepEqual(await neighbours([...memories, ...others]), alone);
});
