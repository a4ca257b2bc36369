/** The Door of an image that is open in this process. It is long as the contract has many commands. */
import { type LivingImage, type Request, usageOf } from "../../actors/system/mod.ts";
import {
  isOid,
  type ObjectSummary,
  type Outcome,
  summarize,
  viewObject,
  viewObjectAsOf,
} from "../../actors/world/mod.ts";
import { keys, type LogEntry } from "../../kv/mod.ts";
import {
  type BackupsView,
  type CanvasView,
  type ChildrenView,
  type Command,
  type CommandInput,
  type CommandResult,
  commandSchema,
  type ConversationView,
  type CurationView,
  curationViewSchema,
  type DiffView,
  type ExportFormat,
  type Health,
  type HistoryView,
  type IngestView,
  type MemoryCheckView,
  type ModelsView,
  type ObjectView,
  type Position,
  type PromptsView,
  type ProposalView,
  questionAnswerSchema,
  type QuestionAnswerView,
  type QuestionQuery,
  type RecallHit,
  type StreamEvent,
  type ThoughtView,
  type ThreadsView,
  type UsageView,
  type VerifyView,
} from "../protocol.ts";
import { canvasAsOf, canvasNow } from "./canvas_view.ts";
import { ConversationDoor } from "./conversation_door.ts";
import { diffBetween } from "./diff_between.ts";
import type {
  CommandOptions,
  DiffQuery,
  Door,
  EventsOptions,
  LogQuery,
  ObjectsQuery,
  PointInTime,
  RecallQuestion,
  StreamMessage,
  VerifyQuery,
} from "./door.ts";
import { listObjects } from "./object_list.ts";
import { runHistoryCommand } from "./history_commands.ts";
import { pastPositionOf } from "./point_in_time.ts";
import type { ExchangeDoor } from "./exchange_door.ts";
import { LocalExchange } from "./local_exchange.ts";
import { proposalViews } from "./proposal_views.ts";
import { RequestKeys } from "./request_keys.ts";
import { WrongShapeError } from "./wrong_shape_error.ts";

const RECALL_COUNT = 10;
const PAGE = 100;

export class LocalDoor implements Door {
  readonly exchange: ExchangeDoor;
  readonly #image: LivingImage;
  readonly #conversation: ConversationDoor;
  readonly #keys: RequestKeys;

  constructor(image: LivingImage) {
    this.#image = image;
    this.exchange = new LocalExchange(image);
    this.#conversation = new ConversationDoor(image);
    this.#keys = new RequestKeys(image.store);
  }

