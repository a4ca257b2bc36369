/**
 * `deno task bench [--json] [--only ROW] [--full] [--keep NAME]`: measures every row against its baseline, each in a fresh
 * process, and prints them as a table and as JSON. It succeeds only when every row was measured and met; one that could
 * not be run says `not measured` and why. `--full` takes more rounds; `--keep` keeps the large images that rows share
 * under that name, for the next run with the same.
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
  "open-1m": async () => (await import("./bench/open_rows.ts")).openRow,
  "open-1m-memory": async () => (await import("./bench/open_rows.ts")).memoryRow,
  "cold-touch": async () => (await import("./bench/cold_row.ts")).coldRow,
  "backup-incremental": async () => (await import("./bench/backup_row.ts")).backupRow,
  "walk-1m": async () => (await import("./bench/walk_rows.ts")).walkRow,
  "restore-1m": async () => (await import("./bench/walk_rows.ts")).restoreRow,
  "commit-index": async () => (await import("./bench/commit_index_row.ts")).commitIndexRow,
  "fork-history": async () => (await import("./bench/fork_row.ts")).forkRow,
  "token-to-dom": async () => (await import("./bench/token_row.ts")).tokenRow,
  "first-token": async () => (await import("./bench/answer_rows.ts")).firstTokenRow,
  "token-added": async () => (await import("./bench/answer_rows.ts")).tokenAddedRow,
  "cancel": async () => (await import("./bench/answer_rows.ts")).cancelRow,
  "recall-10k": async () => (await import("./bench/recall_row.ts")).recallRow,
  "recall-quality": async () => (await import("./bench/quality_row.ts")).qualityRow,
  "curate-10k": async () => (await import("./bench/curation_rows.ts")).curateRow,
  "duplicates": async () => (await import("./bench/curation_rows.ts")).duplicatesRow,
  "l1-20k": async () => (await import("./bench/exact_row.ts")).workingMemoryRow,
  "l2-100k": async () => (await import("./bench/archive_rows.ts")).archiveRow,
  "l2-100k-diskann": async () => (await import("./bench/archive_rows.ts")).archiveDiskRow,
  "l2-100k-build": async () => (await import("./bench/archive_rows.ts")).archiveBuildRow,
  "l2-1m": async () => (await import("./bench/archive_rows.ts")).archiveMillionRow,
  "recall-100k": async () => (await import("./bench/memory_rows.ts")).recallRow100k,
  "found-at-once": async () => (await import("./bench/memory_rows.ts")).foundRow,
  "swap-load": async () => (await import("./bench/memory_rows.ts")).swapRow,
  "ingest": async () => (await import("./bench/ingest_row.ts")).ingestRow,
  "exact-search": async () => (await import("./bench/exact_row.ts")).exactRow,
  "fhrr-bind": async () => (await import("./bench/fhrr_rows.ts")).bindRow,
  "fhrr-unbind": async () => (await import("./bench/fhrr_rows.ts")).unbindRow,
  "fhrr-bundle": async () => (await import("./bench/fhrr_rows.ts")).bundleRow,
  "fhrr-cosine": async () => (await import("./bench/fhrr_rows.ts")).cosineRow,
  "fhrr-capacity": async () => (await import("./bench/capacity_row.ts")).capacityRow,
  "cleanup-10k": async () => (await import("./bench/cleanup_row.ts")).cleanupRow10k,
  "cleanup-100k": async () => (await import("./bench/cleanup_row.ts")).cleanupRow100k,
  "question": async () => (await import("./bench/question_row.ts")).questionRow,
  "vector-quick": async () => (await import("./bench/quick_row.ts")).quickRow,
};

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** A row that takes longer than this is stuck; in full a million rows are built twice, by us and by the baseline. */
const ROW_MS_MAX = 30 * 60_000;
const FULL_ROW_MS_MAX = 2 * 60 * 60_000;

interface RunOptions {
  readonly full: boolean;
  /** Name of the folder for what the rows of one run share. */
  readonly shared: string;
}

function cacheFolder(): string {
  return Deno.env.get("TELOS_BENCH") ?? join(ROOT, "bench-data");
}

async function measureHere(name: string, options: RunOptions): Promise<RowReport> {
  const row = await ROWS[name]!();
  const { full } = options;
  const cache = cacheFolder();
  const shared = join(cache, options.shared);
  await Deno.mkdir(shared, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: cache, prefix: `${name}-` });
  try {
    const say = (line: string) => console.error(`  ${name}: ${line}`);
    return reportOf(row, await row.measure({ full, folder, cache, shared, say }));
  } catch (error) {
    return notMeasured(row, error instanceof Error ? error.message : String(error));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function measureApart(name: string, { full, shared }: RunOptions): Promise<RowReport> {
  console.error(`Measuring ${name} …`);
  const child = runApart([`--only=${name}`, `--keep=${shared}`, ...(full ? ["--full"] : [])]);
  const most = full ? FULL_ROW_MS_MAX : ROW_MS_MAX;
  let isStuck = false;
  const timer = setTimeout(() => {
    isStuck = true;
    child.kill("SIGKILL");
  }, most);
  const { code, signal, stdout } = await child.output();
  clearTimeout(timer);
  if (isStuck) return notMeasured(await ROWS[name]!(), `it took longer than ${most / 60_000} minutes`);
  const line = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
  if (code === 0 && line.startsWith("{")) return JSON.parse(line) as RowReport;
  return notMeasured(await ROWS[name]!(), `its process ended with ${signal ?? `code ${code}`}`);
}

/** This process may start others and nothing more: they write and measure. */
function runApart(args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", fileURLToPath(import.meta.url), "--in-this-process", ...args],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function removeShared(shared: string): Promise<void> {
  try {
    await Deno.remove(join(cacheFolder(), shared), { recursive: true });
  } catch (error) {
    // No row of this run had anything to share.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string", multiple: true },
      full: { type: "boolean", default: false },
      keep: { type: "string" },
      "in-this-process": { type: "boolean", default: false },
    },
  });
  const names = values.only ?? Object.keys(ROWS);
  const unknown = names.find((name) => !Object.hasOwn(ROWS, name));
  if (unknown !== undefined) {
    console.error(`There is no row "${unknown}". The rows are ${Object.keys(ROWS).join(", ")}.`);
    return 2;
  }
  if (values.keep !== undefined && !/^[\w-]+$/.test(values.keep)) {
    console.error(`--keep takes a name of letters, digits, _ and -: it is "${values.keep}"`);
    return 2;
  }
  const run = { full: values.full, shared: values.keep ?? `run-${Date.now()}` };
  if (values["in-this-process"]) {
    if (values.only === undefined) await removeShared(run.shared);
    else console.log(JSON.stringify(await measureHere(names[0]!, run)));
    return 0;
  }
  const rows: RowReport[] = [];
  for (const name of names) rows.push(await measureApart(name, run));
  if (values.keep === undefined) await runApart([`--keep=${run.shared}`]).output();
  if (!values.json) console.log(tableOf(rows));
  console.log(JSON.stringify({ rows }));
  return rows.every(({ met }) => met) ? 0 : 1;
}

if (import.meta.main) {
  // A row may leave a child's pipe or a worker open; its figures are out by then.
  Deno.exit(await main());
}
