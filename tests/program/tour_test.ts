import assert from "node:assert/strict";
import { join } from "node:path";
import { testWithParts } from "../support/parts.ts";
import { modelsFolder, root, Telos } from "./telos.ts";

/** The lines of the first block of commands below a heading of the README. */
async function commandsBelow(heading: string): Promise<string[]> {
  const readme = await Deno.readTextFile(join(root, "README.md"));
  const [, section] = readme.split(`\n## ${heading}\n`);
  assert.ok(section, `the README has no heading "${heading}"`);
  const [, block] = /\n```sh\n([\s\S]*?)\n```/.exec(section) ?? [];
  assert.ok(block, `the README has no commands below "${heading}"`);
  return block.split("\n").filter((line) => line.trim() !== "");
}

interface Shown {
  /** How the line begins. */
  readonly line: string;
  readonly code?: number;
  readonly out?: RegExp;
  readonly err?: RegExp;
}

/** What each line of the tour must show, in its order: what its comment says, where it has one. */
const TOUR: readonly Shown[] = [
  { line: "deno task telos send square area", out: /^25$/ },
  { line: "deno task telos set square width 6", out: /width = 6/ },
  { line: "deno task telos send square area", out: /^30$/ },
  { line: "deno task telos undo", out: /^Undone/ },
  { line: "deno task telos send counter increment", out: /^1$/ },
  {
    line: "echo '(self) => self.send(\"greet\").toUpperCase()' | deno task telos set greeter shout",
    out: /shout\(\)/,
  },
  { line: "deno task telos send greeter shout", out: /^HELLO, WORLD!$/ },
  {
    line: "deno task telos send greeter shuot",
    code: 1,
    err: /"greeter" does not understand "shuot".*shout/s,
  },
  { line: "deno task telos send shape perimeter", out: /proposal 1/ },
  { line: "deno task telos proposals", out: /proposal 1[\s\S]*perimeter/ },
  { line: 'deno task telos approve "proposal 1"', out: /14/ },
  { line: 'deno task telos remember "We watched the lighthouse', out: /^Remembered as / },
  { line: 'deno task telos remember "The boiler', out: /^Remembered as / },
  { line: 'deno task telos recall "an evening by the sea"', out: /^[^\n]*lighthouse/ },
  { line: 'deno task telos recall --why "the pier"', out: /^[^\n]*lighthouse/ },
  { line: 'deno task telos question "what fills doc in genesis"', out: /^The root of everything/ },
  {
    line: 'deno task telos ask "What did we do at the coast?"',
    out: /lighthouse/,
    err: /Memories used by \w+.*lighthouse/s,
  },
  { line: 'deno task telos clone square --name "my square"', out: /^my square/ },
  { line: 'deno task telos inspect "my square"', out: /width = 5/ },
  { line: "deno task telos history", out: /\n.*\n.*\n/ },
];

testWithParts("PR50 the README's tour works as it is written", modelsFolder, async (models) => {
  await using telos = await Telos.create({ models });
  const lines = await commandsBelow("Five minutes with it");
  assert.equal(lines.length, TOUR.length, "the tour has other lines than this test knows");
  const server = await telos.start();
  for (const [at, line] of lines.entries()) {
    const { line: begin, code = 0, out = /^/, err = /^/ } = TOUR[at]!;
    assert.ok(line.startsWith(begin), `line ${at + 1} of the tour is not the one this test knows: ${line}`);
    const ended = await telos.shell(line);
    assert.equal(ended.code, code, `${line}: ${ended.err}`);
    assert.match(ended.out.trimEnd(), out, line);
    assert.match(ended.err, err, line);
  }
  assert.equal(await telos.did("send", "square", "area"), "25\n", "the undo of the tour took the width back");
  assert.equal((await server.stop()).code, 0);
});
