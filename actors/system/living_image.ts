/**
 * The living image: the store, the world, the memory, the minds and the stream of what happens, started in the
 * order in which they need one another. Opening waits for the store and the world only; the rest starts behind it
 * and says of itself how it is. It is long as it puts every part together.
 */
import { keys, openStore, parsePosition, startOfEpoch, type Store } from "../../kv/mod.ts";
import type { Backups } from "../backup/mod.ts";
import { type Curator, removeVectorsOfDeleted } from "../curation/mod.ts";
import { createNatives, incarnate, newImageBlueprint, placeOf } from "../genesis/mod.ts";
import { ImageHistory } from "../history/mod.ts";
import { Ingests } from "../ingest/mod.ts";
import type { Kernel } from "../kernel/mod.ts";
import { type Mind, MindChooser } from "../minds/mod.ts";
import { Orchestrator } from "../orchestrator/mod.ts";
import { Questions } from "../questions/mod.ts";
import type { Sandbox } from "../sandbox/mod.ts";
import { forgetAnswers, type ImageMethodRunner, World } from "../world/mod.ts";
import { readAsset, workerUrl } from "./assets.ts";
import { backupService, type BackupServiceOptions } from "./backup_service.ts";
import { curatorService } from "./curator_service.ts";
import { Exchanges } from "./exchanges.ts";
import { Forgetting } from "./forgetting.ts";
import { type HealthReport, reportHealth, statusText } from "./health.ts";
import { IDEMPOTENCY_KEPT_MS, IDEMPOTENCY_SWEEP_MS, STATUS_SETTLE_MS } from "./limits.ts";
import { kernelService } from "./kernel_service.ts";
import { keepRowsInStep, Memories } from "./memories.ts";
import { refuseLost } from "./lost_image.ts";
import type { MemoryPort } from "./memory_port.ts";
import { MAIN_CANVAS, placeMorph, removeMorphsOfDeleted } from "./morphs.ts";
import { Operations } from "./operations.ts";
import { orchestratorPorts } from "./orchestrator_ports.ts";
import { PersonaWatch } from "./persona_watch.ts";
import { type LiveEvent, Publisher } from "./publisher.ts";
import { serviceNatives } from "./service_natives.ts";
import type { Service } from "./supervised.ts";
import { type RunningSystem, startSystem } from "./system_machine.ts";
import { Threads } from "./threads.ts";
import { Verifier } from "./verifier.ts";
import { Works } from "./works.ts";

/** What the image is made of that comes from outside: processes, models, minds, time. */
export interface LivingImageOptions extends BackupServiceOptions {
  readonly folder: string;
  readonly version: string;
  readonly startSandbox: () => Sandbox;
  /** Starts the memory over the open image; its promise resolves when it takes work, ready or not. */
  readonly startMemory: (context: MemoryContext) => Promise<RunningMemory>;
  /** The best first; the last is always there. */
  readonly minds: readonly [Mind, ...Mind[]];
  readonly residentsMax?: number;
  readonly verifyEvery?: number;
  /** Hears what went wrong where nobody waits for an answer; default: standard error. */
  readonly onError?: (error: unknown) => void;
}

export interface MemoryContext {
  readonly store: Store;
  readonly world: World;
  readonly fail: (error: unknown) => void;
  readonly onStatus: () => void;
}

export type RunningMemory = MemoryPort & { close(): Promise<void> };

interface Thinking {
  readonly chooser: MindChooser;
  readonly orchestrator: Orchestrator;
}

export class LivingImage {
  readonly store: Store;
  readonly world: World;
  readonly memories: Memories;
  readonly verifier: Verifier;
  readonly exchanges: Exchanges;
  readonly threads: Threads;
  readonly questions: Questions;
  readonly operations: Operations;
  readonly forgetting: Forgetting;
  readonly history: ImageHistory;
  /** Long work that somebody asked for. */
  readonly works: Works;
  readonly ingests: Ingests;
  readonly publisher: Publisher;
  readonly #version: string;
  readonly #onError: (error: unknown) => void;
  readonly #system: RunningSystem<World, Sandbox, RunningMemory, Thinking, Kernel, Backups, Curator>;
  #statusTimer: ReturnType<typeof setTimeout> | undefined;
  #statusNote: string | undefined;
  readonly #personas: PersonaWatch;
  readonly #begun = Promise.withResolvers<void>();
  #sweepTimer: ReturnType<typeof setInterval> | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;
  #isNew = false;

