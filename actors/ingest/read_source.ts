/**
 * A file, or a folder of files, as entries: memories, problems, and the ends of files, each with the mark from which the
 * reading would go on. The order follows from the files alone, so that a mark means the same whenever it is read.
 */
import { basename, join } from "node:path";
import { statOrNull } from "../../kv/mod.ts";
import { chunksOf } from "./chunk.ts";
import { contentOid } from "./content_oid.ts";
import type { Chunk, Entry, Mark, Problem } from "./entry.ts";
import { headOf, kindOf, unitsOf } from "./file_units.ts";
import { COUNTED_FILES_MAX, READ_BYTES } from "./limits.ts";
import type { Found, Passage, SourceFile } from "./passage.ts";
import { messageOf, type WalkedFile, walkFiles } from "./walk_files.ts";

export interface SourceTotals {
  readonly files: number;
  readonly bytes: number;
}

/** Null when there are more files than are counted. */
export async function totalsOf(root: string): Promise<SourceTotals | null> {
  let [files, bytes] = [0, 0];
  const isAlone = (await Deno.stat(root)).isFile;
  for await (const { path, problem } of filesOf(root, null)) {
    if (++files > COUNTED_FILES_MAX) return null;
    const place = isAlone ? root : join(root, path);
    if (problem === undefined) bytes += (await statOrNull(place))?.size ?? 0;
  }
  return { files, bytes };
}

/** @param after where an earlier reading was */
export async function* readSource(root: string, after: Mark | null): AsyncGenerator<Entry> {
  const isAlone = (await Deno.stat(root)).isFile;
  for await (const { path, problem } of filesOf(root, after?.file ?? null)) {
    if (path === after?.file && after.unit === null) continue;
    yield* readFile({ root, path, isAlone, problem, after: path === after?.file ? after : null });
  }
}

interface FileToRead {
  readonly root: string;
  readonly path: string;
  readonly isAlone: boolean;
  readonly problem: Problem | undefined;
  readonly after: Mark | null;
}

async function* readFile({ root, path, isAlone, problem, after }: FileToRead): AsyncGenerator<Entry> {
  const place = isAlone ? root : join(root, path);
  const label = isAlone ? path : `${basename(root)}/${path}`;
  const info = problem === undefined ? await statOrNull(place) : null;
  const [size, changed] = [info?.size ?? 0, info?.mtime?.getTime() ?? 0];
  const mark = (unit: number | null, entry = 0): Mark => ({ file: path, size, changed, unit, entry });
  const leftOut = (reason: string): Entry => ({
    mark: mark(null),
    problem: { place: label, reason },
    file: { bytes: size, taken: false },
  });
  if (problem !== undefined) return yield leftOut(problem.reason);
  if (info === null) return yield leftOut("it is not there any more");
  const file: SourceFile = { label, changed, bytes: () => bytesOf(place) };
  const isSame = after !== null && after.size === size && after.changed === changed;
  const behind = isSame ? { units: after.unit ?? 0, entries: after.entry } : { units: 0, entries: 0 };
  try {
    const told = kindOf(path, await headOf(file), isAlone);
    if ("reason" in told) return yield leftOut(told.reason);
    let unit = 0;
    for await (const read of unitsOf(told.kind, file)) {
      if (unit >= behind.units) {
        const entries = (await read()).flatMap((found) => contentOf(found, label));
        for (let n = unit === behind.units ? behind.entries : 0; n < entries.length; n++) {
          yield { ...entries[n]!, mark: n + 1 === entries.length ? mark(unit + 1) : mark(unit, n + 1) };
        }
      }
      unit++;
    }
  } catch (error) {
    if (!isFileTrouble(error)) throw error;
    return yield leftOut(`it cannot be read: ${messageOf(error)}`);
  }
  yield { mark: mark(null), file: { bytes: size, taken: true } };
}

type Content = Pick<Entry, "chunk" | "problem">;

function contentOf(found: Found, file: string): Content[] {
  if ("problem" in found) return [found];
  const { passage } = found;
  return chunksOf(passage.text.toWellFormed(), passage).map((text, part) => ({
    chunk: chunkOf(passage, text, file, part),
  }));
}

function chunkOf(passage: Passage, text: string, file: string, part: number): Chunk {
  const { source, thread, kind, author, at, alias } = passage;
  return {
    oid: contentOid(text),
    alias: alias ?? null,
    text,
    source: bounded(source, 500),
    thread: bounded(thread, 200),
    file: bounded(file, 500),
    kind,
    author: author === undefined ? null : bounded(author, 200),
    // Parts of one passage keep their order in time.
    at: at === undefined ? null : at + part,
  };
}

function bounded(text: string, characters: number): string {
  return text.slice(0, characters).toWellFormed();
}

async function* filesOf(root: string, after: string | null): AsyncGenerator<WalkedFile> {
  if ((await Deno.stat(root)).isFile) yield { path: basename(root) };
  else yield* walkFiles(root, after);
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  for (;;) {
    const bytes = new Uint8Array(READ_BYTES);
    const count = await file.read(bytes);
    if (count === null) return;
    yield bytes.subarray(0, count);
  }
}

/** What the disk says of one file, and not a fault of ours. */
function isFileTrouble(error: unknown): boolean {
  return error instanceof Error && (Object.values(Deno.errors).some((known) => error instanceof known) ||
    ("code" in error && typeof error.code === "string"));
}
