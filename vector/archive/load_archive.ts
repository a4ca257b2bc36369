/**
 * Chooses what serves: the segments of `manifest.json` if all are what they must be, else the longest run of good ones
 * from the first on, in that manifest or in the one before, whichever reaches further. Every problem is said in words.
 */
import {
  type ArchiveManifest,
  manifestFile,
  previousManifestFile,
  readManifest,
  type SegmentRecord,
} from "./manifest.ts";
import type { ListedSegment } from "./listed_segment.ts";
import type { SegmentToOpen } from "./messages.ts";
import { type Searcher, SearcherGone } from "./searcher.ts";

/** What was found on the disk: the manifest cut to what serves, and what is wrong with the rest. */
export interface LoadedArchive {
  readonly manifest: ArchiveManifest | null;
  readonly problems: readonly string[];
  /** The number that the next segment may have. */
  readonly nextSequence: number;
  /** The lists of the segments that serve and have any, by the names of these. */
  readonly listed: ReadonlyMap<string, ListedSegment>;
}

/** How a segment is opened: in the searcher, and its lists, if it has any, here. Throws with the reason. */
export type OpenSegment = (segment: SegmentToOpen) => Promise<ListedSegment | null>;

/** The path of a segment, without extension. */
export function segmentPath(folder: string, segment: Pick<SegmentRecord, "file">): string {
  return `${folder}/${segment.file}`;
}

/** Reads the manifests of a folder and opens their segments. Throws `archive_newer`, and `SearcherGone`. */
export async function loadArchive(
  folder: string,
  { open, searcher }: { open: OpenSegment; searcher: () => Searcher },
): Promise<LoadedArchive> {
  const opened = new Map<string, ListedSegment | null>();
  try {
    return await loadInto(opened, folder, { open, searcher });
  } catch (error) {
    for (const lists of opened.values()) lists?.close();
    throw error;
  }
}

async function loadInto(
  opened: Map<string, ListedSegment | null>,
  folder: string,
  { open, searcher }: { open: OpenSegment; searcher: () => Searcher },
): Promise<LoadedArchive> {
  const problems: string[] = [];
  const found: ArchiveManifest[] = [];
  let best: ArchiveManifest | null = null;
  for (const name of [manifestFile, previousManifestFile]) {
    const read = await readManifest(`${folder}/${name}`);
    if (read === null) continue;
    if ("problem" in read) {
      problems.push(read.problem);
      continue;
    }
    found.push(read);
    const good = await openRun(read, { folder, open, opened, problems });
    if (best === null || good.watermark > best.watermark) best = good;
    if (good === read && problems.length === 0) break;
  }
  const listed = await releaseOthers(opened, best, searcher);
  const nextSequence = Math.max(0, ...found.map(({ sequence }) => sequence)) + 1;
  return { manifest: best, problems, nextSequence, listed };
}

interface Opening {
  readonly folder: string;
  readonly open: OpenSegment;
  readonly opened: Map<string, ListedSegment | null>;
  readonly problems: string[];
}

/** The manifest itself when all of its segments open, else cut before the first that does not. */
async function openRun(manifest: ArchiveManifest, opening: Opening): Promise<ArchiveManifest> {
  for (const [index, segment] of manifest.segments.entries()) {
    if (opening.opened.has(segment.file)) continue;
    try {
      const listed = await opening.open({
        ...segment,
        segment: segment.file,
        path: segmentPath(opening.folder, segment),
        dimensions: manifest.space.dimensions,
      });
      opening.opened.set(segment.file, listed);
    } catch (error) {
      if (error instanceof SearcherGone || !(error instanceof Error)) throw error;
      const problem = `segment ${segment.file} does not serve: ${error.message}`;
      if (!opening.problems.includes(problem)) opening.problems.push(problem);
      const segments = manifest.segments.slice(0, index);
      return { ...manifest, segments, watermark: segments.at(-1)?.watermark ?? "" };
    }
  }
  return manifest;
}

/** Lets go of the segments that were not chosen; answers the lists of those that were. */
async function releaseOthers(
  opened: ReadonlyMap<string, ListedSegment | null>,
  chosen: ArchiveManifest | null,
  searcher: () => Searcher,
): Promise<ReadonlyMap<string, ListedSegment>> {
  const serving = new Set(chosen?.segments.map(({ file }) => file));
  const listed = new Map<string, ListedSegment>();
  for (const [file, lists] of opened) {
    if (serving.has(file)) {
      if (lists !== null) listed.set(file, lists);
      continue;
    }
    lists?.close();
    await searcher().release(file);
  }
  return listed;
}
