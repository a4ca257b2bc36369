/** The running curator: an actor over the open image that can be asked to curate, told that somebody is here, and asked how it is. */
import { type Actor, createActor } from "xstate";
import { type CommittedThought, keys } from "../../kv/mod.ts";
import { restore } from "../object/mod.ts";
import { CONCEPT_PROTOTYPE, sourcesIn, textIn } from "./experience.ts";
import { CONCEPTS_LISTED, HERE_MS, SETTLE_MS } from "./limits.ts";
import { curationMachine, type CurationSnapshot, type Ended, scheduledIn } from "./curation_machine.ts";
import type { CurationPorts } from "./ports.ts";
import { type Report, reportIn, summaryOf } from "./report.ts";
import type { Asked, Progress, Run } from "./run.ts";
import { nextDue } from "./schedule.ts";
import { CURATION, CURATOR, curatorIn, dataOf, settingsOf } from "./settings.ts";
import { REPORT_KIND, storeReport } from "./store_report.ts";

export interface CurationStatus {
  readonly state: "starting" | "waiting" | "running" | "stopping" | "off";
  /** What is wrong with slots of the curator, in words. */
  readonly problems: readonly string[];
  /** When the next run is due if nobody comes, ms; null when none is. */
  readonly next: number | null;
  readonly running: { readonly run: number; readonly asked: Asked } & Progress | null;
  readonly report: Report | null;
}

/** A concept as it is listed. */
export interface ConceptView {
  readonly oid: string;
  readonly title: string;
  readonly definition: string;
  readonly sources: number;
  /** Who worded it: a persona, `extraction`, or a person. */
  readonly by: string;
  readonly at: number;
}

/** The status, with the concepts and how the last runs ended. */
export interface CurationView extends CurationStatus {
  readonly concepts: readonly ConceptView[];
  readonly ended: readonly Ended[];
}

export class Curator {
  readonly #ports: CurationPorts;
  readonly #actor: Actor<typeof curationMachine>;
  readonly #unlisten: () => void;
  /** Jobs that have begun: one that is given up takes a moment to end. */
  readonly #jobs = new Set<Promise<unknown>>();

