/**
 * `deno task torture --kills N --seed S [--json]`: kills the program N times under load, at every step that has a name
 * and at random moments, and looks at the image after each: everything acknowledged is there, nothing is half there. Ten
 * kills make the life of one image, with a seed of its own; a life that fails prints the command that replays it.
 */
import { parseArgs } from "node:util";
import { type LifeReport, live, TortureError } from "./torture/life.ts";

const A_LIFE = 10;
const JOBS = 2;

interface Failure {
  readonly seed: number;
  readonly message: string;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kills: { type: "string", default: "20" },
      seed: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const kills = Number(values.kills);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
    console.error("usage: deno task torture [--kills N] [--seed S] [--json]");
    return 2;
  }
  console.error(`torture: ${kills} kills, seed ${seed}`);
  const began = performance.now();
  const { reports, failures } = await torture(kills, seed);
  const report = {
    seed,
    kills: reports.reduce((sum, each) => sum + each.kills, 0),
    acknowledged: reports.reduce((sum, each) => sum + each.acknowledged, 0),
    where: sumOf(reports.map(({ where }) => where)),
    seconds: Math.round((performance.now() - began) / 1000),
    failures,
  };
  console.log(values.json ? JSON.stringify(report) : words(report));
  return failures.length === 0 ? 0 : 1;
}

/** Lives by twos, each in a folder of its own; the folder of one that failed stays. */
async function torture(kills: number, seed: number): Promise<{ reports: LifeReport[]; failures: Failure[] }> {
  const lives = Array.from({ length: Math.ceil(kills / A_LIFE) }, (_, n) => ({
    seed: seed + n,
    kills: Math.min(A_LIFE, kills - n * A_LIFE),
  }));
  const reports: LifeReport[] = [];
  const failures: Failure[] = [];
  await Promise.all(Array.from({ length: JOBS }, async () => {
    for (let life = lives.shift(); life !== undefined; life = lives.shift()) {
      const folder = await Deno.makeTempDir({ prefix: "telos-torture-" });
      try {
        reports.push(
          await live({ ...life, folder: `${folder}/image`, say: (line) => console.error(`  ${line}`) }),
        );
        await Deno.remove(folder, { recursive: true });
      } catch (error) {
        if (!(error instanceof TortureError)) throw error;
        failures.push({ seed: life.seed, message: error.message });
        console.error(`${error.message}\n  the image is left in ${folder}/image`);
        console.error(`  again: deno task torture --kills ${life.kills} --seed ${life.seed}`);
      }
    }
  }));
  return { reports, failures };
}

function sumOf(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const each of counts) {
    for (const [name, count] of Object.entries(each)) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

function words({ kills, acknowledged, where, seconds, failures, seed }: {
  readonly seed: number;
  readonly kills: number;
  readonly acknowledged: number;
  readonly where: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly failures: readonly Failure[];
}): string {
  const places = Object.entries(where).sort().map(([name, count]) => `${count} at ${name}`).join(", ");
  const end = failures.length === 0
    ? "everything acknowledged was there, and nothing was half there"
    : `${failures.length} images were not as they must be: seeds ${
      failures.map((each) => each.seed).join(", ")
    }`;
  return `${kills} kills in ${seconds} s (${places}), ${acknowledged} acknowledgements, seed ${seed}: ${end}`;
}

if (import.meta.main) Deno.exit(await main());
