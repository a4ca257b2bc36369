/**
 * The swap on the disk: the files of a built segment get their final names, then the manifest that names them replaces
 * the old one. A crash before the last rename leaves the old archive, after it the new one. What neither manifest
 * names is swept away.
 */
import {
  type ArchiveManifest,
  manifestFile,
  previousManifestFile,
  readManifest,
  syncFolder,
  writeManifest,
} from "./manifest.ts";
import { segmentFiles } from "./segment_files.ts";

/** What to swap in. */
export interface Swap {
  readonly folder: string;
  /** Path of the built segment without extension, and whether it has lists; null when it has no rows and so no segment. */
  readonly building: { readonly path: string; readonly listed: boolean } | null;
  readonly file: string;
  readonly manifest: ArchiveManifest;
  /** The manifest to fall back on; null to keep none. */
  readonly previous: ArchiveManifest | null;
  readonly crash: (point: string) => void;
}

/** Renames, flushes, and writes the manifest. */
export async function swapIn(swap: Swap): Promise<void> {
  const { folder } = swap;
  if (swap.building !== null) {
    const from = segmentFiles(swap.building.path);
    const to = segmentFiles(`${folder}/${swap.file}`);
    await Deno.rename(from.rows, to.rows);
    await Deno.rename(from.graph, to.graph);
    if (swap.building.listed) await Deno.rename(from.lists, to.lists);
    await syncFolder(folder);
  }
  swap.crash("swap.renamed");
  if (swap.previous !== null) await writeManifest(folder, previousManifestFile, swap.previous);
  await writeManifest(folder, manifestFile, swap.manifest);
  if (swap.previous === null) await removeIfThere(`${folder}/${previousManifestFile}`);
  swap.crash("swap.manifest");
}

/** Removes what an interrupted build or an older archive left: every file of ours that no manifest names. */
export async function sweepFolder(folder: string): Promise<void> {
  const named = new Set([manifestFile, previousManifestFile]);
  for (const name of [manifestFile, previousManifestFile]) {
    const manifest = await readManifest(`${folder}/${name}`);
    if (manifest === null) continue;
    // A manifest that cannot be read may name anything: then nothing is known to be rubbish but what is being built.
    if ("problem" in manifest) return await sweep(folder, (file) => /\.(building|writing)/.test(file));
    for (const { file } of manifest.segments) {
      for (const each of Object.values(segmentFiles(file))) named.add(each);
    }
  }
  await sweep(folder, (file) => !named.has(file));
}

/** Removes the files of the archive that a folder holds, if it holds one; nobody may have it open. Throws `archive_newer`. */
export async function removeArchive(folder: string): Promise<void> {
  for (const name of [manifestFile, previousManifestFile]) {
    const manifest = await readManifest(`${folder}/${name}`);
    if (manifest !== null && !("problem" in manifest)) return await sweep(folder, () => true);
  }
}

async function sweep(folder: string, isRubbish: (file: string) => boolean): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    const ours = name.startsWith("segment-") || name.startsWith("manifest.");
    if (ours && isRubbish(name)) await removeIfThere(`${folder}/${name}`);
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
