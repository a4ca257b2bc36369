/** Any mix of what can happen to memories, against the store's own listing. */
import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import fc from "fast-check";
import { hashSpace } from "../../../vector/mod.ts";
import { RowBook } from "../../../actors/memory/row_book.ts";
import { type ImageWithMemory, memoryUntil, openWithMemory } from "./fixture.ts";
import { nearest, placesRight, rowsIn } from "./oracle.ts";

const request = { who: "a test" };
const words = ["lighthouse", "violin", "harbour", "volcano", "boiler", "sister", "revenue", "garden"];
const text = fc.tuple(fc.constantFrom(...words), fc.constantFrom(...words), fc.nat(30)).map((parts) =>
  parts.join(" ")
);

type Step =
  | { readonly do: "remember"; readonly texts: readonly string[] }
  | { readonly do: "edit" | "edit twice at once"; readonly which: number; readonly text: string }
  | { readonly do: "delete" | "delete and edit at once"; readonly which: number }
  | { readonly do: "undo" | "redo" | "open again" }
  | { readonly do: "break off"; readonly text: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("remember" as const),
      texts: fc.array(text, { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("edit" as const, "edit twice at once" as const),
      which: fc.nat(),
      text,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("delete" as const, "delete and edit at once" as const),
      which: fc.nat(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("undo" as const, "redo" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("open again" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("break off" as const), text }) },
);

/** An image that can be closed and opened again in the midst of a run. */
class Run {
  image!: ImageWithMemory;
  readonly folder: string;
  readonly threshold: number | null;
  readonly #undoable = /nothing_to_undo|nothing_to_redo|undo_refused/;

  constructor(folder: string, threshold: number | null) {
    this.folder = folder;
    this.threshold = threshold;
  }

  async open(): Promise<void> {
    this.image = await openWithMemory({ folder: this.folder });
    await memoryUntil(this.image, ({ embedder }) => embedder.state === "degraded");
  }

  async begin(): Promise<void> {
    await this.open();
    if (this.threshold === null) return;
    await this.image.image.operations.setSlot("archive_manager", "threshold_rows", this.threshold, request);
  }

  get memory() {
    return this.image.parts.memory!;
  }

  async close(): Promise<void> {
    await this.image[Symbol.asyncDispose]();
  }

  async take(step: Step): Promise<void> {
    const { operations, world } = this.image.image;
    const oids = [...(await rowsIn(this.image.image.store, hashSpace.id)).keys()];
    const oid = "which" in step ? oids[step.which % Math.max(1, oids.length)] : undefined;
    switch (step.do) {
      case "remember":
        await this.image.remember(...step.texts);
        break;
      case "edit":
        if (oid !== undefined) await operations.setSlot(oid, "text_chunk", step.text, request);
        break;
      case "edit twice at once":
        if (oid === undefined) break;
        await Promise.all(
          ["one", "two"].map((end) => operations.setSlot(oid, "text_chunk", `${step.text} ${end}`, request)),
        );
        break;
      case "delete":
        if (oid !== undefined) await operations.delete(oid, false, request);
        break;
      case "delete and edit at once":
        if (oid === undefined) break;
        await Promise.all([
          operations.delete(oid, false, request),
          operations.setSlot(oid, "text_chunk", "too late", request).catch((error) => {
            equal(error.code, "not_found");
          }),
        ]);
        break;
      case "undo":
      case "redo":
        try {
          if (step.do === "undo") await operations.undo(undefined, request);
          else await operations.redo(undefined, request);
        } catch (error) {
          match((error as { code: string }).code, this.#undoable);
        }
        break;
      case "open again":
        await this.close();
        await this.open();
        break;
      case "break off": {
        const [vector] = await this.memory.embed([step.text]);
        const info = { who: "a test", why: "break off", kind: "change" };
        await rejects(
          world.thought(info, (tx) => {
            this.memory.stage(tx.thought, { rows: [{ oid: "ghost", vector: vector! }], removed: oids });
            throw new Error("broken off");
          }),
          /broken off/,
        );
      }
    }
  }
}

/** After each step everything is found, and at the end everything as of each step. @returns the share of right places */
async function play(
  steps: readonly Step[],
  queries: readonly string[],
  threshold: number | null,
): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "telos-memory-" });
  const run = new Run(folder, threshold);
  let right = 0;
  let all = 0;
  const check = async (rows: ReadonlyMap<string, Float32Array>, asOf?: string) => {
    for (const query of await run.memory.embed(queries)) {
      const k = Math.max(1, Math.min(6, rows.size));
      const hits = await run.memory.search(query, k, asOf === undefined ? {} : { asOf });
      right += placesRight(hits, rows, query, k);
      all += nearest(rows, query, k).length;
    }
  };
  try {
    await run.begin();
    const past: { asOf: string; rows: Map<string, Float32Array> }[] = [];
    for (const step of steps) {
      await run.take(step);
      const rows = await rowsIn(run.image.image.store, hashSpace.id);
      await check(rows);
      past.push({ asOf: run.image.image.store.position, rows });
      // All rows and no others: what is asked for is more than there are.
      if (threshold !== null || rows.size === 0) continue;
      const [query] = await run.memory.embed([words.join(" ")]);
      const found = await run.memory.search(query!, rows.size + 5);
      equal(new Set(found.map(({ oid }) => oid)), new Set(rows.keys()));
      equal(run.memory.status.L1.rows, rows.size);
    }
    for (const { asOf, rows } of past) await check(rows, asOf);
    return all === 0 ? 1 : right / all;
  } finally {
    await run.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const queries = ["lighthouse 3", "violin harbour", "revenue 17"];

Deno.test("ME30 after any run of remembering, editing, deleting, undoing, breaking off and opening again, working memory holds exactly the committed rows, now and as of each step", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      equal(await play(steps, queries, null), 1);
    }),
    { numRuns: 40, interruptAfterTimeLimit: 40_000 },
  );
});

