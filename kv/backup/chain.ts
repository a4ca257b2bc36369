/**
 * The chains in a backup folder: `FOLDER/<image id>/<chain>/`, each a full link and the incremental ones after it.
 * Looking at one names every link that is missing, cut, altered or out of place, and says how far it is whole.
 */
import { sha256 } from "../blobs.ts";
import type { BackupKey } from "./backup_key.ts";
import type { GoodPoint } from "./errors.ts";
import { listFolder, readWhole } from "./files.ts";
import { manifestBytesMax } from "./limits.ts";
import { type Manifest, manifestFile, readManifest } from "./manifest.ts";

/** What is wrong with one link. */
export interface LinkProblem {
  readonly link: number;
  readonly file: string;
  readonly message: string;
}

/** A link as it is on the disk. */
export interface Link {
  readonly manifest: Manifest;
  /** SHA-256 of the manifest's file: what the next link must name. */
  readonly digest: string;
}

export interface Chain {
  readonly imageId: string;
  readonly chain: string;
  /** Where its files are. */
  readonly folder: string;
  /** The links from the first on that are whole. */
  readonly links: readonly Link[];
  readonly problems: readonly LinkProblem[];
  /** Chunks after the last link without a manifest: of a backup that was not finished, or whose manifest is lost. */
  readonly unfinished: boolean;
}

export interface LookOptions {
  readonly key?: BackupKey | null;
  /** Reads every chunk and checks its SHA-256; without it, that it is there and as long as it must be. */
  readonly deep?: boolean;
  readonly signal?: AbortSignal;
}

/** Names that chains have: when they were begun, and a few random digits. */
const chainName = /^\d{8}t\d{6}z-[0-9a-f]{8}$/;

/** All chains below a folder, the oldest first; of one image, or of all. */
export async function readChains(
  folder: string,
  imageId: string | null,
  options: LookOptions = {},
): Promise<Chain[]> {
  const images = imageId === null
    ? (await listFolder(folder)).filter(({ isDirectory }) => isDirectory).map(({ name }) => name)
    : [imageId];
  const chains: Chain[] = [];
  for (const image of images) {
    for (const { name } of await listFolder(`${folder}/${image}`)) {
      if (chainName.test(name)) {
        chains.push(await readChain(`${folder}/${image}/${name}`, image, name, options));
      }
    }
  }
  return chains.sort((a, b) => a.chain < b.chain ? -1 : 1);
}

/** The newest point of a chain that is whole; null when its first link is not. */
export function goodPoint({ chain, links }: Chain): GoodPoint | null {
  const last = links.at(-1)?.manifest;
  return last === undefined ? null : { chain, link: last.index, position: last.to, at: last.at };
}

async function readChain(
  folder: string,
  imageId: string,
  chain: string,
  options: LookOptions,
): Promise<Chain> {
  const names = (await listFolder(folder)).map(({ name }) => name);
  const last = names.reduce((max, name) => {
    const found = /^(\d{6})(?:\.json|-\d{5}\.chunk)$/.exec(name);
    return found === null ? max : Math.max(max, Number(found[1]));
  }, -1);
  const links: Link[] = [];
  const problems: LinkProblem[] = [];
  for (let index = 0; index <= last; index++) {
    options.signal?.throwIfAborted();
    const before = problems.length;
    const link = await readLink({ folder, imageId, chain, index, previous: links.at(-1) ?? null, names }, {
      ...options,
      problems,
    });
    // What comes after a link that is not whole cannot be restored, but is looked at all the same.
    if (link !== null && before === 0 && problems.length === 0) links.push(link);
  }
  const unfinished = last >= 0 && !names.includes(manifestFile(last));
  return { imageId, chain, folder, links, problems, unfinished };
}

interface Place {
  readonly folder: string;
  readonly imageId: string;
  readonly chain: string;
  readonly index: number;
  readonly previous: Link | null;
  readonly names: readonly string[];
}

async function readLink(
  place: Place,
  options: LookOptions & { problems: LinkProblem[] },
): Promise<Link | null> {
  const { folder, index, chain, imageId, names } = place;
  const file = manifestFile(index);
  const say = (what: string, name = file) =>
    void options.problems.push({
      link: index,
      file: `${folder}/${name}`,
      message: `link ${index}: "${name}" ${what}`,
    });
  if (!names.includes(file)) {
    // The last link may be one that is being written, or was when the process ended.
    const isLast = !names.some((name) => name > file && name.endsWith(".json"));
    if (!isLast) say("is missing");
    return null;
  }
  const bytes = await readWhole(`${folder}/${file}`);
  if (bytes === null || bytes.byteLength > manifestBytesMax) {
    say(bytes === null ? "is missing" : "is larger than a manifest can be");
    return null;
  }
  const manifest = await readManifest(new TextDecoder().decode(bytes), options.key ?? null);
  if (typeof manifest === "string") {
    say(manifest);
    return null;
  }
  if (manifest.index !== index || manifest.chain !== chain || manifest.imageId !== imageId) {
    say(`is out of place: it is link ${manifest.index} of the chain ${manifest.chain}`);
  } else if (options.problems.length === 0 && manifest.previous !== (place.previous?.digest ?? null)) {
    say("does not follow the link before it");
  }
  await checkChunks(place, manifest, options, say);
  return { manifest, digest: sha256(bytes) };
}

async function checkChunks(
  { folder }: Place,
  manifest: Manifest,
  options: LookOptions,
  say: (what: string, name: string) => void,
): Promise<void> {
  for (const chunk of manifest.chunks) {
    options.signal?.throwIfAborted();
    const path = `${folder}/${chunk.file}`;
    if (options.deep === true) {
      const bytes = await readWhole(path);
      const wrong = bytes === null ? "is missing" : wrongWith(bytes, chunk);
      if (wrong !== null) say(wrong, chunk.file);
      continue;
    }
    const size = await sizeOf(path);
    if (size === null) say("is missing", chunk.file);
    else if (size !== chunk.bytes) say(`is cut: it has ${size} of ${chunk.bytes} bytes`, chunk.file);
  }
}

/** What is wrong with the bytes of a chunk, in words; null when they are those that were written. */
export function wrongWith(
  bytes: Uint8Array,
  chunk: { readonly bytes: number; readonly sha256: string },
): string | null {
  if (bytes.byteLength !== chunk.bytes) return `is cut: it has ${bytes.byteLength} of ${chunk.bytes} bytes`;
  return sha256(bytes) === chunk.sha256 ? null : "is altered: it does not have its SHA-256";
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
