/**
 * `deno task test [PATH…]`: runs every test, and the examples of the doors' documentation, with its output as it comes;
 * then lists what was skipped and why, and closes with one line, `N passed, N failed, N skipped`. It succeeds only when
 * something was run, nothing failed, and the runner itself said so; with `TELOS_REQUIRE_PARTS=1` nothing may
 * be skipped without a reason.
 */
import { fileURLToPath } from "node:url";
import { join, relative } from "node:path";
import { TestOutput, type TestSummary } from "./test_output.ts";

/**
 * What tests may do. They start servers and browsers, end them by what the system tells of them under `/proc`, for
 * which Deno asks for all; they are asked nothing.
 */
const PERMISSIONS = ["--allow-all", "--no-prompt"];

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/**
 * Runs `deno test` once.
 * @param write takes its output as it comes
 * @returns what it counted
 */
export async function runDenoTest(
  args: readonly string[],
  folder: string,
  write: (bytes: Uint8Array) => Promise<void> | void,
): Promise<TestSummary> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...PERMISSIONS, ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = new TestOutput();
  const decoder = new TextDecoder();
  for await (const bytes of child.stdout) {
    await write(bytes);
    output.push(decoder.decode(bytes, { stream: true }));
  }
  return output.summary((await child.status).success);
}

/** Standard output may be a slow pipe: a write may take a part only. */
async function writeOut(bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await Deno.stdout.write(bytes.subarray(written));
  }
}

/** The folders' doors, whose examples are run. */
async function doors(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) found.push(...await doors(path));
    else if (entry.name === "mod.ts") found.push(path);
  }
  return found.sort();
}

async function main(paths: readonly string[]): Promise<number> {
  const runs = [await runDenoTest(paths.length > 0 ? paths : ["tests/"], ROOT, writeOut)];
  if (paths.length === 0) {
    const folders = ["kv", "vector", "actors", "ui"];
    const files = (await Promise.all(folders.map((name) => doors(join(ROOT, name))))).flat();
    console.log("\nExamples of the doors:");
    // Deno imports each door's exports into its example; those that it does not use would not pass the type check.
    runs.push(
      await runDenoTest(
        ["--doc", "--no-check", ...files.map((file) => relative(ROOT, file))],
        ROOT,
        writeOut,
      ),
    );
  }
  const sum = (count: (run: TestSummary) => number) => runs.reduce((total, run) => total + count(run), 0);
  const skipped = runs.flatMap((run) => run.skipped);
  if (skipped.length > 0) console.log("\nSkipped:");
  for (const { name, reason } of skipped) console.log(`  ${name}: ${reason ?? "it gives no reason"}`);
  for (const problem of runs.flatMap((run) => run.problems)) console.log(`\n${problem}`);
  const [passed, failed, ignored] = [
    sum((run) => run.passed),
    sum((run) => run.failed),
    sum((run) => run.ignored),
  ];
  const silent = Deno.env.get("TELOS_REQUIRE_PARTS") === "1" && skipped.some(({ reason }) => reason === null);
  if (silent) {
    console.log("\nTELOS_REQUIRE_PARTS=1, but a test was skipped without a reason: that is a failure.");
  }
  console.log(`\n${passed} passed, ${failed} failed, ${ignored} skipped`);
  return failed === 0 && passed > 0 && !silent ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
