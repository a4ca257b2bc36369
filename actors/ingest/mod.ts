/**
 * Ingest: folders of notes, texts, mail and conversations become memories, at volume, in the background.
 * @module
 */
export { type IngestAction, Ingests } from "./ingests.ts";
export { recordSchema as ingestRecordSchema } from "./job.ts";
export type { IngestView } from "./view.ts";
