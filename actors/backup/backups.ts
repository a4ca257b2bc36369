/** The running backup: an actor over the open image, which can be asked for a backup, a drill, and how it is. */
import { type Actor, createActor } from "xstate";
import { type BackupContext, backupMachine } from "./backup_machine.ts";
import type { BackupPorts } from "./ports.ts";
import type { Due } from "./schedule.ts";
import { touchesSettings } from "./settings.ts";
import { type BackupStatus, backupStatus, type BackupsView, backupsView } from "./status.ts";

export class Backups {
  readonly #ports: BackupPorts;
  readonly #actor: Actor<typeof backupMachine>;
  readonly #unlisten: () => void;
  /** Jobs that have begun: a job that is given up takes a moment to end. */
  readonly #jobs = new Set<Promise<unknown>>();

  constructor(given: BackupPorts) {
    const ports = { ...given, track: <T>(job: Promise<T>) => this.#track(job) };
    this.#ports = ports;
    this.#actor = createActor(backupMachine, { input: { ports } });
    this.#actor.subscribe(() => ports.onStatus());
    this.#unlisten = ports.store.onCommitted((thoughts) => {
      if (touchesSettings(thoughts)) this.#actor.send({ type: "SETTINGS_CHANGED" });
    });
    this.#actor.start();
  }

  /** Asks for a backup, at once or after what is under way. @returns the number of the run, to be found in `view()` */
  request(options: { readonly full?: boolean } = {}): number {
    return this.#want({ what: "backup", full: options.full ?? false });
  }

  /** Asks for a restore drill. @returns the number of the run */
  requestDrill(): number {
    return this.#want({ what: "drill" });
  }

  status(): BackupStatus {
    return backupStatus(this.#actor.getSnapshot(), this.#ports.clock());
  }

  view(): BackupsView {
    return backupsView(this.#actor.getSnapshot(), this.#ports.clock());
  }

  /** Gives up what is under way, which leaves no half link, and ends. */
  async close(): Promise<void> {
    this.#unlisten();
    this.#actor.stop();
    await Promise.allSettled(this.#jobs);
  }

  #want(due: Due): number {
    const { runs }: BackupContext = this.#actor.getSnapshot().context;
    const run = runs + 1;
    this.#actor.send({ type: "WANTED", wanted: { run, due } });
    return run;
  }

  #track<T>(job: Promise<T>): Promise<T> {
    this.#jobs.add(job);
    const done = () => void this.#jobs.delete(job);
    job.then(done, done);
    return job;
  }
}
