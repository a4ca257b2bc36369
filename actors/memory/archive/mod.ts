/**
 * The archive actor: seals what working memory need not hold into the archive on disk, in the background.
 *
 * The memory that owns it starts `archiveMachine` with `input: { ports }` (see `ArchivePorts`, eight functions) and
 * tells it `WORKING_MEMORY_SIZED {rows, newer}` when its size has changed, `SETTINGS_CHANGED {slots}` when the object
 * `archive_manager` has, `SEAL_REQUESTED {purge?}` when someone asks, and `STOPPED` at the end (it is then done when
 * the archive is closed). What it does in turn:
 *
 * 1. `settings()`, `open(settings, onChanged)`, then `attach(archive)`: the owner masks new deaths in it at once
 *    (`archive.mask(id, position)` when a thought that deletes or replaces a row has committed);
 * 2. `deaths(watermark)`: the actor masks those that the log has since the archive's watermark;
 * 3. `serve(archive, watermark)`: the owner searches it, and holds in working memory what is newer;
 * 4. when a seal is due, `rows(watermark, signal)`, a build, a swap, and `serve` again with the new watermark;
 * 5. `detach()` when the archive is closed, at the end or to be opened in another folder.
 *
 * A recall searches with `archive.search(query, k)` and re-ranks with the true vectors.
 * @module
 */
export { type ArchiveContext, type ArchiveEvent } from "./archive_context.ts";
export { archiveMachine } from "./archive_machine.ts";
export { type ArchiveStatus, archiveStatus } from "./archive_status.ts";
export * as archiveActorLimits from "./limits.ts";
export { type ArchivePorts, type SealableRows } from "./ports.ts";
export { type ArchiveSettings, archiveSettingsDefault, readArchiveSettings } from "./settings.ts";
