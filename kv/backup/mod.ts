/**
 * Backups of an image: full and incremental links in chains, checksummed, compressed, encrypted if a key is given;
 * restoring any point of one; rotation. The format is described in `FORMAT.md`.
 * @module
 */
export { BackupKey } from "./backup_key.ts";
export { type Chain, goodPoint, type LinkProblem, readChains } from "./chain.ts";
export {
  BackupDamagedError,
  BackupInterruptedError,
  BackupKeyError,
  type GoodPoint,
  NoBackupError,
} from "./errors.ts";
export { bytesOf, type Manifest } from "./manifest.ts";
export {
  type Derive,
  restoreBackup,
  type RestoreOptions,
  type RestoreProgress,
  type RestoreResult,
} from "./restore.ts";
export { rotate } from "./rotate.ts";
export { type BackupResult, takeBackup, type TakeBackupOptions } from "./take_backup.ts";
