/**
 * The backup: made and tried on schedule, as the slots of `backup_manager` say, or when somebody asks.
 * @module
 */
export { Backups } from "./backups.ts";
export { drillChildPermissions, runDrillChild } from "./drill_child.ts";
export type { BackupPorts } from "./ports.ts";
export type { BackupStatus, BackupsView } from "./status.ts";
