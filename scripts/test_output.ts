/**
 * Reads the output of `deno test` as it comes: what was counted, and which tests were skipped for which reason. A run
 * that says it failed, or does not end in a count, counts as a failure even when no test of it did.
 */

export interface SkippedTest {
  readonly name: string;
  /** Null when it printed none. */
  readonly reason: string | null;
}

export interface TestSummary {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
  readonly skipped: readonly SkippedTest[];
  /** What is wrong with the run itself, in words. */
  readonly problems: readonly string[];
}

const STEPS = String.raw`(?: \(\d+ steps?\))?`;
const COUNTS = new RegExp(
  String.raw`^(?:ok|FAILED) \| (\d+) passed${STEPS} \| (\d+) failed${STEPS}(?: \| (\d+) ignored${STEPS})?`,
);
const IGNORED = /^(\S.*) \.\.\. ignored \(\d+\s?[a-zµ]+\)$/;
/** What a test that skips itself prints: `skipped: NAME: REASON`. */
const REASON = /^skipped: (.*)$/;
/** What Deno says of a file that ended itself while it was loaded; it goes on without the file's tests. */
const EXITED = /^note \S+ called `Deno\.exit\(/;
const LINE_LENGTH_MAX = 10_000;

/** Feed it with `push`, then ask for the `summary` once. */
export class TestOutput {
  #rest = "";
  #counts: readonly [number, number, number] | null = null;
  readonly #ignored: string[] = [];
  readonly #reasons: string[] = [];
  readonly #exits: string[] = [];

  push(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!.slice(-LINE_LENGTH_MAX);
    for (const line of lines) this.#read(line.trimEnd());
  }

  /** @param succeeded whether the run's exit code was 0 */
  summary(succeeded: boolean): TestSummary {
    this.push("\n");
    const skipped = this.#ignored.map((name) => ({ name, reason: this.#reasonOf(name) }));
    if (this.#counts === null) {
      const problems = ["The test run ended without its count: it did not get as far as running every test."];
      return { passed: 0, failed: 1, ignored: skipped.length, skipped, problems };
    }
    const [passed, failed, ignored] = this.#counts;
    const problems = [...this.#exits];
    if (!succeeded && failed === 0) {
      problems.push("The test run failed, though no test of it did: the lines above say why.");
    }
    return { passed, failed: failed + problems.length, ignored, skipped, problems };
  }

  #read(line: string): void {
    const counts = COUNTS.exec(line);
    if (counts !== null) this.#counts = [Number(counts[1]), Number(counts[2]), Number(counts[3] ?? 0)];
    const ignored = IGNORED.exec(line);
    if (ignored !== null) this.#ignored.push(ignored[1]!);
    if (EXITED.test(line)) this.#exits.push(line);
    const reason = REASON.exec(line);
    if (reason !== null) this.#reasons.push(reason[1]!);
  }

  #reasonOf(name: string): string | null {
    const said = this.#reasons.find((reason) => reason.startsWith(`${name}: `));
    return said === undefined ? null : said.slice(name.length + 2);
  }
}