  private constructor(store: Store, options: LivingImageOptions) {
    const clock = options.clock ?? Date.now;
    this.store = store;
    this.verifier = new Verifier(store);
    this.#version = options.version;
    this.#onError = options.onError ?? console.error;
    const memory = () => this.memory();
    const runner: ImageMethodRunner = {
      run: (call, host, signal) => this.#system.sandbox.require().run(call, host, signal),
    };
    this.world = new World({
      store,
      ...(options.residentsMax === undefined ? {} : { residentsMax: options.residentsMax }),
      ...(options.verifyEvery === undefined ? {} : { verifyEvery: options.verifyEvery }),
      natives: createNatives(serviceNatives({
        memories: () => this.memories,
        archiveStatus: () => this.#system.memory.require().status.archive,
        backupStatus: () => this.backups.status(),
        curatorStatus: () => this.curator.status(),
        orchestratorStatus: () => this.#system.orchestrator.require().orchestrator.status(),
      })),
      methods: runner,
      onNotUnderstood: ({ receiver, selector, searched, nearest }) =>
        this.publisher.live({ command: "MESSAGE_NOT_UNDERSTOOD", receiver, selector, searched, nearest }),
      onDrift: (oid) => this.#changed(`object ${oid} differed from its committed form and was read again`),
    });
    this.world.addSealHook(removeMorphsOfDeleted);
    this.world.addSealHook(removeVectorsOfDeleted);
    this.world.addSealHook(keepRowsInStep(memory));
    this.memories = new Memories({ world: this.world, memory, clock });
    this.threads = new Threads({ world: this.world, clock });
    this.exchanges = new Exchanges({ world: this.world, memory, threads: this.threads });
    this.questions = new Questions(this.world, {
      worker: workerUrl("questions"),
      kernel: () => readAsset("exact.wasm"),
      askPersona: async (request) => await this.orchestrator.structured(request),
    });
    this.operations = new Operations({
      world: this.world,
      memories: this.memories,
      memory,
      checkSource: (source) => this.#system.sandbox.require().checkSource(source),
      runner,
      clock,
      kernel: () => this.#system.kernel.handle,
    });
    this.forgetting = new Forgetting({
      store,
      world: this.world,
      memory,
      clock,
      crash: options.crash ?? (() => {}),
      onStatus: (text) => this.#changed(text),
      onError: this.#onError,
    });
    this.works = new Works({ clock, onChange: () => this.#changed() });
    this.history = new ImageHistory({
      world: this.world,
      clock,
      crash: options.crash ?? (() => {}),
      onChange: () => this.#changed(),
      onError: this.#onError,
    });
    this.ingests = new Ingests({
      world: this.world,
      memory,
      clock,
      worker: () => workerUrl("ingest"),
      onProgress: (ingest) => this.publisher.live({ command: "INGEST_PROGRESS", ingest }),
      onError: this.#onError,
    });
    this.publisher = new Publisher({
      world: this.world,
      snapshots: () => this.#snapshots(),
      onAnswer: (answer) => this.#system.orchestrator.handle?.orchestrator.published(answer),
      onError: this.#onError,
    });
    this.#personas = new PersonaWatch({
      world: this.world,
      // An orchestrator that is not running looks by itself when it starts.
      onChange: () =>
        void this.#system.orchestrator.handle?.orchestrator.lookAgain().then(() => this.#changed()),
      onError: this.#onError,
    });
    this.#system = startSystem(this.#services(options), () => this.#changed());
  }

