/** Fetches missing models into the mind's server, a bounded number at a time, and tells how far it is. */
import { checkModelName, fullModelName, type Mind, reasonOf } from "../minds/mod.ts";
import { OrchestratorError } from "./errors.ts";
import type { OrchestratorEvent } from "./ports.ts";

type PullEvent = Extract<OrchestratorEvent, { command: "MODEL_PULL_PROGRESS" }>;

export interface ModelPullsOptions {
  readonly pullsMax: number;
  readonly emit: (event: PullEvent) => void;
  /** Called when a model was fetched or failed to be. */
  readonly onEnd: () => void;
}

export class ModelPulls {
  readonly #options: ModelPullsOptions;
  readonly #running = new Map<
    string,
    { controller: AbortController; last: PullEvent; ended: Promise<void> }
  >();

  constructor(options: ModelPullsOptions) {
    this.#options = options;
  }

  /** How far each is. */
  get running(): readonly PullEvent[] {
    return [...this.#running.values()].map((each) => each.last);
  }

  /**
   * Starts, or joins one that is under way. The last event has `done`, and `error` when it failed.
   * @throws MindError `model_name_invalid`; OrchestratorError `busy`
   */
  start(mind: Mind, model: string): void {
    const name = fullModelName(checkModelName(model));
    if (this.#running.has(name)) return;
    if (this.#running.size >= this.#options.pullsMax) {
      throw new OrchestratorError(
        "busy",
        `Cannot pull "${model}" as ${this.#running.size} models are being pulled`,
        {
          hint: "Wait until one is there.",
          retryable: true,
          details: { pulling: [...this.#running.keys()], pullsMax: this.#options.pullsMax },
        },
      );
    }
    const controller = new AbortController();
    const last = progress(model, { status: "starting", completed: 0, total: 0 }, false);
    const pull = { controller, last, ended: Promise.resolve() };
    this.#running.set(name, pull);
    pull.ended = this.#run(mind, name, pull);
  }

  /** Stops it; the server keeps what it has and goes on from there the next time. */
  cancel(model: string): boolean {
    const pull = this.#running.get(fullModelName(model));
    pull?.controller.abort(new Error("stopped by the person"));
    return pull !== undefined;
  }

  async close(): Promise<void> {
    const all = [...this.#running.values()];
    for (const each of all) each.controller.abort(new Error("the image is closing"));
    await Promise.all(all.map((each) => each.ended));
  }

  async #run(
    mind: Mind,
    name: string,
    pull: { controller: AbortController; last: PullEvent },
  ): Promise<void> {
    const { model } = pull.last;
    const tell = (event: PullEvent) => {
      pull.last = event;
      this.#options.emit(event);
    };
    let end: PullEvent;
    try {
      for await (const report of mind.pull(model, pull.controller.signal)) {
        tell(progress(model, report, false));
      }
      end = { ...pull.last, status: "success", done: true };
    } catch (cause) {
      end = { ...pull.last, status: "failed", done: true, error: reasonOf(cause) };
    }
    this.#running.delete(name);
    this.#options.onEnd();
    tell(end);
  }
}

function progress(
  model: string,
  report: { status: string; completed: number; total: number },
  done: boolean,
): PullEvent {
  const { status, completed, total } = report;
  return { command: "MODEL_PULL_PROGRESS", model, status, completed, total, done };
}
