/**
 * A small image for tests of the orchestrator: personas, memories and exchanges in memory, behind the same ports
 * that the real image has, with every event kept and awaitable.
 */
import { NotFoundError } from "../../../actors/errors.ts";
import {
  type Mind,
  MindChooser,
  OllamaMind,
  type OllamaMindOptions,
  type RecallHitLike,
  RecallMind,
  type SteadyBounds,
  SteadyMind,
} from "../../../actors/minds/mod.ts";
import {
  type AskRequest,
  type Exchange,
  Orchestrator,
  type OrchestratorEvent,
  type OrchestratorLimits,
  type OrchestratorPorts,
  type OrchestratorSettings,
  type Persona,
  type Replay,
} from "../../../actors/orchestrator/mod.ts";

export function persona(name: string, change: Partial<Persona> = {}): Persona {
  return {
    oid: `oid-${name.toLowerCase()}`,
    name,
    prompt: `You are ${name}.`,
    role: name,
    model: "m",
    vramBytes: 1,
    keepAlive: "5m",
    options: {},
    ...change,
  };
}

export const four = ["ALFRED", "BRICK", "ROBIN", "BABS"].map((name) => persona(name));

export function hit(text: string, score = 0.9): RecallHitLike {
  return { oid: `oid-${text}`, text, score, tier: "L1", source: "diary", at: Date.UTC(2026, 0, 2) };
}

export interface SceneOptions {
  readonly host: string;
  readonly timeouts?: OllamaMindOptions["timeouts"];
  /** Default: nothing is tried twice. */
  readonly steady?: Partial<SteadyBounds>;
  /** Another mind between Ollama and recall. */
  readonly second?: Mind;
  readonly limits?: Partial<OrchestratorLimits>;
  readonly ports?: Partial<OrchestratorPorts>;
  readonly personas?: Persona[];
  readonly memories?: RecallHitLike[];
}

export class Scene implements AsyncDisposable {
  personas: Persona[];
  memories: RecallHitLike[];
  /** Rules alone, unless a test asks the steward. */
  settings: Partial<OrchestratorSettings> = { router: "rules" };
  readonly stored: Exchange[] = [];
  readonly replays: Replay[] = [];
  readonly events: OrchestratorEvent[] = [];
  readonly chooser: MindChooser;
  readonly orchestrator: Orchestrator;
  readonly #waiting = new Set<() => void>();

  constructor(options: SceneOptions) {
    this.personas = options.personas ?? [...four];
    this.memories = options.memories ?? [];
    const mind = new OllamaMind({
      host: options.host,
      ...(options.timeouts === undefined ? {} : { timeouts: options.timeouts }),
    });
    const steady = new SteadyMind(mind, { bounds: { attemptsMax: 1, ...options.steady } });
    const second = options.second === undefined ? [] : [options.second];
    this.chooser = new MindChooser({ minds: [steady, ...second, new RecallMind()] });
    this.orchestrator = new Orchestrator({
      chooser: this.chooser,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ports: {
        personas: () => Promise.resolve(this.personas),
        settings: () => Promise.resolve(this.settings),
        recall: (_query, k) => Promise.resolve(this.memories.slice(0, k)),
        history: (thread, limit) =>
          Promise.resolve(this.stored.filter((each) => each.thread === thread).slice(-limit)),
        storeExchange: (exchange, signal) => {
          signal.throwIfAborted();
          this.stored.push(exchange);
          this.changed();
          return Promise.resolve({ position: "000001-00000000000000000001-0000" });
        },
        storeReplay: (replay, signal) => {
          signal.throwIfAborted();
          this.replays.push(replay);
          this.changed();
          return Promise.resolve({ position: "000001-00000000000000000001-0000" });
        },
        replayable: (oid) => {
          const exchange = this.stored.find(({ answer }) => answer === oid);
          const prompt = exchange?.prompts.at(-1) ?? null;
          if (exchange === undefined || prompt === null) {
            return Promise.reject(new NotFoundError(oid, "exchange"));
          }
          return Promise.resolve({ ...exchange, exchange: oid, prompt });
        },
        emit: (event) => {
          this.events.push(event);
          this.changed();
        },
        ...options.ports,
      },
    });
  }

  changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** Resolves when `holds` does; it is looked at after every event and every stored exchange. */
  async until(holds: () => boolean, withinMs = 20_000): Promise<void> {
    if (holds()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => holds() && resolve();
    const timer = setTimeout(
      () =>
        reject(new Error(`not within ${withinMs} ms: ${holds}\n${JSON.stringify(this.events.slice(-5))}`)),
      withinMs,
    );
    this.#waiting.add(look);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  ask(
    text: string,
    { persona, ...more }: Partial<AskRequest> & { persona?: string } = {},
  ): Promise<{ answer: string }> {
    return this.orchestrator.ask({
      text,
      at: 1_000,
      ...(persona === undefined ? {} : { personas: [persona] }),
      ...more,
    });
  }

  of<Command extends OrchestratorEvent["command"]>(
    command: Command,
  ): Extract<OrchestratorEvent, { command: Command }>[] {
    return this.events.filter((each) => each.command === command) as Extract<
      OrchestratorEvent,
      { command: Command }
    >[];
  }

  tokens(answer?: string): string[] {
    return this.of("PERSONA_RESPONSE_PARTIAL").filter((each) =>
      answer === undefined || each.answer === answer
    )
      .map((each) => each.token);
  }

  async aborted(answer: string): Promise<string> {
    const find = () => this.of("ANSWER_ABORTED").find((each) => each.answer === answer);
    await this.until(() => find() !== undefined);
    return find()?.reason ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.orchestrator.close();
    this.chooser.close();
  }
}
