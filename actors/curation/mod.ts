/**
 * Curation: while nobody is here, what was experienced is gathered into concepts, and what says nothing new is masked.
 * @module
 */
export { type ConceptView, type CurationStatus, type CurationView, Curator } from "./curator.ts";
export type { CurationEvent, CurationPorts } from "./ports.ts";
export type { Report } from "./report.ts";
export { removeVectorsOfDeleted } from "./thoughts.ts";
