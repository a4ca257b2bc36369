/**
 * The files of a folder in an order that stays the same, one folder at a time. Links are not followed, so that none can
 * lead in a circle; hidden files are passed over.
 */
import { join } from "node:path";
import { fileReason } from "../../kv/mod.ts";
import type { Problem } from "./entry.ts";
import { DEPTH_MAX, FOLDER_ENTRIES_MAX } from "./limits.ts";

export interface WalkedFile {
  /** Below the folder, with `/`. */
  readonly path: string;
  /** Why it, or the folder, cannot be read. */
  readonly problem?: Problem;
}

/** @param after a path that the walk gave before; what comes before it is passed over, itself not */
export async function* walkFiles(root: string, after: string | null = null): AsyncGenerator<WalkedFile> {
  yield* walk(root, "", after === null ? [] : after.split("/"));
}

async function* walk(root: string, folder: string, after: readonly string[]): AsyncGenerator<WalkedFile> {
  const left = (path: string, reason: string): WalkedFile => ({ path, problem: { place: path, reason } });
  const depth = folder === "" ? 0 : folder.split("/").length;
  if (depth > DEPTH_MAX) {
    yield left(folder, `the folder lies more than ${DEPTH_MAX} deep, it was left out`);
    return;
  }
  const entries: Deno.DirEntry[] = [];
  try {
    for await (const entry of Deno.readDir(join(root, folder))) {
      if (entries.length < FOLDER_ENTRIES_MAX) entries.push(entry);
      else {
        yield left(folder === "" ? "." : folder, `the folder has more than ${FOLDER_ENTRIES_MAX} entries`);
        return;
      }
    }
  } catch (error) {
    yield left(folder === "" ? "." : folder, `the folder cannot be read: ${messageOf(error)}`);
    return;
  }
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  const [first, ...rest] = after;
  for (const { name, isDirectory, isFile, isSymlink } of entries) {
    if (name.startsWith(".") || (first !== undefined && name < first)) continue;
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isSymlink) yield left(path, "it is a link, which is not followed");
    else if (isDirectory) yield* walk(root, path, name === first ? rest : []);
    else if (isFile) yield { path };
    else yield left(path, "it is no file");
  }
}

export function messageOf(error: unknown): string {
  return fileReason(error, "read");
}
