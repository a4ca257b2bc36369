/**
 * For a participant with a medium of its own, such as a file that it writes: its changes are journalled and synced when
 * it votes, applied once the thought is decided, and, after a crash, looked up in the log. What was decided is applied
 * then, what was not is dropped; what is torn was never voted for.
 */
import { z } from "zod";
import type { DataManager, Outcome, Vote, VoteContext } from "./data_manager.ts";
import { CorruptError, FolderError } from "./errors.ts";
import { journalDeltaBytesMax } from "./limits.ts";
import { isPosition, type Position } from "./position.ts";
import { open, seal } from "./sealed.ts";
import type { Store } from "./store.ts";

const frameForm = z.object({
  v: z.literal(1),
  /** The thought's id. */
  batch: z.string().min(1),
  /** The head that was seen at the vote: the thought, if decided, stands after it in the log. */
  head: z.string().refine(isPosition),
  delta: z.unknown(),
});

type Frame = z.infer<typeof frameForm>;

export interface JournalOptions<Delta> {
  /** What errors and logs call the participant. */
  readonly name: string;
  /** The journal's file; its folder must be there. */
  readonly path: string;
  readonly store: Store;
  /**
   * Does what was decided, in the order of the commits. It must be idempotent: a crash before its end, or right after,
   * has it done again.
   */
  readonly apply: (delta: Delta, decided: { readonly position: Position }) => void | Promise<void>;
  /** Called at each crash point, for tests that end the process there. */
  readonly crash?: (point: string) => void;
}

/** What a journal found when it was opened. */
export interface JournalRecovery {
  readonly applied: number;
  readonly dropped: number;
  /** The last frame was not whole. */
  readonly torn: boolean;
}

const lengthBytes = 4;

export class Journal<Delta> {
  readonly recovery: JournalRecovery;
  readonly #options: JournalOptions<Delta>;
  readonly #file: Deno.FsFile;
  /** Thoughts that are journalled and not over. */
  readonly #pending = new Set<string>();
  #bytes = 0;
  #work: Promise<void> = Promise.resolve();
  /** What was decided and could not be applied: nothing may be applied after it before it is. */
  #owed: { readonly position: Position; readonly cause: unknown } | null = null;

  private constructor(options: JournalOptions<Delta>, file: Deno.FsFile, recovery: JournalRecovery) {
    this.#options = options;
    this.#file = file;
    this.recovery = recovery;
  }

