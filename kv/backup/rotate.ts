/**
 * Rotation: chains whose newest link is older than what is to be kept are removed, each as a whole, as its links need
 * one another. The newest chain stays whatever its age.
 */
import { type Chain, readChains } from "./chain.ts";
import { removeTree } from "./files.ts";

export interface RotateOptions {
  readonly folder: string;
  readonly imageId: string;
  /** Milliseconds for which a point is kept after it was made. */
  readonly keepMs: number;
  readonly now: number;
}

/** @returns the chains that were removed */
export async function rotate({ folder, imageId, keepMs, now }: RotateOptions): Promise<string[]> {
  const chains = await readChains(folder, imageId);
  // One that cannot be restored must not be why a whole one goes.
  const newest = chains.findLast(({ links, problems }) => links.length > 0 && problems.length === 0);
  if (newest === undefined) return [];
  const removed: string[] = [];
  for (const chain of chains) {
    if (chain.chain >= newest.chain || !isOlder(chain, now - keepMs)) continue;
    // Renamed first: a crash leaves no chain that lacks a link.
    const away = `${folder}/${imageId}/.removed-${chain.chain}`;
    await Deno.rename(chain.folder, away);
    await removeTree(away);
    removed.push(chain.chain);
  }
  return removed;
}

/** One without a whole link is as old as its name says. */
function isOlder({ chain, links }: Chain, time: number): boolean {
  return (links.at(-1)?.manifest.made ?? begunAt(chain)) < time;
}

function begunAt(chain: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)t(\d\d)(\d\d)(\d\d)z/.exec(chain)!;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
