/**
 * The one way into a living image, whoever asks: the server and the command line hold a Door and do not care
 * whether the image is open in this process (`LocalDoor`) or behind a server (`RemoteDoor`).
 */
import type { ExchangeDoor } from "./exchange_door.ts";
import type {
  BackupsView,
  CanvasView,
  ChildrenView,
  CommandInput,
  CommandResult,
  ConversationView,
  CurationView,
  DiffView,
  ExportFormat,
  Health,
  HistoryView,
  IngestView,
  MemoryCheckView,
  ModelsView,
  ObjectView,
  Position,
  PromptsView,
  ProposalView,
  QuestionAnswerView,
  QuestionQuery,
  RecallFilter,
  RecallHit,
  StreamEvent,
  ThoughtView,
  ThreadsView,
  UsageView,
  VerifyStep,
  VerifyView,
} from "../protocol.ts";

export interface CommandOptions {
  /** Who asks, as the log names them: `canvas`, `cli`, a persona. Default `person`. */
  readonly who?: string;
  /** The same key within a day answers the first result again and changes nothing; another command is refused. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** One message of the stream; `id` is present on committed events only. */
export interface StreamMessage {
  readonly id?: Position;
  readonly event: StreamEvent;
}

/** A position, or a time as ISO 8601 or in ms since 1970. */
export type PointInTime = string;

export interface RecallQuestion {
  readonly q: string;
  readonly k?: number;
  readonly asOf?: PointInTime;
  /** What the memories must be like. */
  readonly filter?: RecallFilter;
}

export interface LogQuery {
  readonly after?: Position;
  /** Exclusive: with `newest`, where the next page begins. */
  readonly before?: Position;
  readonly object?: string;
  readonly newest?: boolean;
  readonly limit?: number;
}

export interface ObjectsQuery {
  readonly asOf?: PointInTime;
  /** An oid: where the page begins. */
  readonly after?: string;
  readonly limit?: number;
}

export interface DiffQuery {
  readonly from: PointInTime;
  readonly to?: PointInTime;
  readonly object?: string;
}

export interface VerifyQuery {
  readonly repair?: boolean;
  readonly onProgress?: (step: VerifyStep) => void;
  readonly signal?: AbortSignal;
}

export interface EventsOptions {
  readonly after?: Position;
  readonly signal: AbortSignal;
  /** Called once, when the stream is joined: whatever happens after that is going to be yielded. */
  readonly onOpen?: () => void;
}

export interface Door {
  /**
   * SHUTDOWN_REQUEST belongs to whoever listens: a server takes it before it gets here, and a door that is asked
   * itself answers its position and goes on.
   * @throws the typed errors of `actors/errors.ts` and `kv/errors.ts`, or a `RemoteError` of the same shape.
   */
  command(command: CommandInput, options?: CommandOptions): Promise<CommandResult>;
  object(name: string, options?: { readonly asOf?: PointInTime }): Promise<ObjectView>;
  /** All objects, in the order in which they were made; now, or as of a point in the past. */
  objects(query?: ObjectsQuery): Promise<ChildrenView>;
  children(
    name: string,
    options?: { readonly after?: string; readonly limit?: number },
  ): Promise<ChildrenView>;
  /** Walks the whole image and tells what is wrong with it; with `repair`, puts right what surely can be. */
  verify(options?: VerifyQuery): Promise<VerifyView>;
  /** As of a point in the past: who stood where, and no personas. */
  canvas(name: string, options?: { readonly asOf?: PointInTime }): Promise<CanvasView>;
  conversation(thread: string, options?: { readonly limit?: number }): Promise<ConversationView>;
  /** Those in which something was said last come first. */
  threads(): Promise<ThreadsView>;
  /** What the personas cost: tokens, speed, waits. */
  usage(): Promise<UsageView>;
  /** A thread as a document. */
  exportThread(thread: string, format: ExportFormat): Promise<string>;
  /** Exactly what models were sent for an answer. */
  prompts(exchange: string): Promise<PromptsView>;
  recall(question: RecallQuestion): Promise<RecallHit[]>;
  /** The ingest that is under way, or the last one. */
  ingest(): Promise<IngestView>;
  /** What the forms of objects tell; "I do not know" is an answer. */
  question(query: QuestionQuery): Promise<QuestionAnswerView>;
  /** Whether working memory, archive and words agree with the store. */
  checkMemory(): Promise<MemoryCheckView>;
  /** With `object` (a name or an oid): only thoughts that changed it. */
  log(query?: LogQuery): Promise<ThoughtView[]>;
  /** What differs between two points, `to` being now when it is absent; of one object if it is named. */
  diff(query: DiffQuery): Promise<DiffView>;
  /** What history costs, and how long it is kept. */
  history(): Promise<HistoryView>;
  /** Methods that wait for a yes, and what became of earlier ones; the newest first. */
  proposals(): Promise<ProposalView[]>;
  models(): Promise<ModelsView>;
  backups(): Promise<BackupsView>;
  /** How curation is, what the last run did and why, and the concepts. */
  curation(): Promise<CurationView>;
  /** Never waits on a model, a disk or a mind. */
  health(): Promise<Health>;
  /**
   * The ordered stream: committed events after `after` (or from now, when absent), then a snapshot of each
   * running answer, then what happens live, until `signal` aborts: then it ends, without an error. Exactly one
   * message for each position. It joins no later than the first `next()`, holds a bounded number of messages for
   * a reader that does not pull, and says RESYNC instead of leaving a gap.
   */
  events(options: EventsOptions): AsyncIterable<StreamMessage>;
  readonly exchange: ExchangeDoor;
  close(): Promise<void>;
}
