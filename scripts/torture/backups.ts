/**
 * The backups that were being made while processes were killed: whatever became of the last one, those before it are
 * whole, and the newest restores to what the image was at its point. A restore that is killed leaves no half image.
 */
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { derivedKeys } from "../../actors/world/mod.ts";
import { goodPoint, keys, openStore, readChains, restoreBackup, type Store } from "../../kv/mod.ts";
import { checkImage } from "./check_image.ts";

const CHILD = fileURLToPath(new URL("restore_child.ts", import.meta.url));

export interface Places {
  readonly image: string;
  readonly backups: string;
  /** Where a backup may be restored to. */
  readonly restored: string;
}

/** What is wrong with the chains, in words. `newest` is the last point that is whole, or null. */
export async function inspectChains(
  { backups }: Places,
): Promise<{ faults: string[]; newest: string | null }> {
  if (!await isThere(backups)) return { faults: [], newest: null };
  const chains = await readChains(backups, null, { deep: true });
  const faults = chains.flatMap(({ chain, problems }) =>
    problems.map(({ link, message }) => `backup ${chain}, link ${link}: ${message}`)
  );
  const points = chains.flatMap((chain) => goodPoint(chain) ?? []);
  return { faults, newest: points.at(-1)?.position ?? null };
}

/** Restores the newest backup and compares it with what the image was at its point. */
export async function inspectRestored(places: Places): Promise<string[]> {
  const { image, backups, restored } = places;
  try {
    const made = await restoreBackup({ from: backups, into: restored, derive: derivedKeys });
    const store = await openStore({ folder: image });
    const copy = await openStore({ folder: restored });
    try {
      const faults = (await checkImage(copy)).map((fault) => `restored: ${fault}`);
      // What is pruned by now cannot be compared with.
      if (made.restored < store.history.horizon) return faults;
      return [...faults, ...await differences(store, copy, made.restored)];
    } finally {
      await copy.close();
      await store.close();
    }
  } finally {
    if (await isThere(restored)) await Deno.remove(restored, { recursive: true });
  }
}

/** Kills a restore at one of its points. @returns what is wrong with what it left */
export async function killRestore({ backups, restored }: Places, point: string): Promise<string[]> {
  const { signal, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", CHILD, backups, restored, point],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (signal !== "SIGKILL") {
    return [`the restore was not killed at ${point}: ${new TextDecoder().decode(stderr)}`];
  }
  return await isThere(restored) ? [`a restore that was killed at ${point} left an image`] : [];
}

async function differences(store: Store, copy: Store, position: string): Promise<string[]> {
  const then = new Map<string, unknown>();
  for await (const { oid, value } of store.asOf(position).objects<unknown>()) then.set(oid, value);
  const faults: string[] = [];
  for await (const { key, value } of copy.list<unknown>(keys.objects())) {
    const oid = key[1] as string;
    if (!isDeepStrictEqual(value, then.get(oid))) {
      faults.push(`restored: object ${oid} is not as at ${position}`);
    }
    then.delete(oid);
  }
  for (const oid of then.keys()) faults.push(`restored: object ${oid} is missing`);
  return faults;
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
