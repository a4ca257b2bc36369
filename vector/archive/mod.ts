/**
 * The archive: sealed vector segments on disk. Their memory-mapped graphs are built in one process and searched in
 * another, so that the program itself needs no native code, and neither a long build nor a damaged file can stop it; most
 * searches are answered by the inverted lists of the segments, without asking anybody.
 *
 * Open it, mask every death since its `watermark`, and search; seal when working memory is full:
 * `archive.seal(rows, { space, watermark })` adds a segment, with `replace: true` the new one stands for all.
 * @module
 */
export { Archive } from "./archive.ts";
export {
  type ArchiveHealth,
  type ArchiveHit,
  type ArchiveOptions,
  type SealOptions,
  type SealPhase,
} from "./archive_options.ts";
export { type ArchiveRow } from "./build_process.ts";
export { archiveChildPermissions, runArchiveChild } from "./builder.ts";
export { ArchiveError, type ArchiveErrorCode } from "./errors.ts";
export * as archiveLimits from "./limits.ts";
export { type ArchiveManifest, type SegmentRecord } from "./manifest.ts";
export { type SegmentRun } from "./segment_run.ts";
export { removeArchive } from "./swap.ts";
