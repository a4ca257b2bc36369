/**
 * Takes the entries of one link into an image that is being built. In the link in which the wanted point lies, the log
 * comes after the state: thoughts after the point are left out, and the first before-image of each key that they
 * changed is put back.
 */
import { versionMark } from "../versions.ts";
import { encodeKey, isVersioned, type Key, keys, readStampKey } from "../keys.ts";
import type { ImageBuilder } from "../new_image.ts";
import { formatPosition, type Position } from "../position.ts";
import {
  type Packed,
  packGone,
  packLog,
  partKeys,
  readGone,
  readRecord,
  type RecordedThought,
} from "../record.ts";
import { NoBackupError } from "./errors.ts";
import type { ManifestBody } from "./manifest.ts";
import type { BackupEntry } from "./source.ts";

export interface LinkReplayOptions {
  readonly manifest: ManifestBody;
  /** A position, or a time in ms: what is after it is not taken. */
  readonly upTo: Position | number;
  /** Time of where the link begins; 0 before the first thought. */
  readonly at: number;
  readonly newId: () => string;
}

export class LinkReplay {
  /** The last thought taken; before the first, where the link begins. */
  position: Position;
  at: number;
  /** Keys that got back what they held. */
  rolledBack = 0;
  /** Thoughts taken. */
  taken = 0;
  /** Whether one of them holds what a pruning was still to drop. */
  undropped = false;
  readonly #builder: ImageBuilder;
  readonly #options: LinkReplayOptions;
  readonly #restored = new Set<string>();

  constructor(builder: ImageBuilder, options: LinkReplayOptions) {
    const { manifest, at } = options;
    this.#builder = builder;
    this.#options = options;
    this.position = manifest.from;
    this.at = at;
    // Without a thought of its own it is where it ends.
    if (manifest.thoughts === 0) [this.position, this.at] = [manifest.to, manifest.at];
  }

  async take(entry: BackupEntry): Promise<void> {
    const [key, stored] = entry;
    if (key[0] === "log") await this.#takeRecord(key, stored!);
    else if (key[0] === "gone") await this.#takeGone(key, stored!);
    else await this.#builder.put(key, stored);
  }

  async #takeRecord(key: Key, stored: Uint8Array): Promise<void> {
    const parts = partKeys(key, stored);
    if (parts.length > 0) await this.#builder.flush();
    const { epoch, versionstamp } = readStampKey(key)!;
    const { at, thoughts } = await readRecord(this.#builder.kv, key, stored);
    const placed = thoughts.map((thought, n) => ({
      thought,
      at: at[n]!,
      position: formatPosition(epoch, versionstamp, n),
    }));
    const kept = placed.filter((one) => this.#isWanted(one.position, one.at));
    for (const { thought, position } of kept) await this.#takeVersions(thought, position);
    for (const { thought, position } of placed.slice(kept.length)) await this.#rollBack(thought, position);
    const last = kept.at(-1);
    this.taken += kept.length;
    if (last !== undefined) [this.position, this.at] = [last.position, last.at];
    if (kept.length === placed.length) return await this.#builder.put(key, stored);
    for (const part of parts) await this.#builder.put(part, undefined);
    if (last === undefined) return;
    const times = kept.map((one) => one.at);
    await this.#putPacked(key, packLog(key, times, kept.map(({ thought }) => thought), this.#options.newId));
  }

  #isWanted(position: Position, at: number): boolean {
    const { upTo } = this.#options;
    return typeof upTo === "number" ? at <= upTo : position <= upTo;
  }

  async #takeVersions({ changes, pruned }: RecordedThought, position: Position): Promise<void> {
    if (position <= this.#options.manifest.horizon) {
      // What was pruned has no past to be looked up.
      this.undropped ||= pruned !== true;
      return;
    }
    for (const [key] of changes) await this.#builder.put(keys.version(key, position), versionMark);
  }

  async #rollBack({ changes }: RecordedThought, position: Position): Promise<void> {
    const { horizon } = this.#options.manifest;
    if (position <= horizon) {
      throw new NoBackupError(
        `Cannot restore to before ${position} as its history was pruned up to ${horizon}`,
        `Ask for ${horizon} or later; telos restore --list shows the points.`,
        { position, horizon },
      );
    }
    for (const [key, before] of changes) {
      const encoded = encodeKey(key);
      if (this.#restored.has(encoded) || !isVersioned(key)) continue;
      this.#restored.add(encoded);
      this.rolledBack++;
      await this.#builder.put(key, before ?? undefined);
    }
  }

  async #takeGone(key: Key, stored: Uint8Array): Promise<void> {
    const parts = partKeys(key, stored);
    if (parts.length > 0) await this.#builder.flush();
    const { epoch, versionstamp } = readStampKey(key)!;
    const deleted = await readGone(this.#builder.kv, key, stored);
    const kept = deleted.filter(([n]) => formatPosition(epoch, versionstamp, n) <= this.position);
    if (kept.length === deleted.length) return await this.#builder.put(key, stored);
    for (const part of parts) await this.#builder.put(part, undefined);
    if (kept.length > 0) await this.#putPacked(key, packGone(key, kept, this.#options.newId));
  }

  async #putPacked(key: Key, { stored, parts }: Packed): Promise<void> {
    for (const [part, bytes] of parts) await this.#builder.put(part, bytes);
    await this.#builder.put(key, stored);
  }
}
