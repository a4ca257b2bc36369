/** What the backup actor needs from the image that it belongs to. */
import type { Store } from "../../kv/mod.ts";

export interface BackupPorts {
  readonly store: Store;
  readonly clock: () => number;
  /** The key as text, read anew for each run; null when backups are not to be encrypted. */
  readonly readKey: () => Promise<string | null>;
  /** Starts `drill_child.ts` with its input and output piped. */
  readonly spawnDrill: () => Deno.ChildProcess;
  readonly crash?: ((point: string) => void) | undefined;
  /** Called when something of the status has changed. */
  readonly onStatus: () => void;
}

/** The same, and a place where jobs under way are known. */
export interface TrackedPorts extends BackupPorts {
  readonly track: <T>(job: Promise<T>) => Promise<T>;
}