  /**
   * Opens or makes the journal, and ends what a crash has left in it.
   * @throws FolderError when the file cannot be written, CorruptError when a whole frame is none of ours; what `apply`
   * throws: the journal is then left as it is.
   */
  static async open<Delta>(options: JournalOptions<Delta>): Promise<Journal<Delta>> {
    const file = await openFile(options.path);
    try {
      const { frames, torn } = readFrames(await readAll(file), options.path);
      const decided = await findDecided(options.store, frames);
      let applied = 0;
      for (const { frame, position } of inOrder(frames, decided)) {
        await options.apply(frame.delta as Delta, { position });
        applied++;
      }
      await empty(file);
      return new Journal(options, file, { applied, dropped: frames.length - applied, torn });
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** The participant of one thought, with what it is going to change: asked for when the thought votes. */
  participant(delta: () => Delta): DataManager {
    let staged: { readonly batch: string; readonly delta: Delta } | null = null;
    return {
      name: this.#options.name,
      vote: (context) => {
        // Another's refusal may end the thought while this is still being written: it is taken back in its turn.
        staged = { batch: context.thoughtId, delta: delta() };
        return this.#journal(staged, context);
      },
      finish: (outcome) => this.#inTurn(() => this.#finish(staged!, outcome)),
      abort: () => this.#inTurn(() => staged === null ? Promise.resolve() : this.#over(staged.batch)),
    };
  }

  /** Lets go of the file, once nothing is under way. */
  async close(): Promise<void> {
    await this.#work;
    this.#file.close();
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#work.then(task);
    this.#work = done.then(() => {}, () => {});
    return done;
  }

  async #journal(frame: { batch: string; delta: Delta }, { expectedPosition }: VoteContext): Promise<Vote> {
    if (this.#owed !== null) return { ok: false, code: "journal_owes", reason: this.#inWords() };
    const { name } = this.#options;
    const sealed = seal({ v: 1, head: expectedPosition, ...frame }, [name, frame.batch]);
    if (sealed.byteLength > journalDeltaBytesMax) {
      const reason = `its change must be at most ${journalDeltaBytesMax} bytes: it is ${sealed.byteLength}`;
      return { ok: false, code: "too_large", reason };
    }
    await this.#inTurn(() => this.#append(frame.batch, sealed));
    return { ok: true };
  }

  /** Half a frame, and the rest of it, so that a crash between them leaves what a torn write would. */
  async #append(batch: string, sealed: Uint8Array): Promise<void> {
    const frame = new Uint8Array(lengthBytes + sealed.byteLength);
    new DataView(frame.buffer).setUint32(0, sealed.byteLength);
    frame.set(sealed, lengthBytes);
    const { crash } = this.#options;
    try {
      await this.#file.seek(this.#bytes, Deno.SeekMode.Start);
      const half = crash === undefined ? 0 : frame.byteLength >> 1;
      await writeAll(this.#file, frame.subarray(0, half));
      crash?.("journal.torn");
      await writeAll(this.#file, frame.subarray(half));
      await this.#file.syncData();
    } catch (cause) {
      await this.#file.truncate(this.#bytes);
      throw cause;
    }
    crash?.("journal.fsynced");
    this.#bytes += frame.byteLength;
    this.#pending.add(batch);
  }

  async #finish({ batch, delta }: { batch: string; delta: Delta }, { position }: Outcome): Promise<void> {
    if (this.#owed !== null) throw new Error(this.#inWords());
    try {
      await this.#options.apply(delta, { position });
    } catch (cause) {
      this.#owed = { position, cause };
      throw cause;
    }
    await this.#over(batch);
  }

  /** The journal is emptied once nobody needs it; until then it only grows, and what is over is done again at most. */
  async #over(batch: string): Promise<void> {
    this.#pending.delete(batch);
    if (this.#pending.size > 0 || this.#bytes === 0) return;
    this.#bytes = 0;
    await this.#file.truncate(0);
  }

  #inWords(): string {
    const { position, cause } = this.#owed!;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return `what was decided at ${position} could not be applied: ${reason}; it is tried again at the next opening`;
  }
}

async function openFile(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
  } catch (cause) {
    throw new FolderError(path, cause);
  }
}

async function readAll(file: Deno.FsFile): Promise<Uint8Array> {
  const { size } = await file.stat();
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size;) {
    const read = await file.read(bytes.subarray(at));
    if (read === null) return bytes.subarray(0, at);
    at += read;
  }
  return bytes;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) at += await file.write(bytes.subarray(at));
}

async function empty(file: Deno.FsFile): Promise<void> {
  await file.truncate(0);
  await file.syncData();
}

/** The whole frames, up to the first that is not: that one, and what is behind it, was never voted for. */
function readFrames(bytes: Uint8Array, path: string): { frames: Frame[]; torn: boolean } {
  const frames: Frame[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.byteLength;) {
    const end = at + lengthBytes <= bytes.byteLength ? at + lengthBytes + view.getUint32(at) : Infinity;
    if (end > bytes.byteLength) return { frames, torn: true };
    const opened = openFrame(bytes.subarray(at + lengthBytes, end), path);
    if (opened === null) return { frames, torn: true };
    frames.push(opened);
    at = end;
  }
  return { frames, torn: false };
}

/** Null when its checksum is not right. @throws CorruptError for something else than a frame */
function openFrame(sealed: Uint8Array, path: string): Frame | null {
  let value: unknown;
  try {
    value = open([path], sealed);
  } catch (error) {
    if (error instanceof CorruptError) return null;
    throw error;
  }
  const found = frameForm.safeParse(value);
  if (found.success) return found.data;
  throw new CorruptError(`the journal "${path}"`, z.prettifyError(found.error), { path });
}

/** Where the thoughts of the frames stand in the log; those that were not decided stand nowhere. */
async function findDecided(store: Store, frames: readonly Frame[]): Promise<Map<string, Position>> {
  const wanted = new Set(frames.map(({ batch }) => batch));
  const found = new Map<string, Position>();
  if (wanted.size === 0) return found;
  const after = frames.map(({ head }) => head).sort()[0]!;
  for await (const { position, thought } of store.recorded({ after })) {
    if (!wanted.has(thought.id)) continue;
    found.set(thought.id, position);
    if (found.size === wanted.size) break;
  }
  return found;
}

function inOrder(frames: readonly Frame[], decided: ReadonlyMap<string, Position>) {
  return frames
    .flatMap((frame) => {
      const position = decided.get(frame.batch);
      return position === undefined ? [] : [{ frame, position }];
    })
    .sort((a, b) => a.position < b.position ? -1 : 1);
}
