/** One run from its start to its report: what it was asked for, how far it is, what it did. */
import type { Experience } from "./experience.ts";
import { Definer } from "./define.ts";
import type { CurationPorts, Entry, Stage } from "./ports.ts";
import { type Report, toldEntries } from "./report.ts";
import type { Settings } from "./settings.ts";
import type { StepOptions } from "./steps.ts";

export type Asked = Report["asked"];

export interface Progress {
  readonly stage: Stage;
  readonly done: number;
  readonly total: number;
}

type Counts = Report["counts"];

const COUNTED = {
  created: "created",
  grown: "grown",
  merged: "merged",
  split: "split",
  left: "left",
} as const;

export class Run {
  readonly number: number;
  readonly asked: Asked;
  readonly settings: Settings;
  readonly definer: Definer;
  readonly #ports: CurationPorts;
  readonly #began: number;
  readonly #at: number;
  readonly #entries: Entry[] = [];
  readonly #counts: Record<keyof Counts, number> = {
    junk: 0,
    duplicates: 0,
    unmasked: 0,
    created: 0,
    grown: 0,
    merged: 0,
    split: 0,
    left: 0,
  };
  progress: Progress = { stage: "reading", done: 0, total: 0 };
  experience: Experience | null = null;
  embeddingMs = 0;
  /** When it was told to stop, by `performance.now()`. */
  #told: number | null = null;
  #stoppedInMs: number | null = null;

  constructor(
    ports: CurationPorts,
    given: { readonly number: number; readonly asked: Asked; readonly settings: Settings },
  ) {
    this.#ports = ports;
    this.number = given.number;
    this.asked = given.asked;
    this.settings = given.settings;
    this.#at = ports.clock();
    this.#began = performance.now();
    const { persona, tokens } = given.settings;
    this.definer = new Definer({ ports, persona, tokens });
  }

  /** What a step is given; `signal` ends it. */
  options(signal: AbortSignal): StepOptions & { readonly definer: Definer } {
    return {
      ports: this.#ports,
      settings: this.settings,
      run: this.number,
      signal,
      definer: this.definer,
      onProgress: (done, total) => this.enter(this.progress.stage, done, total),
      onEntry: (entry, counts = {}) => this.#note(entry, counts),
    };
  }

  enter(stage: Stage, done = 0, total = 0, note?: string): void {
    this.progress = { stage, done, total };
    this.#ports.emit({
      command: "CURATION_STAGE",
      run: this.number,
      stage,
      done,
      total,
      ...(note === undefined ? {} : { note }),
    });
  }

  stopping(): void {
    this.#told ??= performance.now();
  }

  stopped(): void {
    this.#stoppedInMs = this.#told === null ? null : Math.round(performance.now() - this.#told);
  }

  get hasChanged(): boolean {
    return this.#entries.length > 0;
  }

  report(outcome: Report["outcome"], reason: string | null): Report {
    const { experience, definer } = this;
    return {
      v: 1,
      run: this.number,
      at: this.#at,
      tookMs: Math.round(performance.now() - this.#began),
      embeddingMs: Math.round(this.embeddingMs),
      stoppedInMs: this.#stoppedInMs,
      asked: this.asked,
      outcome,
      reason: reason ?? definer.because,
      position: experience?.position ?? "",
      looked: {
        memories: experience?.memories.length ?? 0,
        concepts: experience?.concepts.length ?? 0,
        older: experience?.older ?? false,
      },
      counts: { ...this.#counts },
      defined: { ...definer.counts, tokens: definer.tokens },
      ...toldEntries(this.#entries),
    };
  }

  #note(entry: Entry, counts: Partial<Counts>): void {
    this.#entries.push(entry);
    for (const [name, n] of Object.entries(counts)) this.#counts[name as keyof Counts] += n;
    if (entry.did in COUNTED) this.#counts[COUNTED[entry.did as keyof typeof COUNTED]]++;
  }
}
