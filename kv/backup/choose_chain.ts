/** Finds the chain, and the links of it, that hold the point that is wanted, and a point that is whole when one is not. */
import { isPosition, parsePosition, type Position } from "../position.ts";
import type { BackupKey } from "./backup_key.ts";
import { type Chain, goodPoint, type Link, readChains } from "./chain.ts";
import { BackupDamagedError, type GoodPoint, NoBackupError } from "./errors.ts";

/** What is to be restored, and from where. */
export interface Wanted {
  /** The folder of the backups. */
  readonly from: string;
  /** Which image, when the folder has several. */
  readonly imageId?: string;
  /** Which chain; default: the oldest that reaches the point. */
  readonly chain?: string;
  /** A position, or a time in ms; default: the newest point. */
  readonly to?: Position | number;
  readonly key?: BackupKey | null;
  readonly signal?: AbortSignal;
}

export interface Chosen {
  readonly chain: Chain;
  /** From the full one to the one in which the point lies. */
  readonly links: readonly Link[];
  readonly upTo: Position | number;
}

/** @throws NoBackupError, BackupDamagedError when a link that is needed is not whole, PositionError */
export async function chooseChain(wanted: Wanted): Promise<Chosen> {
  const { from, to } = wanted;
  if (typeof to === "string") parsePosition(to);
  const chains = await wantedChains(wanted);
  const newest = chains.findLast(({ links, problems }) => links.length + problems.length > 0);
  if (newest === undefined) throw notThere(from, chains, to);
  if (to === undefined) {
    if (newest.problems.length > 0) throw await damaged(wanted, newest);
    return { chain: newest, links: newest.links, upTo: newest.links.at(-1)!.manifest.to };
  }
  // The oldest that reaches the point was there when it was the present; later ones have it in their history.
  for (const chain of chains) {
    if (isBefore(to, chain)) continue;
    const last = chain.links.findIndex(({ manifest }) => isWithin(to, manifest.to, manifest.at));
    if (last >= 0) return { chain, links: chain.links.slice(0, last + 1), upTo: to };
  }
  if (newest.problems.length > 0) throw await damaged(wanted, newest);
  throw notThere(from, chains, to);
}

/** The newest point that is whole, every chunk read: before a link of a chain, or in an older chain. */
export async function findGoodPoint(wanted: Wanted, damaged: Chain, link: number): Promise<GoodPoint | null> {
  const { key = null, signal } = wanted;
  const options = { key, deep: true, ...(signal === undefined ? {} : { signal }) };
  const chains = await readChains(wanted.from, damaged.imageId, options);
  const older = chains.filter(({ chain }) => chain <= damaged.chain).toReversed();
  for (const chain of older) {
    const links = chain.chain === damaged.chain ? chain.links.slice(0, link) : chain.links;
    const point = goodPoint({ ...chain, links });
    if (point !== null) return point;
  }
  return null;
}

async function damaged(wanted: Wanted, chain: Chain): Promise<BackupDamagedError> {
  const problem = chain.problems[0]!;
  return new BackupDamagedError(chain.chain, problem, await findGoodPoint(wanted, chain, problem.link));
}

async function wantedChains(wanted: Wanted): Promise<Chain[]> {
  const { from, imageId = null, key = null, signal } = wanted;
  const all = await readChains(from, imageId, { key, ...(signal === undefined ? {} : { signal }) });
  const chains = wanted.chain === undefined ? all : all.filter(({ chain }) => chain === wanted.chain);
  const images = [...new Set(chains.map((chain) => chain.imageId))];
  if (images.length > 1) {
    throw new NoBackupError(
      `Cannot choose what to restore as "${from}" has backups of ${images.length} images`,
      `Name one with --image-id: ${images.join(", ")}`,
      { from, images },
    );
  }
  return chains;
}

/** Whether the point is older than anything that the chain holds. */
function isBefore(to: Position | number, { links }: Chain): boolean {
  const first = links[0]?.manifest;
  if (first === undefined || typeof to === "number") return false;
  return to < first.horizon;
}

function isWithin(to: Position | number, position: Position, at: number): boolean {
  return isPosition(to) ? to <= position : to <= at;
}

function notThere(from: string, chains: readonly Chain[], to: Position | number | undefined): NoBackupError {
  const newest = chains.findLast(({ links }) => links.length > 0)?.links.at(-1)?.manifest;
  if (newest === undefined || to === undefined) {
    return new NoBackupError(`There is no backup in "${from}"`, "Make one with: telos backup", { from });
  }
  const said = typeof to === "number" ? new Date(to).toISOString() : to;
  return new NoBackupError(
    `No backup in "${from}" holds ${said}: the newest point is ${newest.to} of ${
      new Date(newest.at).toISOString()
    }`,
    "Leave --to out for the newest point; telos restore --list shows all.",
    { from, to, newest: { position: newest.to, at: newest.at } },
  );
}