Deno.test("ME31 the same with an archive that takes part", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 14 }), async (steps) => {
      const remembered: Step = { do: "remember", texts: words.map((word) => `${word} of the beginning`) };
      const share = await play([remembered, ...steps], queries, 5);
      ok(share >= 0.9, `${share} of the places are right`);
    }),
    { numRuns: 20, interruptAfterTimeLimit: 40_000 },
  );
});

Deno.test("ME32 the book of rows counts what it holds after any run of changes", () => {
  const id = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const born = fc.constantFrom("1", "2", "3", "4");
  const change = fc.oneof(
    fc.tuple(fc.constant("set" as const), id, born),
    fc.tuple(fc.constantFrom("delete" as const, "hold" as const, "drop" as const), id, born),
    fc.tuple(fc.constant("cover" as const), id, fc.constantFrom("", "1", "2", "3")),
  );
  fc.assert(fc.property(fc.array(change), (changes) => {
    const book = new RowBook();
    const rows = new Map<string, { born: string; held: boolean }>();
    let watermark = "";
    for (const [what, id, at] of changes) {
      const row = rows.get(id);
      if (what === "set") {
        book.set(id, at, true);
        rows.set(id, { born: at, held: true });
      } else if (what === "delete") equal(book.delete(id), rows.delete(id));
      else if (what === "hold") {
        book.hold(id);
        if (row) row.held = true;
      } else if (what === "cover") book.cover(watermark = at);
      else {
        const drops = row !== undefined && row.held && row.born <= watermark;
        equal(book.drop(id), drops);
        if (drops) row.held = false;
      }
      const all = [...rows.values()];
      equal(
        [book.size, book.held, book.away, book.newer, book.missing, book.covered().length],
        [
          all.length,
          all.filter(({ held }) => held).length,
          all.filter(({ held }) => !held).length,
          all.filter(({ born }) => born > watermark).length,
          all.filter(({ born, held }) => born > watermark && !held).length,
          all.filter(({ born, held }) => born <= watermark && held).length,
        ],
      );
      equal(book.awayIds("missing").length, book.missing);
      equal(book.awayIds("all").length, book.away);
    }
  }));
});