  /**
   * Opens the image in a folder, or makes a new one there.
   * @throws the errors of `openStore`: the folder cannot be used, is in use, or is of a newer schema; {ImageError}
   * `image_lost` where the database of an image is gone
   */
  static async open(options: LivingImageOptions): Promise<LivingImage> {
    const { folder, clock, crash, onError = console.error } = options;
    await refuseLost(folder);
    const store = await openStore({
      folder,
      onError,
      ...(clock === undefined ? {} : { clock }),
      ...(crash === undefined ? {} : { crash }),
    });
    const image = new LivingImage(store, options);
    try {
      await image.#system.world.started();
      await image.#begin(clock ?? Date.now);
      image.#begun.resolve();
      image.history.start();
      image.forgetting.resume();
      image.ingests.open();
      void image.#personas.look();
      image.#sweepTimer = setInterval(() => image.#sweep(clock ?? Date.now), IDEMPOTENCY_SWEEP_MS);
      return image;
    } catch (error) {
      // The parts that wait for the beginning need not wait for it to end.
      image.#begun.reject(error);
      await image.close();
      throw error;
    }
  }

  /** Whether there was no image in the folder before this one was opened. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** The part that answers questions. @throws {UnavailableError} while it is not running */
  get orchestrator(): Orchestrator {
    return this.#system.orchestrator.require().orchestrator;
  }

  /** The memory; waits for one that is being started. @throws {UnavailableError} when it does not run */
  memory(): Promise<MemoryPort> {
    return this.#system.memory.started();
  }

  /** What makes methods. @throws {UnavailableError} while it is not running */
  get kernel(): Kernel {
    return this.#system.kernel.require();
  }

  /** What backs the image up. @throws {UnavailableError} while it is not running */
  get backups(): Backups {
    return this.#system.backup.require();
  }

  /** What curates the memories. @throws {UnavailableError} while it is not running */
  get curator(): Curator {
    return this.#system.curator.require();
  }

  /** Somebody has asked for something: what goes on while nobody is here stops. */
  personCame(): void {
    this.#system.curator.handle?.personCame();
  }

  get health(): HealthReport {
    const { world, sandbox, memory, orchestrator, kernel, backup, curator } = this.#system;
    const thinking = orchestrator.handle?.orchestrator.status() ?? null;
    return reportHealth({
      version: this.#version,
      folder: this.store.folder,
      imageId: this.store.imageId,
      position: this.store.position,
      quarantined: this.world.registry.quarantined,
      resident: this.world.registry.size,
      memory: memory.handle?.status ?? null,
      sandbox: sandbox.handle?.status ?? null,
      mind: thinking === null ? null : { ...thinking.mind, missing: thinking.missing, vram: thinking.vram },
      backup: backup.handle?.status() ?? null,
      history: this.history.last,
      works: [...this.works.status, this.forgetting.work].filter((work) => work !== null),
      curation: curator.handle?.status() ?? null,
      services: [world, sandbox, memory, orchestrator, kernel, backup, curator].map(({ status }) => status),
    });
  }

  /** Finishes or aborts what is under way and leaves a clean image. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Answers to repeated requests are not kept for ever. */
  #sweep(clock: () => number): void {
    this.#sweeping = this.#sweeping
      .then(async () => void await forgetAnswers(this.store, clock() - IDEMPOTENCY_KEPT_MS))
      .catch((error) => this.#onError(error));
  }

  async #close(): Promise<void> {
    clearInterval(this.#sweepTimer);
    this.questions.close();
    await this.#sweeping;
    await this.works.close();
    await this.history.close();
    await this.ingests.close();
    await this.#personas.close();
    const forgotten = this.forgetting.close();
    await this.#system.stop();
    await forgotten;
    await this.publisher.settled();
    this.publisher.close();
    clearTimeout(this.#statusTimer);
    await this.store.close();
  }

  /** Whether nothing was ever thought here. An image whose root has another name, or is deleted, is not new. */
  async #isEmpty(): Promise<boolean> {
    const { epoch } = parsePosition(this.store.position);
    if (this.store.position !== startOfEpoch(epoch)) return false;
    for await (const _ of this.store.list(keys.objects())) return false;
    return true;
  }

