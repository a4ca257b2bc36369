/**
 * The keys under which requests may be repeated: what each stood for, told by a digest of its command, so that a key
 * that comes again with another command is refused instead of answered with what it did not ask for. Thoughts keep
 * the digest beside their answer; what is no thought is remembered here, while the image is open.
 */
import { createHash } from "node:crypto";
import { IdempotencyConflictError, type IdempotencyKey, refuseOtherUse } from "../../actors/world/mod.ts";
import type { Store } from "../../kv/mod.ts";
import type { Command } from "../protocol.ts";
import { KEYS_REMEMBERED_MAX } from "./limits.ts";

export class RequestKeys {
  readonly #store: Store;
  readonly #digests = new Map<string, string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** @throws {IdempotencyConflictError} when the key was used for another command */
  async keyOf(key: string, command: Command): Promise<IdempotencyKey> {
    const used = { key, digest: digestOf(command) };
    const known = this.#digests.get(key);
    if (known !== undefined && known !== used.digest) throw new IdempotencyConflictError(key);
    await refuseOtherUse(this.#store, used);
    return used;
  }

  /** Remembers what was done under a key: one whose command was refused may stand for another. */
  done({ key, digest }: IdempotencyKey): void {
    if (digest === undefined) return;
    this.#digests.set(key, digest);
    if (this.#digests.size > KEYS_REMEMBERED_MAX) this.#digests.delete(this.#digests.keys().next().value!);
  }
}

/** SHA-256 of the command as JSON with its keys in order, in hex. */
function digestOf(command: Command): string {
  const json = JSON.stringify(
    command,
    (_, value) =>
      typeof value !== "object" || value === null || Array.isArray(value)
        ? value
        : Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)),
  );
  return createHash("sha256").update(json).digest("hex");
}
