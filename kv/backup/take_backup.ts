/**
 * Makes one backup of an image that goes on living: a full one, or what has changed since the newest link. What a
 * crash left of an earlier one is removed first.
 */
import { keys } from "../keys.ts";
import { makeId } from "../make_id.ts";
import { parsePosition, type Position } from "../position.ts";
import { migrations, readHorizon, schemaAfter } from "../schema.ts";
import type { BackupKey } from "./backup_key.ts";
import { type Chain, type Link, readChains } from "./chain.ts";
import { BackupInterruptedError } from "./errors.ts";
import { listFolder, removeTree, syncFolder } from "./files.ts";
import { linksMax } from "./limits.ts";
import { LinkWriter } from "./link_writer.ts";
import { bytesOf, type ManifestBody } from "./manifest.ts";
import {
  type Changes,
  changesSince,
  fullEntries,
  headPoint,
  incrementalEntries,
  type Point,
} from "./source.ts";

export interface TakeBackupOptions {
  /** Where the backups are; made if it is not there, its owner's alone. */
  readonly folder: string;
  readonly imageId: string;
  /** Encrypts what is written; a chain that was begun with another key, or none, is left and a new one begun. */
  readonly key?: BackupKey | null;
  /** Begins a new chain whatever there is. */
  readonly full?: boolean;
  /** Why a full one is to be made, when it is not for its being asked for. */
  readonly why?: string | null;
  readonly clock?: () => number;
  readonly crash?: (point: string) => void;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly entries: number; readonly bytes: number }) => void;
}

export interface BackupResult {
  readonly chain: string;
  readonly link: number;
  readonly kind: "full" | "incremental";
  /** Why a full one was made though an incremental one was asked for; null otherwise. */
  readonly why: string | null;
  readonly position: Position;
  readonly at: number;
  readonly made: number;
  readonly entries: number;
  readonly thoughts: number;
  /** On the disk. */
  readonly bytes: number;
  readonly chunks: number;
  readonly tookMs: number;
}

interface Plan {
  readonly chain: string;
  /** On which link it is based, and what changed since. */
  readonly since: { readonly base: Link; readonly changes: Changes } | null;
  readonly why: string | null;
}

/**
 * @param kv the database of the image; only read
 * @throws BackupInterruptedError, CorruptError for an image that does not read; what the file system throws. No link is
 * there then.
 */
export async function takeBackup(kv: Deno.Kv, options: TakeBackupOptions): Promise<BackupResult> {
  const { clock = Date.now, crash = () => {}, key = null } = options;
  const signal = options.signal ?? new AbortController().signal;
  const made = clock();
  // In this order: what is pruned after it is noticed at the end, and never beyond the point.
  const horizon = await readHorizon(kv);
  const point = await headPoint(kv, signal);
  const parent = `${options.folder}/${options.imageId}`;
  const chains = await readChains(options.folder, options.imageId, { key, signal });
  await sweep(parent, chains);
  const { chain, since, why } = await plan(kv, { point, horizon, newest: chains.at(-1), made, ...options });
  const base = since?.base ?? null;
  const folder = `${parent}/${chain}`;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  await syncFolder(parent);
  crash("backup.started");
  const writer = new LinkWriter({
    v: 1,
    imageId: options.imageId,
    chain,
    index: base === null ? 0 : base.manifest.index + 1,
    kind: base === null ? "full" : "incremental",
    schema: schemaAfter(migrations),
    epoch: point.epoch,
    from: base?.manifest.to ?? horizon,
    to: point.position,
    at: point.at,
    made,
    horizon,
    compression: "zstd",
    encryption: key === null ? null : { algorithm: "AES-256-GCM", keyId: key.id },
    previous: base?.digest ?? null,
  }, { folder, key, crash });
  const counts = { entries: 0, thoughts: 0 };
  const onThoughts = (count: number) => void (counts.thoughts += count);
  const entries = since === null
    ? fullEntries(kv, point, onThoughts)
    : incrementalEntries(kv, since.changes, point, onThoughts);
  try {
    for await (const entry of entries) {
      signal.throwIfAborted();
      counts.entries++;
      await writer.add(entry);
      if (counts.entries % 1_000 === 0) {
        options.onProgress?.({ entries: counts.entries, bytes: writer.bytes });
      }
    }
    if (await readHorizon(kv) !== horizon) throw new BackupInterruptedError("history was pruned meanwhile");
    return describe(await writer.finish(counts.thoughts), { why, tookMs: clock() - made });
  } catch (error) {
    // A disk that is full gets its space back at once.
    await removeUnfinished(folder, base === null ? 0 : base.manifest.index + 1);
    throw error;
  }
}

