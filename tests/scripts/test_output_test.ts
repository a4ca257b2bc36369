/** What the test run counts, from texts and from a real `deno test`. */
import assert from "node:assert/strict";
import { runDenoTest } from "../../scripts/run_tests.ts";
import { TestOutput } from "../../scripts/test_output.ts";

function read(text: string, succeeded: boolean) {
  const output = new TestOutput();
  // In pieces, as a pipe hands it on.
  for (let at = 0; at < text.length; at += 7) output.push(text.slice(at, at + 7));
  return output.summary(succeeded);
}

/** The output of a run within a run is not this run's. */
const unheard = () => {};

Deno.test("TO6 The count is the one that deno test gives at its end", () => {
  const text = "a ... ok (3ms)\n\nok | 12 passed (4 steps) | 0 failed | 1 ignored (152ms)\n\n";
  const { passed, failed, ignored, problems } = read(text, true);
  assert.deepEqual({ passed, failed, ignored, problems }, {
    passed: 12,
    failed: 0,
    ignored: 1,
    problems: [],
  });
  assert.equal(read("FAILED | 2 passed (1 step) | 3 failed (1 step) | 1 ignored (9s)\n", false).failed, 3);
});

Deno.test("TO7 A run without a count has failed, and so has one that says so though no test did", () => {
  const cut = read("a ... ok (3ms)\n", false);
  assert.equal(cut.failed, 1);
  assert.match(cut.problems[0]!, /ended without its count/);
  const said = read("ok | 12 passed | 0 failed (152ms)\n", false);
  assert.equal(said.failed, 1);
  assert.match(said.problems[0]!, /failed, though no test of it did/);
});

Deno.test("TO8 A skipped test is listed with the reason that it printed, or with none", () => {
  const text = "skipped: OR9 a real answer: ollama is not built yet; run parts/ollama once\n" +
    "OR9 a real answer ... ignored (0ms)\nUI3 a pane ... ignored (12µs)\nok | 1 passed | 0 failed | 2 ignored (1s)\n";
  assert.deepEqual(read(text, true).skipped, [
    { name: "OR9 a real answer", reason: "ollama is not built yet; run parts/ollama once" },
    { name: "UI3 a pane", reason: null },
  ]);
});

Deno.test("TO6 TO7 A real run is counted: what passes, what fails, and a file that cannot be loaded", async () => {
  const folder = await Deno.makeTempDir({ prefix: "telos-tests-" });
  try {
    const test = (name: string, body: string) => `Deno.test("${name}", () => {${body}});\n`;
    await Deno.writeTextFile(`${folder}/one_test.ts`, test("a", "") + test("b", `throw new Error("no");`));
    const first = await runDenoTest(["--quiet"], folder, unheard);
    assert.deepEqual([first.passed, first.failed], [1, 1]);
    await Deno.writeTextFile(`${folder}/one_test.ts`, test("a", ""));
    await Deno.writeTextFile(`${folder}/two_test.ts`, `throw new Error("it cannot be loaded");\n`);
    const second = await runDenoTest(["--quiet"], folder, unheard);
    assert.deepEqual([second.passed, second.failed], [1, 1]);
    await Deno.writeTextFile(`${folder}/two_test.ts`, `Deno.exit(0);\n`);
    assert.ok(
      (await runDenoTest(["--quiet"], folder, unheard)).failed > 0,
      "a test that ends the run is no success",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
