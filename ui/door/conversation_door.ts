/** Conversations of the image that is open here: asking, threads, prompts, and a thread as a document. */
import { NotFoundError } from "../../actors/errors.ts";
import { EXPORT_TURNS_MAX, type LivingImage, type Request, threadOf } from "../../actors/system/mod.ts";
import { IdempotencyConflictError } from "../../actors/world/mod.ts";
import type { Command, ExportFormat, Position, PromptsView, ThreadExport, ThreadsView } from "../protocol.ts";
import { threadAsMarkdown } from "./thread_markdown.ts";

type ConversationCommand = Extract<
  Command,
  { command: "USER_QUERY_REQUEST" | "BRANCH_THREAD" | "RENAME_THREAD" | "REPLAY" }
>;
type Asked = { readonly answer: string };

/** Questions whose answer's id is remembered by the key under which they were asked. */
const ASKED_REMEMBERED_MAX = 1_000;

export class ConversationDoor {
  readonly #image: LivingImage;
  readonly #asked = new Map<
    string,
    { readonly digest: string | undefined; readonly answer: Promise<Asked> }
  >();

  constructor(image: LivingImage) {
    this.#image = image;
  }

  async run(command: ConversationCommand, request: Request): Promise<{ position: Position; value: unknown }> {
    const { store, threads, orchestrator } = this.#image;
    switch (command.command) {
      case "USER_QUERY_REQUEST":
        return { position: store.position, value: await this.#once(request, () => this.#ask(command)) };
      case "REPLAY": {
        const { exchange } = command;
        const again = () => orchestrator.replay({ exchange, at: Date.now() });
        return { position: store.position, value: await this.#once(request, again) };
      }
      case "BRANCH_THREAD":
        return await threads.branch(command, request);
      case "RENAME_THREAD": {
        const thread = await threads.nameOf(command.thread);
        orchestrator.assertQuiet(thread);
        return await threads.rename(thread, command.name, request);
      }
    }
  }

  /**
   * What is stored for an answer that still comes would begin a thread anew that is deleted or renamed meanwhile.
   * @throws OrchestratorError `busy` for a thread in which an answer is being made
   */
  async mustBeQuiet(object: string): Promise<void> {
    const { world } = this.#image;
    const oid = await world.find(object);
    const thread = oid === null ? null : threadOf((await world.context(oid)).name);
    if (thread !== null) this.#image.orchestrator.assertQuiet(thread);
  }

  async threads(): Promise<ThreadsView> {
    return await this.#image.threads.list();
  }

  async prompts(exchange: string): Promise<PromptsView> {
    // Its slots were read through a schema that is that of the contract.
    return await this.#image.exchanges.prompts(exchange) as PromptsView;
  }

  /** @throws {NotFoundError} for a thread in which nothing was said */
  async export(given: string, format: ExportFormat): Promise<string> {
    const { threads, exchanges } = this.#image;
    const thread = await threads.nameOf(given);
    const view = await threads.view(thread);
    if (view === null) throw new NotFoundError(given, "thread");
    const turns = await exchanges.list(thread, EXPORT_TURNS_MAX + 1);
    const whole: ThreadExport = {
      format: "telos-conversation",
      version: 1,
      thread,
      branch: view.branch,
      truncated: turns.length > EXPORT_TURNS_MAX,
      exchanges: turns.slice(-EXPORT_TURNS_MAX),
    };
    return format === "json" ? `${JSON.stringify(whole, null, 2)}\n` : threadAsMarkdown(whole);
  }

  async #ask(command: Extract<Command, { command: "USER_QUERY_REQUEST" }>): Promise<Asked> {
    const { query_text: text, persona, personas, manner, deliberate, thread } = command;
    const asked = [...persona === undefined ? [] : [persona], ...personas ?? []];
    return await this.#image.orchestrator.ask({
      text,
      at: Date.now(),
      personas: asked,
      ...(manner === undefined ? {} : { manner }),
      ...(deliberate === undefined ? {} : { deliberate }),
      ...(thread === undefined ? {} : { thread: await this.#image.threads.nameOf(thread) }),
    });
  }

  /**
   * The same key starts one answer. What is asked is no thought, so that the store cannot tell.
   * @throws {IdempotencyConflictError}
   */
  async #once({ idempotencyKey: used }: Request, ask: () => Promise<Asked>): Promise<Asked> {
    if (used === undefined) return await ask();
    const { key, digest } = used;
    const known = this.#asked.get(key);
    if (known !== undefined && known.digest !== digest) throw new IdempotencyConflictError(key);
    if (known !== undefined) return await known.answer;
    const asked = ask();
    this.#asked.set(key, { digest, answer: asked });
    if (this.#asked.size > ASKED_REMEMBERED_MAX) this.#asked.delete(this.#asked.keys().next().value!);
    // One that was refused may be asked again.
    asked.catch(() => this.#asked.delete(key));
    return await asked;
  }
}
