/**
 * `deno task build`: makes what the program carries besides its own code: the canvas in `dist/canvas` and the kernel of
 * the exact index, `dist/exact.wasm`. Nothing is made again while its sources are the same (their hash is in
 * `dist/.stamp`), each piece appears wholly or not at all, and all that is said goes to standard error.
 */
import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export interface BuildOptions {
  /** The repository's folder. */
  readonly root: string;
  /** Takes lines for the person. */
  readonly say: (line: string) => void;
}

export interface BuildResult {
  /** Names of the pieces that were made; empty when all were fresh. */
  readonly built: readonly string[];
}

interface Piece {
  readonly name: string;
  /** What it is in words. */
  readonly what: string;
  /** Files and folders that it is made of, from the root. */
  readonly sources: readonly string[];
  /** Makes it at `target`, which is not there yet. */
  readonly make: (root: string, target: string) => Promise<void>;
}

const PIECES: readonly Piece[] = [
  {
    name: "exact.wasm",
    what: "the kernel of the exact index",
    sources: ["vector/exact/kernel.wat", "vector/exact/build_kernel.ts", "deno.json"],
    make: makeKernel,
  },
  {
    name: "canvas",
    what: "the canvas",
    sources: ["ui/canvas", "ui/protocol.ts", "ui/protocol", "deno.json"],
    make: makeCanvas,
  },
];

/** Another build of the same folder goes first; this one then finds its work done. */
export async function build(options: BuildOptions): Promise<BuildResult> {
  const dist = join(options.root, "dist");
  await Deno.mkdir(dist, { recursive: true });
  if ((await stalePieces(options.root)).length === 0) return { built: [] };
  using lock = await Deno.open(join(dist, ".lock"), { create: true, write: true });
  await lock.lock(true);
  const stale = await stalePieces(options.root);
  for (const { piece, hash } of stale) {
    const began = performance.now();
    options.say(`Building ${piece.what} …`);
    await makePiece(piece, options.root, hash);
    options.say(`Built ${piece.what} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
  return { built: stale.map(({ piece }) => piece.name) };
}

interface Stale {
  readonly piece: Piece;
  readonly hash: string;
}

async function stalePieces(root: string): Promise<Stale[]> {
  const stamp = await readStamp(root);
  const stale: Stale[] = [];
  for (const piece of PIECES) {
    const hash = await hashOf(root, piece.sources);
    const isThere = await exists(join(root, "dist", piece.name));
    if (stamp[piece.name] !== hash || !isThere) stale.push({ piece, hash });
  }
  return stale;
}

async function makePiece(piece: Piece, root: string, hash: string): Promise<void> {
  const dist = join(root, "dist");
  const work = await Deno.makeTempDir({ dir: dist, prefix: ".building-" });
  try {
    const made = join(work, piece.name);
    await piece.make(root, made);
    const target = join(dist, piece.name);
    if (await exists(target)) await Deno.rename(target, join(work, "replaced"));
    await Deno.rename(made, target);
    const stamp = { ...await readStamp(root), [piece.name]: hash };
    await Deno.writeTextFile(join(work, "stamp"), JSON.stringify(stamp) + "\n");
    await Deno.rename(join(work, "stamp"), join(dist, ".stamp"));
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function makeCanvas(root: string, target: string): Promise<void> {
  const source = join(root, "ui", "canvas");
  await Deno.mkdir(target);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--platform=browser",
      "--minify",
      `--config=${join(root, "deno.json")}`,
      `--output=${join(target, "canvas.js")}`,
      join(source, "main.tsx"),
    ],
    cwd: root,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Cannot build the canvas as its bundle failed: the lines above say where");
  for (const file of await filesIn(source)) {
    if (/\.tsx?$|\.md$/.test(file)) continue;
    const copy = join(target, relative(source, file));
    await Deno.mkdir(join(copy, ".."), { recursive: true });
    await Deno.copyFile(file, copy);
  }
  await checkPage(target);
}

/** What the page names must be there: a wrong name would show as an empty window only. */
async function checkPage(folder: string): Promise<void> {
  const page = await Deno.readTextFile(join(folder, "index.html"));
  for (const [, name] of page.matchAll(/(?:src|href)="\/?([^":#?]+)"/g)) {
    if (await exists(join(folder, name!))) continue;
    throw new Error(`Cannot build the canvas as index.html names "${name}", which is not made`);
  }
}

async function makeKernel(_root: string, target: string): Promise<void> {
  // Loaded only when it is needed: the assembler is large, and most of the time everything is fresh.
  const { buildKernel } = await import("../vector/exact/build_kernel.ts");
  await Deno.writeFile(target, await buildKernel());
}

async function hashOf(root: string, sources: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(Deno.version.deno);
  for (const source of sources) {
    for (const file of await filesIn(join(root, source))) {
      const bytes = await Deno.readFile(file);
      hash.update(`\0${relative(root, file)}\0${bytes.length}\0`).update(bytes);
    }
  }
  return hash.digest("hex");
}

/** All files at or below a path, in order. */
async function filesIn(path: string): Promise<string[]> {
  if (!(await Deno.stat(path)).isDirectory) return [path];
  const entries = await Array.fromAsync(Deno.readDir(path));
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  const files: string[] = [];
  for (const entry of entries) {
    if (!entry.name.startsWith(".")) files.push(...await filesIn(join(path, entry.name)));
  }
  return files;
}

/** Hash by piece. A stamp that cannot be read is as good as none: all is built again. */
async function readStamp(root: string): Promise<Record<string, string>> {
  try {
    const stamp: unknown = JSON.parse(await Deno.readTextFile(join(root, "dist", ".stamp")));
    return typeof stamp === "object" && stamp !== null ? stamp as Record<string, string> : {};
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return {};
    throw error;
  }
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

if (import.meta.main) {
  try {
    await build({ root: fileURLToPath(new URL("../", import.meta.url)), say: (line) => console.error(line) });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
