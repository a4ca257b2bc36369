/** The codebook in its worker, off the event loop; when that breaks, everything that waits is refused, and it is spent. */
import type { Planes } from "../../vector/hypervector/mod.ts";
import { UnavailableError } from "../errors.ts";
import type { Slot } from "../object/mod.ts";
import type {
  BookFigures,
  CodebookAnswer,
  CodebookReply,
  CodebookRequest,
  HoldersFound,
  NearestFiller,
  NearestRole,
  QuestionedObject,
  Space,
} from "./codebook_messages.ts";

export class Codebook {
  readonly space: Space;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<CodebookAnswer>>();
  #last = 0;
  #ended: UnavailableError | null = null;
  #figures: BookFigures = { objects: 0, roles: 0, fillers: 0, truncated: false, bytes: 0 };

  private constructor(space: Space, worker: URL) {
    this.space = space;
    this.#worker = new Worker(worker, { type: "module", name: "questions" });
    this.#worker.onmessage = ({ data }: MessageEvent<CodebookReply>) => this.#settle(data);
    this.#worker.onmessageerror = () => this.#end("a message of its worker could not be read");
    this.#worker.onerror = (event) => {
      // Unhandled, the error of a worker would end the whole process.
      event.preventDefault();
      this.#end(event.message);
    };
  }

  /** An empty one. `kernel` is the built `exact.wasm`. @throws {UnavailableError} */
  static async begin(
    space: Space,
    parts: { readonly worker: URL; readonly kernel: Uint8Array<ArrayBuffer> },
  ): Promise<Codebook> {
    const book = new Codebook(space, parts.worker);
    try {
      await book.#ask({ type: "begin", space, kernel: parts.kernel });
      return book;
    } catch (error) {
      book.close();
      throw error;
    }
  }

  get isSpent(): boolean {
    return this.#ended !== null;
  }

  /** As of the last answer. */
  get figures(): BookFigures {
    return this.#figures;
  }

  async put(objects: readonly QuestionedObject[]): Promise<void> {
    await this.#ask({ type: "put", objects });
  }

  /** Of what is less similar than `least`, it may be any. */
  async nearestRole(query: Planes, least: number): Promise<NearestRole | null> {
    return await this.#ask({ type: "role", query, least }) as NearestRole | null;
  }

  /** As `nearestRole`. */
  async nearestFiller(query: Planes, least: number): Promise<NearestFiller | null> {
    return await this.#ask({ type: "filler", query, least }) as NearestFiller | null;
  }

  async holders(role: string, values: readonly Slot[]): Promise<HoldersFound> {
    return await this.#ask({ type: "holders", role, values }) as HoldersFound;
  }

  close(): void {
    this.#end("it is closed");
  }

  #ask(request: CodebookRequest): Promise<CodebookAnswer> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const id = ++this.#last;
    const waiting = Promise.withResolvers<CodebookAnswer>();
    this.#waiting.set(id, waiting);
    this.#worker.postMessage({ ...request, id });
    return waiting.promise;
  }

  #settle(reply: CodebookReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.ok) {
      this.#figures = reply.figures;
      waiting?.resolve(reply.answer);
    } else waiting?.reject(unavailable(reply.reason));
  }

  #end(reason: string): void {
    if (this.#ended !== null) return;
    this.#ended = unavailable(reason);
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}

function unavailable(reason: string): UnavailableError {
  return new UnavailableError("Asking objects", reason, "Ask again; the codebook is made anew.");
}
