/**
 * Many who change an image at the same time, over HTTP and by the command line, until the server is gone; and what each
 * of them was told is done. A command that was not answered may have been carried out as a whole, or not at all.
 */
import type { Server } from "./server.ts";
import type { Telos } from "./telos.ts";

export interface Acknowledged {
  readonly what: "paired" | "made" | "remembered" | "moved" | "counted" | "set by the command line";
  readonly position: string;
  readonly oid?: string;
  readonly text?: string;
}

/** A number that only rises: the image's is between what was acknowledged and what was attempted. */
export interface Rising {
  acknowledged: number;
  attempted: number;
}

const PAIR_WRITERS = ["pair one", "pair two"];
const STEP_WRITER = "step";
const SUBJECTS = ["lighthouse", "boiler", "bridge", "orchard", "violin", "harbour", "glacier", "lantern"];

export class Load {
  readonly all: Acknowledged[] = [];
  readonly pairs = new Map<string, Rising>(
    PAIR_WRITERS.map((name) => [name, { acknowledged: 0, attempted: 0 }]),
  );
  readonly steps = new Map<string, Rising>([[STEP_WRITER, { acknowledged: 0, attempted: 0 }]]);
  readonly counter: Rising = { acknowledged: 0, attempted: 0 };
  readonly #telos: Telos;
  #heard: (() => void) | undefined;
  #made = 0;

  constructor(telos: Telos) {
    this.#telos = telos;
  }

  /** Makes the objects that are written to. */
  async prepare(): Promise<void> {
    const server = await this.#telos.start();
    const both = {
      $method: '(self, n) => {\n  self.set("left", n);\n  self.set("right", n);\n  return n;\n}',
    };
    for (const name of PAIR_WRITERS) {
      await server.command({ command: "EXTEND", object: "genesis", name });
      for (const [slot, value] of Object.entries({ left: 0, right: 0, both })) {
        await server.command({ command: "SET_SLOT", object: name, slot, value });
      }
    }
    await server.command({ command: "EXTEND", object: "genesis", name: STEP_WRITER });
    await server.command({ command: "SET_SLOT", object: STEP_WRITER, slot: "step", value: 0 });
    await server.stop();
  }

  /** Works until the server is gone. */
  async work(server: Server): Promise<void> {
    await Promise.all([
      ...PAIR_WRITERS.map((name) => this.#untilGone(server, () => this.#pair(server, name))),
      this.#untilGone(server, () => this.#make(server)),
      this.#untilGone(server, () => this.#remember(server)),
      this.#untilGone(server, () => this.#move(server)),
      this.#untilGone(server, () => this.#count(server)),
      this.#untilGone(server, () => this.#step()),
    ]);
  }

  /** Resolves when so many more are acknowledged. */
  async acknowledgedBy(count: number): Promise<void> {
    const wanted = this.all.length + count;
    while (this.all.length < wanted) await new Promise<void>((resolve) => this.#heard = resolve);
  }

  summary(): string {
    const groups = Object.entries(Object.groupBy(this.all, ({ what }) => what));
    return groups.map(([what, of]) => `${of.length} ${what}`).join(", ");
  }

  async #untilGone(server: Server, step: () => Promise<void>): Promise<void> {
    let gone = false;
    server.ended.then(() => gone = true);
    while (!gone) {
      try {
        await step();
      } catch (error) {
        // The connection was refused or cut. A server that lives and refuses is no such case.
        if (!(error instanceof TypeError)) throw error;
        await server.ended;
      }
    }
  }

  #acknowledge(done: Acknowledged): void {
    this.all.push(done);
    this.#heard?.();
  }

  async #pair(server: Server, receiver: string): Promise<void> {
    const rising = this.pairs.get(receiver)!;
    const n = ++rising.attempted;
    const { position } = await server.command({
      command: "SEND",
      receiver,
      selector: "both",
      arguments: [n],
    });
    rising.acknowledged = n;
    this.#acknowledge({ what: "paired", position });
  }

  async #make(server: Server): Promise<void> {
    const name = `made ${this.#made++}`;
    const { position, result } = await server.command({ command: "CLONE", object: "square", name });
    this.#acknowledge({ what: "made", position, oid: (result as { oid: string }).oid });
  }

  async #remember(server: Server): Promise<void> {
    const n = this.#made++;
    const text = `Note ${n} is about the ${SUBJECTS[n % SUBJECTS.length]} number ${n * 7919}.`;
    const { position, result } = await server.command({ command: "REMEMBER", text });
    this.#acknowledge({ what: "remembered", position, oid: (result as { oid: string }).oid, text });
  }

  async #move(server: Server): Promise<void> {
    const x = this.#made++;
    const { position } = await server.command({ command: "MOVE_MORPH", object: "square", x, y: -x });
    this.#acknowledge({ what: "moved", position });
  }

  async #count(server: Server): Promise<void> {
    this.counter.attempted++;
    const { position } = await server.command({
      command: "SEND",
      receiver: "counter",
      selector: "increment",
    });
    this.counter.acknowledged++;
    this.#acknowledge({ what: "counted", position });
  }

  /** Through the server while it is there; a command that finds it gone opens the image itself. */
  async #step(): Promise<void> {
    const rising = this.steps.get(STEP_WRITER)!;
    const n = ++rising.attempted;
    const { code, out } = await this.#telos.run(["set", STEP_WRITER, "step", String(n), "--json"]);
    if (code !== 0) return;
    rising.acknowledged = n;
    this.#acknowledge({
      what: "set by the command line",
      position: (JSON.parse(out) as { position: string }).position,
    });
  }
}
