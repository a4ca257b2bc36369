/**
 * The store of a living image: thoughts, one order of commits, history, and values of any size, over Deno KV.
 *
 * @example Commit a thought and read it back
 * ```ts ignore
 * const store = await openStore({ folder: "image" });
 * const { position } = await store.commit({ who: "me", why: "first words" }, (thought) => {
 *   thought.set(keys.object("a"), { text: "hello" });
 * });
 * const before = await store.asOf(position).get(keys.object("a"));
 * await store.close();
 * ```
 */
export * from "./backup/mod.ts";
export { ImageBuilder, makeImage } from "./new_image.ts";
export type { ImageOrigin, NewImage, NewImageOptions } from "./new_image.ts";
export { openStore } from "./open_store.ts";
export { Store } from "./store.ts";
export type { Entry, OpenStoreOptions, StoreStats } from "./store.ts";
export type { CommitResult } from "./attempt.ts";
export { Journal } from "./journal.ts";
export type { JournalOptions, JournalRecovery } from "./journal.ts";
export { Thought } from "./thought.ts";
export type { Savepoint } from "./savepoint.ts";
export type { ThoughtInfo } from "./record.ts";
export type { CommittedThought } from "./publisher.ts";
export type { Change } from "./plan.ts";
export type { LogEntry, LoggedChange, LogOptions, PlacedThought } from "./log.ts";
export { AsOf } from "./as_of.ts";
export type { History, Pruned, PruneOptions } from "./history.ts";
export type { ForgetRequest, Forgotten } from "./forget.ts";
export type { HistoryCost } from "./history_cost.ts";
export type { StoredPair } from "./fork.ts";
export type { ListOptions } from "./overlay.ts";
export type { DataManager, Mutation, Outcome, Vote, VoteContext } from "./data_manager.ts";
export { open as openStored, seal } from "./sealed.ts";
export { compareKeys, isReserved, isVersioned, keys } from "./keys.ts";
export type { Key } from "./keys.ts";
export { formatPosition, isPosition, parsePosition, startOfEpoch } from "./position.ts";
export type { Position, PositionParts } from "./position.ts";
export { fileReason } from "./file_reason.ts";
export { statOrNull } from "./stat_or_null.ts";
export { filesWith } from "./files_with.ts";
export { verifyFolder } from "./verify_folder.ts";
export type {
  ImageForms,
  ObjectFacts,
  Problem,
  ProblemKind,
  Repaired,
  VerifyOptions,
  VerifyProgress,
  VerifyReport,
} from "./verify/mod.ts";
export {
  BusyError,
  ConflictError,
  CorruptError,
  FolderError,
  HorizonError,
  LimitError,
  LockedError,
  OccupiedError,
  PositionError,
  RefusedError,
  SchemaError,
  StoreClosedError,
  StoreError,
  ValueError,
} from "./errors.ts";
