/** The backup as a part under supervision: it starts once the image is there, in a process of its own for drills. */
import type { Store } from "../../kv/mod.ts";
import { Backups } from "../backup/mod.ts";
import { spawnChild } from "./children.ts";
import type { Service } from "./supervised.ts";

export interface BackupServiceOptions {
  readonly clock?: () => number;
  readonly crash?: (point: string) => void;
  /** The key that backups are encrypted with, read anew for each; null, or absent, when they are not. */
  readonly readBackupKey?: () => Promise<string | null>;
}

export interface BackedImage {
  readonly store: Store;
  /** Resolves when a new image has its first thought. */
  readonly begun: Promise<void>;
  readonly onStatus: () => void;
}

export function backupService(options: BackupServiceOptions, image: BackedImage): Service<Backups> {
  const { clock = Date.now, crash, readBackupKey = () => Promise.resolve(null) } = options;
  return {
    name: "backup",
    start: async () => {
      await image.begun;
      return new Backups({
        store: image.store,
        clock,
        crash,
        readKey: readBackupKey,
        spawnDrill: () => spawnChild("backup_drill"),
        onStatus: image.onStatus,
      });
    },
    stop: (handle) => handle.close(),
  };
}