  /** The first thought of a new image: all that it holds at the start, or nothing. */
  async #begin(clock: () => number): Promise<void> {
    if (!(await this.#isEmpty())) return;
    this.#isNew = true;
    const blueprint = newImageBlueprint(this.store.imageId);
    await this.world.thought({ who: "telos", why: "a new image", kind: "genesis" }, async (tx) => {
      const oids = incarnate(tx, blueprint, clock());
      for (const [name, oid] of oids) {
        const place = placeOf(name);
        if (place !== undefined) await placeMorph(tx.thought, MAIN_CANVAS, oid, place);
      }
    });
  }

  #services(options: LivingImageOptions) {
    const world: Service<World> = {
      name: "world",
      start: ({ fail }) => {
        this.world.start(fail);
        return Promise.resolve(this.world);
      },
      stop: () => this.world.stop(),
    };
    const sandbox: Service<Sandbox> = {
      name: "sandbox",
      start: () => Promise.resolve(options.startSandbox()),
      stop: (handle) => handle.close(),
    };
    const memory: Service<RunningMemory> = {
      name: "memory",
      start: async ({ fail }) => {
        // The first thought of a new image is the one that makes it.
        await this.#begun.promise;
        const onStatus = () => this.#changed();
        return await options.startMemory({ store: this.store, world: this.world, fail, onStatus });
      },
      stop: (handle) => handle.close(),
    };
    const orchestrator: Service<Thinking> = {
      name: "orchestrator",
      start: () => {
        const chooser = new MindChooser({ minds: options.minds });
        chooser.onChange(() => this.#changed());
        const { world, memories, exchanges } = this;
        const emit = (event: LiveEvent) => this.publisher.live(event);
        const ports = orchestratorPorts({ world, memories, exchanges, emit: (event) => emit({ ...event }) });
        return Promise.resolve({ chooser, orchestrator: new Orchestrator({ ports, chooser }) });
      },
      stop: async ({ chooser, orchestrator }) => {
        await orchestrator.close();
        chooser.close();
        for (const mind of options.minds) await mind.close?.();
      },
    };
    const onStatus = () => this.#changed();
    const backup = backupService(options, { store: this.store, begun: this.#begun.promise, onStatus });
    const kernel = kernelService({
      world: this.world,
      runner: { run: (call, host, signal) => this.#system.sandbox.require().run(call, host, signal) },
      compile: (source) => this.#system.sandbox.require().checkSource(source),
      memories: this.memories,
      orchestrator: () => this.orchestrator,
      clock: options.clock ?? Date.now,
      emit: (event) => this.publisher.live({ ...event }),
      onError: this.#onError,
    });
    const curator = curatorService({
      world: this.world,
      memory: () => this.memory(),
      orchestrator: () => this.orchestrator,
      clock: options.clock ?? Date.now,
      begun: this.#begun.promise,
      emit: (event) => this.publisher.live({ ...event }),
      onStatus,
    });
    return { world, sandbox, memory, orchestrator, kernel, backup, curator };
  }

  /** What somebody who joins the stream must know of what is under way. */
  #snapshots(): LiveEvent[] {
    const running = this.#system.orchestrator.handle?.orchestrator.running() ?? [];
    const ingest = this.ingests.view;
    return [
      this.#status(),
      ...running.map((each) => ({ command: "ANSWER_SNAPSHOT", ...each })),
      ...(ingest === null ? [] : [{ command: "INGEST_PROGRESS", ingest }]),
      ...(this.#system.kernel.handle?.underWay() ?? []).map((each) => ({ ...each })),
    ];
  }

  #status(text?: string): LiveEvent {
    const health = this.health;
    const vram = health.vram.usedBytes;
    return {
      command: "SYSTEM_STATUS_UPDATE",
      status_text: text ?? statusText(health),
      vram_usage: vram,
      health,
    };
  }

  /** Several parts often change together: the stream is told once, soon after the first of them. */
  #changed(text?: string): void {
    this.#statusNote = text ?? this.#statusNote;
    if (this.#closing !== null || this.#statusTimer !== undefined) return;
    this.#statusTimer = setTimeout(() => {
      this.#statusTimer = undefined;
      this.publisher.live(this.#status(this.#statusNote));
      this.#statusNote = undefined;
    }, STATUS_SETTLE_MS);
  }
}
