/**
 * `deno task bench [--json] [--only ROW] [--full]`: measures every row against its baseline, each in a fresh process,
 * and prints them as a table and as JSON. It succeeds only when every row was measured and met; one that could not be
 * run says `not measured` and why. `--full` takes more rounds.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { notMeasured, reportOf, type Row, type RowReport } from "./bench/row.ts";
import { tableOf } from "./bench/table.ts";

/** Each in a module of its own, so that a row's process loads no other's parts. */
const ROWS: Readonly<Record<string, () => Promise<Row>>> = {
  "send-two-parents-up": async () => (await import("./bench/send_row.ts")).sendRow,
  "image-send": async () => (await import("./bench/image_method_rows.ts")).imageSendRow,
  "image-send-tail": async () => (await import("./bench/image_method_rows.ts")).imageSendTailRow,
  "image-calls": async () => (await import("./bench/image_method_rows.ts")).imageCallsRow,
  "sandbox-replace": async () => (await import("./bench/image_method_rows.ts")).sandboxReplaceRow,
  "durable-thought": async () => (await import("./bench/durable_row.ts")).durableRow,
  "commit-group": async () => (await import("./bench/group_row.ts")).groupRow,
  "add-1000": async () => (await import("./bench/add_row.ts")).addRow,
  "contended": async () => (await import("./bench/contended_row.ts")).contendedRow,
  "start-100k": async () => (await import("./bench/start_row.ts")).startRow,
  "token-to-dom": async () => (await import("./bench/token_row.ts")).tokenRow,
  "recall-10k": async () => (await import("./bench/recall_row.ts")).recallRow,
  "exact-search": async () => (await import("./bench/exact_row.ts")).exactRow,
  "vector-quick": async () => (await import("./bench/quick_row.ts")).quickRow,
};

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** A row that takes longer than this is stuck. */
const ROW_MS_MAX = 20 * 60_000;

async function measureHere(name: string, full: boolean): Promise<RowReport> {
  const row = await ROWS[name]!();
  const cache = Deno.env.get("TELOS_BENCH") ?? join(ROOT, "bench-data");
  await Deno.mkdir(cache, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: cache, prefix: `${name}-` });
  try {
    const say = (line: string) => console.error(`  ${name}: ${line}`);
    return reportOf(row, await row.measure({ full, folder, cache, say }));
  } catch (error) {
    return notMeasured(row, error instanceof Error ? error.message : String(error));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function measureApart(name: string, full: boolean): Promise<RowReport> {
  console.error(`Measuring ${name} …`);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--no-check",
      fileURLToPath(import.meta.url),
      "--in-this-process",
      `--only=${name}`,
      ...(full ? ["--full"] : []),
    ],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), ROW_MS_MAX);
  const { code, signal, stdout } = await child.output();
  clearTimeout(timer);
  const line = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
  if (code === 0 && line.startsWith("{")) return JSON.parse(line) as RowReport;
  return notMeasured(await ROWS[name]!(), `its process ended with ${signal ?? `code ${code}`}`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string", multiple: true },
      full: { type: "boolean", default: false },
      "in-this-process": { type: "boolean", default: false },
    },
  });
  const names = values.only ?? Object.keys(ROWS);
  const unknown = names.find((name) => !Object.hasOwn(ROWS, name));
  if (unknown !== undefined) {
    console.error(`There is no row "${unknown}". The rows are ${Object.keys(ROWS).join(", ")}.`);
    return 2;
  }
  if (values["in-this-process"]) {
    console.log(JSON.stringify(await measureHere(names[0]!, values.full)));
    return 0;
  }
  const rows: RowReport[] = [];
  for (const name of names) rows.push(await measureApart(name, values.full));
  if (!values.json) console.log(tableOf(rows));
  console.log(JSON.stringify({ rows }));
  return rows.every(({ met }) => met) ? 0 : 1;
}

if (import.meta.main) {
  // A row may leave a child's pipe or a worker open; its figures are out by then.
  Deno.exit(await main());
}
