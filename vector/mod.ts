/**
 * Vectors: embedding spaces and the process that makes embeddings, exact search over them, the archive on disk, and
 * hypervectors. Numbers only: nothing here knows objects or the store.
 * @module
 */
export * from "./archive/mod.ts";
export * from "./embedding/mod.ts";
export * from "./exact/mod.ts";
export * from "./hypervector/mod.ts";
export * from "./lexical/mod.ts";
export * from "./recall/mod.ts";
