/**
 * The object model against plain maps: a long random story of thoughts, refusals, undos and redos, with crashes and
 * reopenings between; after each step the two agree, and so do all the pasts. `TELOS_ORACLE_OPERATIONS` makes it longer.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { restore } from "../../../actors/object/mod.ts";
import { COMMIT_CRASH_POINTS } from "../../../actors/system/mod.ts";
import { keys } from "../../../kv/mod.ts";
import { checkImage } from "../../../scripts/torture/check_image.ts";
import { chooseSeed, randomFrom } from "../../support/random.ts";
import { find, type OracleState, orderOf } from "./oracle.ts";
import { asOracle, carryOut, findReal, openReal, type RealWorld } from "./real.ts";
import { Script, type Told } from "./script.ts";

const OPERATIONS = Number(Deno.env.get("TELOS_ORACLE_OPERATIONS") ?? 20_000);
/** Steps between two reopenings, and of these every so many end in a crash. */
const A_CHAPTER = 400;
const CRASH_EVERY = 3;
/** A state of the past is kept every so many steps, and so many of them are read after each chapter. */
const KEEP_EVERY = 25;
const PAST_READ = 3;

interface Story {
  readonly folder: string;
  readonly seed: number;
  readonly script: Script;
  readonly random: () => number;
  steps: number;
  /** States of the past by the number of thoughts that led to them. */
  readonly past: Map<number, OracleState>;
}

Deno.test("AC36 a long random story leaves what plain maps say, with crashes and reopenings between", async () => {
  const seed = chooseSeed("the oracle's story");
  const folder = await makeFolder();
  const script = new Script(seed);
  const story: Story = { folder, seed, script, random: randomFrom(seed + 1), steps: 0, past: new Map() };
  try {
    let chapters = 0;
    for (; script.operations < OPERATIONS; chapters++) {
      const crashes = chapters % CRASH_EVERY === CRASH_EVERY - 1;
      if (crashes) await crash(story);
      await chapter(story);
      if (crashes) await checkWhole(folder);
    }
    await checkWhole(folder);
    console.log(`${script.operations} operations, ${script.thoughts} thoughts, ${chapters} chapters`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** In memory, where the system has such a place: a killed process loses nothing there, and nothing waits for a disk. */
async function makeFolder(): Promise<string> {
  const prefix = "telos-oracle-";
  const isThere = Deno.build.os === "linux" && await Deno.stat("/dev/shm").then(() => true, () => false);
  return await Deno.makeTempDir(isThere ? { dir: "/dev/shm", prefix } : { prefix });
}

async function chapter(story: Story): Promise<void> {
  await using real = await openReal(story.folder);
  await compareAll(real, story);
  for (let step = 0; step < A_CHAPTER; step++) await tell(real, story);
  await compareAll(real, story);
  assert.deepEqual(real.drifted, [], "every live object is as it is stored");
}

async function checkWhole(folder: string): Promise<void> {
  await using real = await openReal(folder);
  assert.deepEqual(await checkImage(real.store), []);
}

async function tell(real: RealWorld, story: Story): Promise<void> {
  const { script } = story;
  const number = story.steps++;
  const told = script.next();
  const code = await carryOut(real, told.step);
  assert.ok(agrees(told, code), `step ${number}: ${code}, not ${wanted(told)}: ${JSON.stringify(told.step)}`);
  assert.equal(
    real.positions.length,
    script.thoughts,
    `step ${number}: each thought has a position of its own`,
  );
  if (number % KEEP_EVERY === 0) story.past.set(script.thoughts, script.state);
  if ("state" in told.verdict) {
    for (const oid of told.verdict.touched) await compareOne(real, script.state, oid);
  }
  await compareChain(real, script.state, story.random);
}

function agrees({ verdict }: Told, code: string | null): boolean {
  return "state" in verdict ? code === null : code !== null && verdict.codes.includes(code);
}

function wanted({ verdict }: Told): string {
  return "state" in verdict ? "carried out" : verdict.codes.join(" or ");
}

/** A process takes the story up and dies at a crash point: the image is as after one of its steps, and none is half done. */
async function crash(story: Story): Promise<void> {
  const { folder, seed, script, random } = story;
  const point = COMMIT_CRASH_POINTS[Math.floor(random() * COMMIT_CRASH_POINTS.length)]!;
  // Nothing of this story is large enough to be staged.
  const reached = point === "commit.staged" ? "commit.voted" : point;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--unstable-kv",
      "--no-check",
      fileURLToPath(new URL("child.ts", import.meta.url)),
      folder,
      String(seed),
      String(story.steps),
      reached,
      String(1 + Math.floor(random() * 60)),
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const { signal, stderr } = await child.output();
  assert.equal(signal, "SIGKILL", new TextDecoder().decode(stderr));
  await using real = await openReal(folder);
  const thoughts = real.positions.length;
  assert.ok(
    thoughts >= script.thoughts,
    `${thoughts} thoughts are there, and ${script.thoughts} were acknowledged`,
  );
  while (script.thoughts < thoughts) {
    script.next();
    story.steps++;
  }
}

async function compareOne({ world }: RealWorld, state: OracleState, oid: string): Promise<void> {
  const expected = state.get(oid);
  const resident = await world.registry.load(oid);
  assert.deepEqual(resident === null ? undefined : asOracle(resident.context), expected, oid);
}

/** One object: who answers for a slot, and the way up that a method takes. */
async function compareChain(real: RealWorld, state: OracleState, random: () => number): Promise<void> {
  const oids = [...state.keys()];
  const oid = oids[Math.floor(random() * oids.length)];
  if (oid === undefined) return;
  for (const slot of ["a", "n"]) {
    assert.equal(await findReal(real, oid, slot), find(state, oid, slot)?.holder ?? null);
  }
  const path = orderOf(state, oid).flatMap((each) => {
    const own = state.get(each)!.slots.get("path");
    return own !== undefined && "native" in own ? [Number(own.native.split(".")[1])] : [];
  });
  if (path.length > 0) assert.deepEqual(await real.world.send(oid, "path"), path, `the way up of ${oid}`);
}

/** Everything that is, by every way it is found, and some of what was. */
async function compareAll(real: RealWorld, story: Story): Promise<void> {
  const { script: { state }, past, random } = story;
  const stored = new Map<string, unknown>();
  for await (const { key, value } of real.store.list<unknown>(keys.objects())) {
    stored.set(key[1] as string, value);
  }
  compareStates(stored, state);
  for (const [oid, { name }] of state) {
    if (name !== null) assert.equal(await real.world.find(name), oid, name);
  }
  const kept = [...past.keys()].filter((thoughts) => thoughts > 0 && thoughts <= real.positions.length);
  for (let n = 0; n < Math.min(PAST_READ, kept.length); n++) {
    const thoughts = kept[Math.floor(random() * kept.length)]!;
    const then = new Map<string, unknown>();
    const asOf = real.store.asOf(real.positions[thoughts - 1]!);
    for await (const { oid, value } of asOf.objects<unknown>()) then.set(oid, value);
    compareStates(then, past.get(thoughts)!);
  }
}

function compareStates(stored: ReadonlyMap<string, unknown>, state: OracleState): void {
  assert.deepEqual([...stored.keys()].sort(), [...state.keys()].sort());
  for (const [oid, value] of stored) {
    const restored = restore(oid, value);
    assert.ok(restored.ok, restored.ok ? "" : restored.reason);
    assert.deepEqual(asOracle(restored.snapshot.context), state.get(oid), oid);
  }
}
