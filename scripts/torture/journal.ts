/**
 * An image with a second medium beside it, as any participant may have: killed where the journal is written, or between
 * there and the decision, both say the same afterwards, and what was acknowledged.
 */
import { fileURLToPath } from "node:url";
import { keys } from "../../kv/mod.ts";
import { openLedger, PAGES } from "./ledger.ts";

const CHILD = fileURLToPath(new URL("journal_child.ts", import.meta.url));

/** @returns what is wrong with what a process that was killed at the point has left */
export async function killJournal(folder: string, point: string, pass: number): Promise<string[]> {
  await Deno.mkdir(folder, { recursive: true });
  const before = await pagesIn(folder);
  const first = Math.max(0, ...before.held) + 1;
  const { signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", CHILD, folder, point, String(pass), String(first)],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (signal !== "SIGKILL") {
    return [`the ledger was not killed at ${point}: ${new TextDecoder().decode(stderr)}`];
  }
  const { held, faults } = await pagesIn(folder);
  // The last line may be cut off by the end.
  for (const line of new TextDecoder().decode(stdout).split("\n").slice(0, -1)) {
    const [page, number] = line.split(" ").map(Number) as [number, number];
    if (held[page]! < number) {
      faults.push(`ledger: page ${page} holds ${held[page]}, acknowledged was ${number}`);
    }
  }
  return faults;
}

async function pagesIn(folder: string): Promise<{ held: number[]; faults: string[] }> {
  await using opened = await openLedger(folder);
  const { store, ledger, reported } = opened;
  const faults = reported.map((error) => `ledger: ${error}`);
  const held: number[] = [];
  for (let page = 0; page < PAGES; page++) {
    const number = (await store.get<number>(keys.object(`page${page}`)))?.value ?? 0;
    const text = await ledger.read(`page${page}`) ?? "0";
    if (text !== String(number)) faults.push(`ledger: page ${page} says ${text}, and the image ${number}`);
    held.push(number);
  }
  return { held, faults };
}
