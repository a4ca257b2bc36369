/**
 * An image of a million objects walked as a whole by `telos verify`, and restored from a full backup by
 * `telos restore`: each in a process of its own, whose memory must stay within a bound however large the image is. How
 * long it takes stands beside.
 */
import { fileURLToPath } from "node:url";
import { openStore, takeBackup } from "../../kv/mod.ts";
import { largeImage, MILLION } from "./large_image.ts";
import { mostOf } from "./processes.ts";
import type { Figures, Row } from "./row.ts";
import { rounded } from "./statistics.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const RESIDENT_MIB_MAX = 600;

export const walkRow: Row = {
  row: "walk-1m",
  what: `resident memory of telos verify over ${MILLION} objects with their history, against the bound`,
  unit: "MiB",
  bound: "at most",
  required: 1,
  async measure(context) {
    const folder = await largeImage(context, MILLION);
    const { answer, most, seconds } = await telos(["verify", "--image", folder, "--json"]);
    const { ok, checked } = answer as { ok: boolean; checked: Record<string, number> };
    if (!ok || checked.object! < MILLION) {
      throw new Error(`the walk found ${JSON.stringify(checked)}, ok: ${ok}`);
    }
    const keys = Object.values(checked).reduce((sum, count) => sum + count, 0);
    return figures(most, { seconds: rounded(seconds), "keys a second": rounded(keys / seconds) });
  },
};

export const restoreRow: Row = {
  row: "restore-1m",
  what: `resident memory of telos restore of ${MILLION} objects with their history, against the bound`,
  unit: "MiB",
  bound: "at most",
  required: 1,
  async measure(context) {
    const image = await largeImage(context, MILLION);
    const backups = `${context.folder}/backups`;
    const store = await openStore({ folder: image });
    const full = await takeBackup(store.beneath, { folder: backups, imageId: store.imageId, full: true });
    await store.close();
    const into = `${context.folder}/restored`;
    const { answer, most, seconds } = await telos(["restore", into, "--from", backups, "--json"]);
    const { objects } = answer as { objects: number };
    if (objects < MILLION) throw new Error(`${objects} objects were restored`);
    return figures(most, {
      seconds: rounded(seconds),
      "objects a second": rounded(objects / seconds),
      "full backup s": rounded(full.tookMs / 1_000),
      "full backup MB": rounded(full.bytes / 1e6),
    });
  },
};

function figures(most: number, beside: Record<string, number>): Figures {
  return {
    ours: most,
    baseline: RESIDENT_MIB_MAX,
    how:
      `the most that the process was ever resident (VmHWM); baseline is the bound of ${RESIDENT_MIB_MAX} MiB`,
    beside,
  };
}

/** Runs a command of the program to its end. @throws {Error} when it fails */
async function telos(args: readonly string[]) {
  const began = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", "--unstable-kv", "main.ts", ...args],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const watching = mostOf(child.pid, child.status);
  const out = await new Response(child.stdout).text();
  const { success } = await child.status;
  const seconds = (performance.now() - began) / 1_000;
  if (!success) throw new Error(`telos ${args[0]} failed: ${out.slice(0, 400)}`);
  return { answer: JSON.parse(out) as unknown, most: await watching, seconds };
}
