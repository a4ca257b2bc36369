/**
 * Exchange: an image as an archive and back, a world from its blueprint and back, conversations from elsewhere.
 * @module
 */
export { exportArchive, type ExportOptions } from "./export_archive.ts";
export { type Conflict, type OnConflict } from "./compare.ts";
export { blueprintOf, forgeImage } from "./forge.ts";
export {
  importArchive,
  type ImportOptions,
  type ImportProgress,
  type ImportReport,
} from "./import_archive.ts";
export { ingestMemories, type IngestMemory, type IngestReport } from "./ingest.ts";
export { type MadeImage, makeNewImage } from "./new_image.ts";
export { type Archive, checkWhole, readArchive } from "./read_archive.ts";
export * from "./limits.ts";