  /** Validated here too, so that a caller in this process cannot do what one over HTTP cannot. */
  async command(input: CommandInput, options: CommandOptions = {}): Promise<CommandResult> {
    const parsed = commandSchema.safeParse(input, { reportInput: true });
    if (!parsed.success) throw new WrongShapeError(input, parsed.error);
    const command = parsed.data;
    const { idempotencyKey: key } = options;
    const idempotencyKey = key === undefined ? undefined : await this.#keys.keyOf(key, command);
    if (command.command !== "CURATE") this.#image.personCame();
    const { position, value } = await this.#execute(command, {
      who: options.who ?? "person",
      expected: "expected" in command ? command.expected : undefined,
      idempotencyKey,
      signal: options.signal,
    });
    if (idempotencyKey !== undefined) this.#keys.done(idempotencyKey);
    return { position, result: value };
  }

  async object(name: string, options: { readonly asOf?: PointInTime } = {}): Promise<ObjectView> {
    const { world, store } = this.#image;
    if (options.asOf === undefined) return await viewObject(world, name);
    return await viewObjectAsOf(world, name, await pastPositionOf(store, options.asOf));
  }

  objects({ asOf, ...page }: ObjectsQuery = {}): Promise<ChildrenView> {
    return listObjects(this.#image.world, { limit: PAGE, ...page, asOf });
  }

  async children(
    name: string,
    options: { readonly after?: string; readonly limit?: number } = {},
  ): Promise<ChildrenView> {
    const { world, store } = this.#image;
    const parent = await world.resolve(name);
    const limit = options.limit ?? PAGE;
    const oids: string[] = [];
    const start = options.after === undefined ? {} : { start: keys.child(parent, options.after) };
    for await (const { key } of store.list(keys.children(parent), { limit: limit + 1, ...start })) {
      oids.push(key.at(-1) as string);
    }
    const page = oids.slice(0, limit);
    return { objects: await this.#summaries(page), next: oids.length > limit ? page.at(-1)! : null };
  }

  verify({ signal, onProgress, repair }: VerifyQuery = {}): Promise<VerifyView> {
    const { works, verifier } = this.#image;
    return works.run({ what: "verify", who: "person" }, (job) =>
      verifier.verify({
        repair,
        signal: signal === undefined ? job.signal : AbortSignal.any([signal, job.signal]),
        onProgress: (step) => {
          job.progress(step.done);
          onProgress?.(step);
        },
      }));
  }

  async canvas(name: string, options: { readonly asOf?: PointInTime } = {}): Promise<CanvasView> {
    const { world, store } = this.#image;
    if (options.asOf === undefined) return await canvasNow(world, name);
    return await canvasAsOf(world, name, await pastPositionOf(store, options.asOf));
  }

  async conversation(thread: string, options: { readonly limit?: number } = {}): Promise<ConversationView> {
    const { exchanges, threads } = this.#image;
    const name = isOid(thread) ? await threads.nameOf(thread) : thread;
    return { thread: name, exchanges: await exchanges.list(name, options.limit ?? PAGE) };
  }

  threads(): Promise<ThreadsView> {
    return this.#conversation.threads();
  }

  usage(): Promise<UsageView> {
    return usageOf(this.#image.world);
  }

  exportThread(thread: string, format: ExportFormat): Promise<string> {
    return this.#conversation.export(thread, format);
  }

  prompts(exchange: string): Promise<PromptsView> {
    return this.#conversation.prompts(exchange);
  }

  async ingest(): Promise<IngestView> {
    return { ingest: await this.#image.ingests.current() };
  }

  async recall({ q, k = RECALL_COUNT, asOf, filter }: RecallQuestion): Promise<RecallHit[]> {
    this.#image.personCame();
    const { memories, store } = this.#image;
    return await memories.recall(q, k, {
      ...(asOf === undefined ? {} : { asOf: await pastPositionOf(store, asOf) }),
      ...(filter === undefined ? {} : { filter }),
    });
  }

  async question(query: QuestionQuery): Promise<QuestionAnswerView> {
    const { questions } = this.#image;
    this.#image.personCame();
    const answer = "q" in query ? await questions.askInWords(query.q) : await questions.ask(query.structured);
    return questionAnswerSchema.parse(answer);
  }

  async checkMemory(): Promise<MemoryCheckView> {
    return await this.#image.memories.check();
  }

  async log(query: LogQuery = {}): Promise<ThoughtView[]> {
    const { store, world } = this.#image;
    const { object, limit = PAGE, ...rest } = query;
    if (object === undefined) return (await store.log({ ...rest, limit, images: false })).map(toThoughtView);
    // What is deleted has a history all the same.
    const oid = isOid(object) ? object : await world.resolve(object);
    const positions = await store.changesOf(keys.object(oid), { ...rest, limit });
    const entries = await Promise.all(
      positions.map((position) => store.logEntry(position, { images: false })),
    );
    return entries.flatMap((entry) => entry === null ? [] : [toThoughtView(entry)]);
  }

  diff(query: DiffQuery): Promise<DiffView> {
    return diffBetween(this.#image.world, query);
  }

  async history(): Promise<HistoryView> {
    return await this.#image.history.report();
  }

  proposals(): Promise<ProposalView[]> {
    return proposalViews(this.#image.world);
  }

  async models(): Promise<ModelsView> {
    const { mind, installed, missing } = await this.#image.orchestrator.models();
    return {
      mind,
      installed: installed.map(({ model, bytes, contextTokens }) => ({
        model,
        bytes,
        context_tokens: contextTokens ?? null,
      })),
      missing: missing.map(({ model, personas }) => ({ model, personas: [...personas] })),
    };
  }

  backups(): Promise<BackupsView> {
    return Promise.resolve(this.#image.backups.view() as BackupsView);
  }

  async curation(): Promise<CurationView> {
    return curationViewSchema.parse(await this.#image.curator.view());
  }

  health(): Promise<Health> {
    return Promise.resolve(this.#image.health as Health);
  }

  async *events(options: EventsOptions): AsyncIterable<StreamMessage> {
    for await (const { id, event } of this.#image.publisher.stream(options)) {
      // The publisher makes exactly the shapes of the contract; the tests of both sides parse them.
      const told = event as unknown as StreamEvent;
      yield id === undefined ? { event: told } : { id, event: told };
    }
  }

  close(): Promise<void> {
    return this.#image.close();
  }

  async #execute(command: Command, request: Request): Promise<{ position: Position; value: unknown }> {
    const { operations, orchestrator, store, kernel } = this.#parts();
    const nothing = (value: unknown) => ({ position: store.position, value });
    switch (command.command) {
      case "USER_QUERY_REQUEST":
      case "BRANCH_THREAD":
      case "RENAME_THREAD":
      case "REPLAY":
        return await this.#conversation.run(command, request);
      case "CANCEL":
        return nothing({ cancelled: orchestrator().cancel(command.answer) });
      case "PULL_MODEL":
        return nothing(await orchestrator().pull(command.model));
      case "BACKUP":
        return nothing({ run: this.#image.backups.request({ full: command.full ?? false }) });
      case "BACKUP_DRILL":
        return nothing({ run: this.#image.backups.requestDrill() });
      case "CURATE":
        if (command.stop === true) return nothing({ stopped: this.#image.curator.stop() });
        return nothing({ run: this.#image.curator.request() });
      case "SHUTDOWN_REQUEST":
        return nothing(null);
      case "APPROVE":
        return await kernel().approvals.approve(command.proposal, { source: command.source, ...request });
      case "REJECT":
        return await this.#shown(kernel().approvals.reject(command.proposal, command.reason, request));
      case "CHECK_METHODS":
        return nothing(await kernel().check(command.object, request.signal));
      case "SEND":
        return await operations.send(command.receiver, command.selector, command.arguments, request);
      case "SET_SLOT":
        return await this.#shown(operations.setSlot(command.object, command.slot, command.value, request));
      case "SET_SLOTS":
        return await this.#shown(operations.setSlots(command.object, command.slots, request));
      case "REMOVE_SLOT":
        return await this.#shown(operations.removeSlot(command.object, command.slot, request));
      case "RENAME":
        await this.#conversation.mustBeQuiet(command.object);
        return await this.#shown(operations.rename(command.object, command.name, request));
      case "CLONE":
        return await this.#shown(operations.clone(command.object, command.name, request));
      case "EXTEND":
        return await this.#shown(operations.extend(command.object, command.name, request));
      case "DELETE": {
        await this.#conversation.mustBeQuiet(command.object);
        const { position, value } = await operations.delete(
          command.object,
          command.cascade ?? false,
          request,
          { force: command.force },
        );
        return { position, value: { deleted: value } };
      }
      case "FORGET": {
        const { wait = false } = command;
        await this.#conversation.mustBeQuiet(command.object);
        return await this.#image.forgetting.forget(command.object, { ...request, wait });
      }
      case "REBUILD":
        await this.#image.memories.startRebuild();
        return nothing({ started: true });
      case "INGEST":
        return nothing({ ingest: await this.#image.ingests.start(command.path, request.who) });
      case "INGEST_CONTROL":
        return nothing({ ingest: await this.#image.ingests.control(command.action, request.who) });
      case "REMEMBER": {
        const { command: _command, ...memory } = command;
        const { position, value } = await operations.remember([memory], request);
        return { position, value: await this.object(value[0]!) };
      }
      case "REMEMBER_MANY": {
        const { position, value } = await operations.remember(command.memories, request);
        return { position, value: { objects: value } };
      }
      case "MOVE_MORPH": {
        const { object, canvas, x, y, width, height } = command;
        const place = {
          x,
          y,
          ...(width === undefined ? {} : { width }),
          ...(height === undefined ? {} : { height }),
        };
        return await this.#shown(operations.moveMorph(object, canvas, place, request));
      }
      case "STOP_WORK":
        return nothing({ stopped: this.#image.works.stop(command.work) });
      case "STOP_GENERATION":
        return nothing({ stopped: this.#image.kernel.stop(command.generation) });
      case "FORK":
      case "MERGE":
      case "PRUNE":
        return await runHistoryCommand(this.#image, command, request);
      case "UNDO":
        return await operations.undo(command.position, request);
      case "REDO":
        return await operations.redo(command.position, request);
    }
  }

  #parts() {
    const image = this.#image;
    const { operations, store } = image;
    return { operations, store, kernel: () => image.kernel, orchestrator: () => image.orchestrator };
  }

  async #shown(outcome: Promise<Outcome<string>>): Promise<{ position: Position; value: ObjectView }> {
    const { position, value } = await outcome;
    return { position, value: await this.object(value) };
  }

  async #summaries(oids: readonly string[]): Promise<ObjectSummary[]> {
    const summaries: ObjectSummary[] = [];
    for (const oid of oids) {
      const summary = await summarize(this.#image.world, oid);
      if (summary !== null) summaries.push(summary);
    }
    return summaries;
  }
}

function toThoughtView(entry: LogEntry): ThoughtView {
  const { position, id, who, why, at, kind, undoes, persona, model, changes } = entry;
  return {
    position,
    id,
    who,
    why,
    at,
    kind,
    objects: [...new Set(changes.map(({ key }) => key.at(-1) as string))],
    ...(undoes === undefined ? {} : { undoes }),
    ...(persona === undefined ? {} : { persona }),
    ...(model === undefined ? {} : { model }),
  };
}
