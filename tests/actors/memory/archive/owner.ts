/** A memory in miniature that owns the archive actor: rows and a log of deaths in memory, the archive real. */
import { type Actor, createActor, SimulatedClock, waitFor } from "xstate";
import {
  archiveMachine,
  type ArchivePorts,
  type ArchiveStatus,
  archiveStatus,
} from "../../../../actors/memory/archive/mod.ts";
import { Archive, type ArchiveRow } from "../../../../vector/archive/mod.ts";
import { kernel, position, space, spawn, stream, vectorOf } from "../../../vector/archive/fixture.ts";

export class Owner {
  readonly clock = new SimulatedClock();
  readonly actor: Actor<typeof archiveMachine>;
  readonly statuses: ArchiveStatus[] = [];
  readonly served: string[] = [];
  readonly children: Deno.ChildProcess[] = [];
  readonly live = new Map<string, ArchiveRow>();
  readonly deathLog: { id: string; position: string }[] = [];
  space: { id: string; dimensions: number } = space;
  slots: Record<string, unknown> = {};
  archive: Archive | null = null;
  /** Rows that working memory holds. */
  working = new Set<string>();
  failOpening: Error | null = null;
  failRows: Error | null = null;
  #thoughts = 0;

  constructor(folder: string, ports: Partial<ArchivePorts> = {}) {
    this.actor = createActor(archiveMachine, {
      clock: this.clock,
      input: { ports: { ...this.#ports(folder), ...ports } },
    });
    this.actor.subscribe((snapshot) => this.statuses.push(archiveStatus(snapshot)));
  }

  get head(): string {
    return position(this.#thoughts);
  }

  get status(): ArchiveStatus {
    return archiveStatus(this.actor.getSnapshot());
  }

  /** Adds rows `from` to `to - 1`, a thought each. */
  remember(from: number, to: number): void {
    for (let row = from; row < to; row++) {
      const id = `row ${row}`;
      this.#thoughts++;
      this.live.set(id, { id, born: this.head, vector: vectorOf(row, this.space.dimensions) });
      this.working.add(id);
    }
    this.tellSize();
  }

  forget(row: number): void {
    const id = `row ${row}`;
    this.#thoughts++;
    this.live.delete(id);
    this.working.delete(id);
    this.deathLog.push({ id, position: this.head });
    this.archive?.mask(id, this.head);
    this.tellSize();
  }

  tellSize(): void {
    const watermark = this.archive?.watermark ?? "";
    const newer = [...this.live.values()].filter(({ born }) => born > watermark).length;
    this.actor.send({ type: "WORKING_MEMORY_SIZED", rows: this.working.size, newer });
  }

  change(slots: Record<string, unknown>): void {
    this.slots = { ...this.slots, ...slots };
    this.actor.send({ type: "SETTINGS_CHANGED", slots: this.slots });
  }

  /** Resolves when the status is one of `states` and `also` holds; rejects after 20 s. */
  async until(
    states: ArchiveStatus["state"] | readonly ArchiveStatus["state"][],
    also: (status: ArchiveStatus) => boolean = () => true,
  ): Promise<ArchiveStatus> {
    const wanted = Array.isArray(states) ? states : [states];
    await waitFor(this.actor, (snapshot) => {
      const status = archiveStatus(snapshot);
      return wanted.includes(status.state) && also(status);
    }, { timeout: 20_000 });
    return this.status;
  }

  async stop(): Promise<void> {
    this.actor.send({ type: "STOPPED" });
    await waitFor(this.actor, (snapshot) => snapshot.status === "done", { timeout: 20_000 });
  }

  #ports(folder: string): ArchivePorts {
    return {
      settings: () => Promise.resolve(this.slots),
      open: (settings, onChanged) => {
        if (this.failOpening !== null) return Promise.reject(this.failOpening);
        return Archive.open(`${folder}/${settings.folder}`, {
          kernel,
          spawn: () => {
            const child = spawn();
            this.children.push(child);
            return child;
          },
          onChanged,
        });
      },
      attach: (archive) => this.archive = archive,
      deaths: (after) => this.#deaths(after),
      serve: (archive, watermark) => {
        this.served.push(watermark);
        for (const { id, born } of this.live.values()) {
          if (born > watermark) this.working.add(id);
          else this.working.delete(id);
        }
        // What is served must be what lives, from this moment on.
        if (archive !== this.archive) throw new Error("an archive is served that was not attached");
      },
      rows: (after, _signal, upTo) => {
        if (this.failRows !== null) return Promise.reject(this.failRows);
        const rows = [...this.live.values()].filter(({ born }) =>
          born > after && (upTo === undefined || born <= upTo)
        );
        return Promise.resolve({ space: this.space, watermark: upTo ?? this.head, rows: stream(rows) });
      },
      detach: () => this.archive = null,
    };
  }

  async *#deaths(after: string): AsyncGenerator<{ id: string; position: string }> {
    for (const death of this.deathLog) if (death.position > after) yield await Promise.resolve(death);
  }
}