/** Removes what a link without a manifest has written; the whole chain when there is no other link. */
async function removeUnfinished(folder: string, index: number): Promise<void> {
  if (index === 0) return await removeTree(folder);
  for (const { name } of await listFolder(folder)) {
    if (name.startsWith(String(index).padStart(6, "0"))) await removeTree(`${folder}/${name}`);
  }
}

function describe(body: ManifestBody, more: { why: string | null; tookMs: number }): BackupResult {
  return {
    chain: body.chain,
    link: body.index,
    kind: body.kind,
    position: body.to,
    at: body.at,
    made: body.made,
    entries: body.chunks.reduce((sum, { entries }) => sum + entries, 0),
    thoughts: body.thoughts,
    bytes: bytesOf(body),
    chunks: body.chunks.length,
    ...more,
  };
}

interface PlanInput extends TakeBackupOptions {
  readonly point: Point;
  readonly horizon: Position;
  readonly newest: Chain | undefined;
  readonly made: number;
}

/** On which link the new one is based, or why it must be a full one. */
async function plan(kv: Deno.Kv, input: PlanInput): Promise<Plan> {
  const stamp = new Date(input.made).toISOString().replace(/[-:]|\.\d+/g, "").toLowerCase();
  const begun = `${stamp}-${makeId(input.made).slice(-8)}`;
  // A clock that was set back must not put the new chain before the old ones.
  const chain = input.newest === undefined || begun > input.newest.chain ? begun : after(input.newest.chain);
  const fresh = (why: string | null) => ({ chain, since: null, why });
  const base = input.newest?.links.at(-1);
  if (input.full === true || input.newest === undefined) return fresh(input.why ?? null);
  if (base === undefined || input.newest.problems.length > 0) return fresh("the newest chain is damaged");
  const { to, encryption, index } = base.manifest;
  if (index + 1 >= linksMax) return fresh(`a chain has at most ${linksMax} links`);
  if ((encryption?.keyId ?? null) !== (input.key?.id ?? null)) return fresh("the key is another");
  if (input.horizon > to) return fresh("history was pruned beyond the last backup");
  if (base.manifest.schema !== schemaAfter(migrations)) return fresh("the image has another schema since");
  if (to > input.point.position || !(await isInLog(kv, to))) {
    return fresh("the image is not the one of the last backup");
  }
  const changes = await changesSince(kv, to, input.point.position);
  if (changes === null) return fresh("something was forgotten since");
  return { chain: input.newest.chain, since: { base, changes }, why: null };
}

function after(chain: string): string {
  const [stamp, random] = chain.split("-") as [string, string];
  const next = (Number.parseInt(random, 16) + 1) % 0x1_0000_0000;
  return `${stamp}-${next.toString(16).padStart(8, "0")}`;
}

/** Whether the log has what stood at the end of the last link: a start of an epoch has nothing. */
async function isInLog(kv: Deno.Kv, position: Position): Promise<boolean> {
  const { epoch, versionstamp } = parsePosition(position);
  if (/^0+$/.test(versionstamp)) return true;
  return (await kv.get(keys.log(epoch, versionstamp))).versionstamp !== null;
}

/** Removes what unfinished backups and removals left: nothing that a manifest names. */
async function sweep(parent: string, chains: readonly Chain[]): Promise<void> {
  for (const { name } of await listFolder(parent)) {
    if (name.startsWith(".removed-")) await removeTree(`${parent}/${name}`);
  }
  for (const { folder, links, problems, unfinished } of chains) {
    if (links.length === 0 && problems.length === 0) {
      await removeTree(folder);
      continue;
    }
    const next = unfinished && problems.length === 0 ? links.length : null;
    for (const { name } of await listFolder(folder)) {
      const isLeft = name.endsWith(".partial") ||
        (next !== null && name.startsWith(`${String(next).padStart(6, "0")}-`));
      if (isLeft) await removeTree(`${folder}/${name}`);
    }
  }
}