  constructor(ports: CurationPorts) {
    this.#ports = ports;
    this.#actor = createActor(curationMachine, {
      input: {
        ports: {
          ...ports,
          readSettings: async () => {
            const values = dataOf(await curatorIn(ports.world));
            return { ...settingsOf(values), report: reportIn(values) };
          },
          keepReport: (run, report) => this.#keep(run, report),
          track: (job) => this.#track(job),
          settled: () => this.#settled(),
        },
      },
    });
    let last = "";
    this.#actor.subscribe(({ context: { read } }) => {
      const problems = read.problems.join();
      if (problems !== last) ports.onStatus();
      last = problems;
    });
    this.#unlisten = ports.world.store.onCommitted((thoughts) => this.#committed(thoughts));
    this.#actor.start();
  }

  /** Asks for a run, at once or after the one under way. @returns its number, to be found in `view().ended` */
  request(): number {
    const { runs, wanted } = this.#actor.getSnapshot().context;
    const run = wanted ?? runs + 1;
    this.#actor.send({ type: "WANTED", run });
    return run;
  }

  /** Ends the run under way. @returns whether there was one */
  stop(): boolean {
    const was = this.#actor.getSnapshot().matches("running");
    this.#actor.send({ type: "STOP_ASKED" });
    return was;
  }

  /** A person has asked for something: a run under way stops, and goes on when nobody is here. */
  personCame(): void {
    const snapshot = this.#actor.getSnapshot();
    const since = this.#ports.clock() - snapshot.context.lastHere;
    // Each message of a person comes here, and a transition takes longer than many of them.
    if (since >= 0 && since < HERE_MS && !snapshot.matches("running")) return;
    this.#actor.send({ type: "PERSON_CAME" });
  }

  status(): CurationStatus {
    const snapshot = this.#actor.getSnapshot();
    const { context } = snapshot;
    const { run, read, report } = context;
    return {
      state: stateOf(snapshot),
      problems: read.problems,
      next: run === null ? nextDue(scheduledIn(context))?.at ?? null : null,
      running: run === null ? null : { run: run.number, asked: run.asked, ...run.progress },
      report,
    };
  }

  async view(): Promise<CurationView> {
    const concepts = await this.#concepts();
    return { ...this.status(), concepts, ended: this.#actor.getSnapshot().context.ended };
  }

  /** Gives up what is under way, which leaves nothing half done, and ends. */
  async close(): Promise<void> {
    this.#unlisten();
    this.#actor.stop();
    await Promise.allSettled(this.#jobs);
  }

  async #concepts(): Promise<ConceptView[]> {
    const { store } = this.#ports.world;
    const prototype = await this.#ports.world.find(CONCEPT_PROTOTYPE);
    if (prototype === null) return [];
    const oids: string[] = [];
    const page = { reverse: true, limit: CONCEPTS_LISTED };
    for await (const { key } of store.list(keys.children(prototype), page)) oids.push(String(key.at(-1)));
    const entries = await store.getMany<unknown>(oids.map((oid) => keys.object(oid)));
    return entries.flatMap((entry, at) => conceptView(oids[at]!, entry?.value));
  }

  /** A run that found nothing to do leaves nothing behind, unless somebody asked for it. */
  async #keep(run: Run, report: Report): Promise<void> {
    const { world, clock, emit } = this.#ports;
    if (run.hasChanged || run.asked === "command") {
      const declined = run.experience?.declined ?? null;
      await storeReport(world, report, { declined, now: clock() });
    }
    emit({
      command: "CURATION_STAGE",
      run: report.run,
      stage: "ended",
      done: 0,
      total: 0,
      note: summaryOf(report),
    });
  }

  #track<T>(job: Promise<T>): Promise<T> {
    this.#jobs.add(job);
    const done = () => void this.#jobs.delete(job);
    job.then(done, done);
    return job;
  }

  async #settled(): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, SETTLE_MS);
    await Promise.race([Promise.allSettled(this.#jobs), over.promise]);
    clearTimeout(timer);
  }

  #committed(thoughts: readonly CommittedThought[]): void {
    let count = 0;
    let settings = false;
    for (const { kind, changes, who } of thoughts) {
      settings ||= who !== CURATOR &&
        changes.some(({ key, before, after }) =>
          key[0] === "object" && (nameIn(before) === CURATOR || nameIn(after) === CURATOR)
        );
      if (kind === CURATION || kind === REPORT_KIND) continue;
      count += changes.filter(({ key }) => key[0] === "vector").length;
    }
    if (count > 0) this.#actor.send({ type: "MEMORIES_CHANGED", count });
    if (settings) this.#actor.send({ type: "SETTINGS_CHANGED" });
  }
}

function stateOf(snapshot: CurationSnapshot): CurationStatus["state"] {
  if (snapshot.matches("running")) return "running";
  if (snapshot.matches("looking") && snapshot.context.run === null && snapshot.context.runs === 0) {
    return "starting";
  }
  if (snapshot.context.run !== null) return "stopping";
  return snapshot.context.read.settings.enabled ? "waiting" : "off";
}

function conceptView(oid: string, stored: unknown): ConceptView[] {
  const restored = restore(oid, stored);
  if (!restored.ok) return [];
  const { context } = restored.snapshot;
  const { provenance } = dataOf(context);
  const made = (provenance ?? {}) as Readonly<Record<string, unknown>>;
  const definition = textIn(context, "definition_text") ?? "";
  const title = textIn(context, "title") ?? context.name ?? oid;
  const isEdited = made.by !== CURATOR || made.definition !== definition || made.title !== title;
  const by = isEdited
    ? "a person"
    : made.method === "mind"
    ? String(made.persona ?? made.mind)
    : "extraction";
  return [{ oid, title, definition, sources: sourcesIn(context).length, by, at: context.createdAt }];
}

/** A look at the stored form without validating it, as every object that changes is looked at. */
function nameIn(stored: unknown): unknown {
  return (stored as { snapshot?: { context?: { name?: unknown } } } | null)?.snapshot?.context?.name;
}
