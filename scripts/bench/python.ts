/**
 * The Python baselines of `TELOS_SHARED/baseline`, each in a virtual environment that is made once and holds only the
 * packages its script imports, at the versions of the baseline's own list.
 */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { RowContext } from "./row.ts";

/** One JSON line of a baseline. */
export type BaselineLine = Readonly<Record<string, unknown>> & { readonly baseline: string };

export interface Baseline {
  readonly script: "commits.py" | "vectors.py" | "hypervectors.py";
  readonly requirements: "requirements-image.txt" | "requirements-vectors.txt";
  /** Which packages of the list it needs: DiskANN and torch are large, and only the rows that need them ask for them. */
  readonly packages: readonly string[];
}

export const ZODB: Baseline = {
  script: "commits.py",
  requirements: "requirements-image.txt",
  packages: ["ZODB"],
};
export const FAISS: Baseline = {
  script: "vectors.py",
  requirements: "requirements-vectors.txt",
  packages: ["numpy", "faiss-cpu"],
};
export const VECTORS: Baseline = { ...FAISS, packages: [...FAISS.packages, "diskannpy"] };
export const TORCHHD: Baseline = {
  script: "hypervectors.py",
  requirements: "requirements-image.txt",
  packages: ["torch", "torch-hd"],
};

export function sharedFolder(): string {
  return resolve(
    fileURLToPath(new URL("../../", import.meta.url)),
    Deno.env.get("TELOS_SHARED") ?? "../shared",
  );
}

/** Runs a baseline to its end. @throws {Error} with the last lines it said, when it fails */
export async function runBaseline(
  baseline: Baseline,
  args: readonly string[],
  context: RowContext,
): Promise<BaselineLine[]> {
  const folder = join(sharedFolder(), "baseline");
  const python = await pythonFor(baseline, folder, context);
  const printed = await run(python, [join(folder, baseline.script), ...args]);
  return printed.trim().split("\n").map((line) => JSON.parse(line) as BaselineLine);
}

/** A number of the first line of that name. */
export function figureOf(lines: readonly BaselineLine[], name: string, field: string): number {
  const value = lines.find(({ baseline }) => baseline === name)?.[field];
  if (typeof value !== "number") throw new Error(`The baseline printed no ${field} of ${name}`);
  return value;
}

async function pythonFor(baseline: Baseline, folder: string, context: RowContext): Promise<string> {
  const listed = (await Deno.readTextFile(join(folder, baseline.requirements))).trim().split("\n");
  const wanted = baseline.packages.map((name) => {
    const found = listed.find((line) => line.startsWith(`${name}==`));
    if (found === undefined) throw new Error(`${baseline.requirements} does not list ${name}`);
    return found;
  });
  const home = join(context.cache, `python-${wanted.join("-").replaceAll("==", "-").toLowerCase()}`);
  const python = join(home, "bin", "python");
  if (await exists(join(home, "complete"))) return python;
  context.say(`making a Python environment with ${wanted.join(", ")}`);
  await run("python3", ["-m", "venv", "--clear", home]);
  await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...wanted]);
  await Deno.writeTextFile(join(home, "complete"), "");
  return python;
}

async function run(command: string, args: readonly string[]): Promise<string> {
  const { success, code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (!success) throw new Error(`${command} ended with code ${code}: ${text(stderr).slice(-400)}`);
  return text(stdout);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
