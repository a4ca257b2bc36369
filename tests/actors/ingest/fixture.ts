/** Files to be taken in, and an image that is waited for. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { readSource } from "../../../actors/ingest/read_source.ts";
import type { Entry, Mark } from "../../../actors/ingest/entry.ts";
import type { Ingest, IngestView } from "../../../ui/protocol.ts";
import type { Door } from "../../../ui/door/mod.ts";

const PATIENCE_MS = 90_000;

export class Files implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async create(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<Files> {
    const made = new Files(join(await Deno.makeTempDir({ prefix: "telos-ingest-" }), "notes"));
    await Deno.mkdir(made.folder);
    for (const [path, content] of Object.entries(files)) await made.write(path, content);
    return made;
  }

  async write(path: string, content: string | Uint8Array): Promise<void> {
    const place = join(this.folder, path);
    await Deno.mkdir(dirname(place), { recursive: true });
    await Deno.writeFile(place, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(dirname(this.folder), { recursive: true });
  }
}

export async function entriesOf(root: string, after: Mark | null = null): Promise<Entry[]> {
  return await Array.fromAsync(readSource(root, after));
}

export async function chunksIn(root: string) {
  return (await entriesOf(root)).flatMap(({ chunk }) => chunk ?? []);
}

/** What was left out, by place. */
export async function problemsIn(root: string): Promise<Record<string, string>> {
  const problems = (await entriesOf(root)).flatMap(({ problem }) => problem ?? []);
  return Object.fromEntries(problems.map(({ place, reason }) => [place, reason]));
}

export async function begin(door: Door, path: string): Promise<Ingest> {
  const { result } = await door.command({ command: "INGEST", path }, { who: "a test" });
  return (result as IngestView).ingest!;
}

/** Waits for a state that comes by itself, bounded. */
export async function ingestUntil(door: Door, wanted: (ingest: Ingest) => boolean): Promise<Ingest> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { ingest } = await door.ingest();
    if (ingest !== null && wanted(ingest)) return ingest;
    if (performance.now() > deadline) {
      assert.fail(`the ingest never became as wanted: ${JSON.stringify(ingest)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export async function ingest(door: Door, path: string): Promise<Ingest> {
  const { id } = await begin(door, path);
  return await ingestUntil(door, (each) => each.id === id && each.state === "done");
}

/** Notes that all differ, of several sections each. */
export function manyNotes(files: number, sections: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: files }, (_, file) => {
    const said = Array.from(
      { length: sections },
      (_, n) => `## Day ${n}\n\nIn file ${file} on day ${n} we wrote down number ${file * sections + n}.\n`,
    );
    return [`${String(file).padStart(3, "0")}.md`, `# File ${file}\n\n${said.join("\n")}`];
  }));
}
