/**
 * The one way into a living image, whoever asks: the server and the command line hold a Door and do not care
 * whether the image is open in this process (`LocalDoor`) or behind a server (`RemoteDoor`).
 */
import type {
  CanvasView,
  ChildrenView,
  CommandInput,
  CommandResult,
  ConversationView,
  Health,
  ModelsView,
  ObjectView,
  Position,
  RecallHit,
  StreamEvent,
  ThoughtView,
} from "../protocol.ts";

export interface CommandOptions {
  /** Who asks, as the log names them: `canvas`, `cli`, a persona. Default `person`. */
  readonly who?: string;
  /** The same key within a day answers the first result again and changes nothing. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** One message of the stream; `id` is present on committed events only. */
export interface StreamMessage {
  readonly id?: Position;
  readonly event: StreamEvent;
}

export interface Door {
  /** @throws the typed errors of `actors/errors.ts` and `kv/errors.ts`, or a `RemoteError` of the same shape. */
  command(command: CommandInput, options?: CommandOptions): Promise<CommandResult>;
  object(name: string, options?: { readonly asOf?: Position }): Promise<ObjectView>;
  children(
    name: string,
    options?: { readonly after?: string; readonly limit?: number },
  ): Promise<ChildrenView>;
  canvas(name: string): Promise<CanvasView>;
  conversation(thread: string, options?: { readonly limit?: number }): Promise<ConversationView>;
  recall(query: { readonly q: string; readonly k?: number; readonly asOf?: Position }): Promise<RecallHit[]>;
  log(
    query?: { readonly after?: Position; readonly newest?: boolean; readonly limit?: number },
  ): Promise<ThoughtView[]>;
  models(): Promise<ModelsView>;
  /** Never waits on a model, a disk or a mind. */
  health(): Promise<Health>;
  /**
   * The ordered stream: committed events after `after` (or from now, when absent), then a snapshot of each
   * running answer, then what happens live, until `signal` aborts.
   */
  events(
    options: { readonly after?: Position; readonly signal: AbortSignal },
  ): AsyncIterable<StreamMessage>;
  close(): Promise<void>;
}
