/**
 * The operations of FHRR at D = 10,000 against torchhd's, one thread each, in the same class of numbers: complex values
 * of two f32. Ours are `Workspace`, in whose memory the operands lie as torchhd's lie in its tensors; each result is a
 * new vector, and is let go at once. The baseline runs before and after, and the quicker of the two counts.
 */
import { readAsset } from "../../actors/system/assets.ts";
import { atom, type Planes, planes, Workspace } from "../../vector/mod.ts";
import { figureOf, runBaseline, TORCHHD } from "./python.ts";
import type { Row } from "./row.ts";
import { median, rounded } from "./statistics.ts";

const DIMENSIONS = 10_000;
const BUNDLED = 10;
const ROUNDS = 9;
const REPEATS = 1_000;
const AGREEMENT = 1e-4;

interface Operation {
  readonly name: string;
  readonly theirs: string;
  readonly what: string;
  /** In the workspace. */
  readonly ours: (space: Workspace, vectors: readonly Planes[]) => Planes | number;
  /** The same by the plain algebra, to be compared with. */
  readonly plain: (vectors: readonly Planes[]) => Planes | number;
}

export const bindRow = rowOf({
  name: "bind",
  theirs: "torchhd.bind",
  what: "bind",
  ours: (space, [x, y]) => space.bind(x!, y!),
  plain: ([x, y]) => planes.bind(x!, y!),
});
export const unbindRow = rowOf({
  name: "unbind",
  theirs: "torchhd.unbind",
  what: "unbind",
  ours: (space, [x, y]) => space.unbind(x!, y!),
  plain: ([x, y]) => planes.unbind(x!, y!),
});
export const bundleRow = rowOf({
  name: "bundle",
  theirs: "torchhd.bundle10",
  what: `bundle of ${BUNDLED}`,
  ours: (space, vectors) => space.bundle(vectors),
  plain: (vectors) => planes.bundle(vectors),
});
export const cosineRow = rowOf({
  name: "cosine",
  theirs: "torchhd.cosine",
  what: "cosine",
  ours: (space, [x, y]) => space.similarity(x!, y!),
  plain: ([x, y]) => planes.similarity(x!, y!),
});

function rowOf(operation: Operation): Row {
  return {
    row: `fhrr-${operation.name}`,
    what: `FHRR ${operation.what} at D = ${DIMENSIONS}, one thread, against torchhd's`,
    unit: "µs",
    bound: "at most",
    required: 1,
    async measure(context) {
      const theirs = async () => {
        const lines = await runBaseline(TORCHHD, [`--dimensions=${DIMENSIONS}`, "--threads=1"], context);
        return figureOf(lines, operation.theirs, "microseconds");
      };
      const first = await theirs();
      const { inside, plain } = await measureOurs(operation);
      const baseline = Math.min(first, await theirs());
      return {
        ours: median(inside),
        baseline,
        how:
          `Workspace, vectors in its memory, median of ${ROUNDS} rounds of ${REPEATS}; the result is that of the plain ` +
          `algebra to ${AGREEMENT}`,
        beside: { "plain algebra µs": rounded(median(plain)) },
      };
    },
  };
}

/** @throws {Error} when the workspace and the plain algebra differ */
async function measureOurs(operation: Operation): Promise<{ inside: number[]; plain: number[] }> {
  const space = new Workspace(await readAsset("exact.wasm"), { dimensions: DIMENSIONS });
  const outside = Array.from(
    { length: BUNDLED },
    (_, n) => planes.fromPhases8(atom("bench", `vector ${n}`, DIMENSIONS)),
  );
  const held = outside.map((each) => space.hold(each));
  const result = space.within(() => operation.ours(space, held));
  mustAgree(operation.name, result, operation.plain(outside));
  const inside: number[] = [];
  const plain: number[] = [];
  // The first round warms both up.
  for (let round = -1; round < ROUNDS; round++) {
    const ours = timed(() => space.within(() => void operation.ours(space, held)));
    const others = timed(() => void operation.plain(outside));
    if (round < 0) continue;
    inside.push(ours);
    plain.push(others);
  }
  return { inside, plain };
}

/** Microseconds of one. */
function timed(work: () => void): number {
  const began = performance.now();
  for (let n = 0; n < REPEATS; n++) work();
  return ((performance.now() - began) * 1_000) / REPEATS;
}

function mustAgree(name: string, ours: Planes | number, plain: Planes | number): void {
  const numbers = (value: Planes | number) =>
    typeof value === "number" ? [value] : [...value.re, ...value.im];
  const expected = numbers(plain);
  const off = Math.max(...numbers(ours).map((value, at) => Math.abs(value - expected[at]!)));
  if (!(off <= AGREEMENT)) throw new Error(`${name} is off by ${off} from the plain algebra`);
}
