/** Each house rule fires on a small project that breaks it, and on nothing else. */
import assert from "node:assert/strict";
import { tidy } from "../../scripts/tidy.ts";
import { makeProject } from "../../scripts/tidy/project.ts";

/** A project that keeps every rule. */
const clean: Readonly<Record<string, string>> = {
  "main.ts": `/** The program. */\nimport { serve } from "./ui/server/mod.ts";\nserve();\n`,
  "ui/protocol.ts": `/** The contract. */\nexport const VERSION = 1;\n`,
  "ui/server/mod.ts": `/** The server. */\nexport { serve } from "./serve.ts";\n`,
  "ui/server/serve.ts": `/** Serves. */
import { VERSION } from "../protocol.ts";
import { wake } from "../../actors/world/mod.ts";
/** Serves. */
export function serve() {
  return wake(VERSION);
}
`,
  "ui/canvas/main.tsx":
    `/** The page. */\nimport { VERSION } from "../protocol.ts";\nconsole.log(VERSION);\n`,
  "actors/world/mod.ts": `/** The world. */\nexport { wake } from "./wake.ts";\n`,
  "actors/world/wake.ts":
    `/** Wakes. */\nimport { put } from "../../kv/mod.ts";\nexport const wake = (n: number) => put(n);\n`,
  "actors/SPEC.md": "- AC1 It wakes.\n",
  "kv/mod.ts": `/** The store. */\nexport { put } from "./put.ts";\n`,
  "kv/put.ts": `/** Puts. */\nexport const put = (n: number) => n;\n`,
  "tests/actors/wake_test.ts":
    `import { wake } from "../../actors/world/wake.ts";\nDeno.test("AC1 It wakes", () => void wake(1));\n`,
};

/** `path:line rule message` of every violation, once the project is changed in one place. */
function violations(changed: Readonly<Record<string, string>> = {}): string[] {
  const project = makeProject(new Map(Object.entries({ ...clean, ...changed })));
  return tidy(project).map(({ path, line, rule, message }) => `${path}:${line} ${rule} ${message}`);
}

/** Exactly one violation, which begins like this. */
function breaks(changed: Readonly<Record<string, string>>, expected: string): void {
  const found = violations(changed);
  assert.equal(found.length, 1, found.join("\n"));
  assert.ok(found[0]!.startsWith(expected), found[0]);
}

const withLines = (path: string, ...lines: string[]) => ({ [path]: clean[path]! + lines.join("\n") + "\n" });
/** In two parts, so that this file keeps the rules itself. */
const word = (...parts: string[]) => parts.join("");

Deno.test("TO10 A project that keeps the rules has no violation", () => {
  assert.deepEqual(violations(), []);
});

Deno.test("TO10 An import that points upwards is found", () => {
  breaks(
    withLines("kv/put.ts", `import type { VERSION } from "../ui/protocol.ts";`, "console.log<VERSION>;"),
    "kv/put.ts:3 direction kv/ must not import ui/protocol.ts",
  );
});

Deno.test("TO10 The canvas may import the contract and nothing else", () => {
  breaks(
    withLines("ui/canvas/main.tsx", `import { serve } from "../server/mod.ts";`, "serve();"),
    "ui/canvas/main.tsx:4 direction the canvas imports only ui/protocol.ts",
  );
});

Deno.test("TO10 main.ts is imported by nobody", () => {
  breaks(
    withLines("tests/actors/wake_test.ts", `import "../../main.ts";`),
    "tests/actors/wake_test.ts:3 direction main.ts is imported by nobody",
  );
});

Deno.test("TO10 An import of a file that is not there is found", () => {
  breaks(withLines("kv/put.ts", `import "./gone.ts";`), `kv/put.ts:3 import "./gone.ts" is not there`);
});

Deno.test("TO11 A folder entered past its door is found, by the program and not by its tests", () => {
  breaks(
    withLines("ui/server/serve.ts", `import "../../actors/world/wake.ts";`),
    "ui/server/serve.ts:8 door actors/world/wake.ts is entered through actors/world/mod.ts",
  );
});

Deno.test("TO11 A door that holds code of its own is found", () => {
  breaks(withLines("kv/mod.ts", "console.log(1);"), "kv/mod.ts:3 door a mod.ts only re-exports");
});

Deno.test("TO12 A circle of imports is found, one of types is not", () => {
  const wake = (kind: string) => ({
    "actors/world/wake.ts": `/** Wakes. */
import { put } from "../../kv/mod.ts";
import ${kind}{ nap } from "./nap.ts";
type Nap = typeof nap;
console.log([] as Nap[]);
export const wake = (n: number) => put(n);
`,
    "actors/world/nap.ts":
      `/** Naps. */\nimport { wake } from "./wake.ts";\nexport const nap = () => wake(1);\n`,
  });
  breaks(
    wake(""),
    "actors/world/nap.ts:1 cycle actors/world/wake.ts → actors/world/nap.ts → actors/world/wake.ts",
  );
  assert.deepEqual(violations(wake("type ")), []);
});

Deno.test("TO13 A file without its opening words is found", () => {
  breaks({ "kv/put.ts": "export const put = (n: number) => n;\n" }, "kv/put.ts:1 doc ");
});

Deno.test("TO13 A name that is not snake_case is found", () => {
  breaks({
    "kv/mod.ts": `/** The store. */\nexport { put } from "./putIt.ts";\n`,
    "kv/putIt.ts": clean["kv/put.ts"]!,
    "kv/put.ts": `/** Else dead. */\nexport {};\n`,
    "main.ts": clean["main.ts"]!.replace("serve();", `serve("./kv/put.ts");`),
  }, "kv/putIt.ts:1 name ");
});

Deno.test("TO13 Above 300 lines a reason is wanted, above 500 none helps", () => {
  const lines = (count: number) => "// so on\n".repeat(count);
  breaks({ "kv/put.ts": clean["kv/put.ts"]! + lines(300) }, "kv/put.ts:1 length 302 lines");
  const reasoned = clean["kv/put.ts"]!.replace("Puts.", "Puts. Long as it is a table.");
  assert.deepEqual(violations({ "kv/put.ts": reasoned + lines(300) }), []);
  breaks({ "kv/put.ts": reasoned + lines(500) }, "kv/put.ts:1 length 502 lines: more than 500");
});

Deno.test("TO14 Words of unfinished work are found, whole words only", () => {
  const banned = [word("TO", "DO"), word("FIX", "ME"), word("not imple", "mented"), word("@ts-", "ignore")];
  for (const each of banned) {
    breaks(withLines("kv/put.ts", `// ${each}`), `kv/put.ts:3 word "${each}"`);
  }
  assert.deepEqual(violations(withLines("kv/put.ts", `// ${word("TO", "DO")}S`)), []);
});

Deno.test("TO15 Constructs that the house does not use are found where they stand", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["export default 1;", "default"],
    [word("en", "um Kind { A }"), "enum"],
    [`put(1 as ${word("an", "y")});`, "any"],
    [`try { put(1); } catch ${"{}"}`, "catch"],
    ["Promise.resolve().catch(() => {});", "catch"],
    ["let last = 0;", "state"],
    ["const seen = new Map<string, number>();", "state"],
    ["const seen: string[] = [];", "state"],
    ["const seen: Record<string, number> = {};", "state"],
  ];
  for (const [line, rule] of cases) breaks(withLines("kv/put.ts", line), `kv/put.ts:3 ${rule} `);
  const renamed = violations(withLines("kv/put.ts", "export { put as default };"));
  assert.ok(renamed.some((each) => each.startsWith("kv/put.ts:3 default ")), renamed.join("\n"));
  for (const line of ["const none: readonly string[] = [];", `const some = new Set(["a"]);`]) {
    assert.deepEqual(violations(withLines("kv/put.ts", line)), []);
  }
});

Deno.test("TO15 A catch that says why nothing is to be done is kept", () => {
  assert.deepEqual(
    violations(withLines("kv/put.ts", "Promise.resolve().catch(() => {/* The other side says it. */});")),
    [],
  );
});

Deno.test("TO15 A test that is left out by itself is found", () => {
  const name = `"AC1 It wakes"`;
  const cases = [
    `Deno.test.${word("on", "ly")}(${name}, () => {});`,
    `Deno.test.${word("ign", "ore")}(${name}, () => {});`,
    `Deno.test({ name: ${name}, ${word("ign", "ore")}: true, fn() {} });`,
  ];
  for (const line of cases) {
    breaks(withLines("tests/actors/wake_test.ts", line), "tests/actors/wake_test.ts:3 skip ");
  }
});

Deno.test("TO15 A pure folder that touches the clock or chance is found", () => {
  const kernel = (body: string) => ({
    "vector/mod.ts": `/** Numbers. */\nexport { turn } from "./hypervector/turn.ts";\n`,
    "vector/hypervector/turn.ts": `/** Turns. */\nexport const turn = () => ${body};\n`,
    "kv/put.ts": clean["kv/put.ts"]!,
    "actors/world/wake.ts": clean["actors/world/wake.ts"]! +
      `import { turn } from "../../vector/mod.ts";\nconsole.log(turn());\n`,
  });
  breaks(kernel("Math.random()"), "vector/hypervector/turn.ts:2 kernel ");
  for (const body of ["Date.now()", "new Date()", "crypto.randomUUID()", 'fetch("x")', "setTimeout(turn)"]) {
    breaks(kernel(body), "vector/hypervector/turn.ts:2 kernel ");
  }
  assert.deepEqual(violations(kernel("new Date(0)")), []);
  assert.deepEqual(violations(kernel("Math.cos(1)")), []);
});

Deno.test("TO16 A file that nothing reaches is found, and one that only tests reach", () => {
  const path = "kv/spare.ts";
  const spare = { [path]: `/** Spare. */\nexport const spare = () => spare;\n` };
  breaks(spare, "kv/spare.ts:1 dead-file nothing reaches this file");
  breaks(
    { ...spare, ...withLines("tests/actors/wake_test.ts", `import "../../kv/spare.ts";`) },
    "kv/spare.ts:1 dead-file only tests reach this file",
  );
  assert.deepEqual(
    violations({ ...spare, ...withLines("kv/put.ts", `console.log(new URL("spare.ts", import.meta.url));`) }),
    [],
  );
});

Deno.test("TO17 An export that nobody uses is found, also behind a door", () => {
  const unused = `export const take = (n: number) => n;`;
  breaks(withLines("kv/put.ts", unused), `kv/put.ts:3 dead-export nothing uses "take"`);
  const door = clean["kv/mod.ts"]!.replace("{ put }", "{ put, take }");
  breaks(
    { ...withLines("kv/put.ts", unused), "kv/mod.ts": door },
    `kv/put.ts:3 dead-export nothing uses "take"`,
  );
});

Deno.test("TO18 A rule without a test, a test without a rule, and a rule in two places are found", () => {
  breaks(
    { "actors/SPEC.md": "- AC1 It wakes.\n- AC2 It sleeps.\n" },
    "actors/SPEC.md:2 spec no test shows AC2",
  );
  breaks(
    withLines("tests/actors/wake_test.ts", `Deno.test("AC7 It dreams", () => {});`),
    "tests/actors/wake_test.ts:3 spec a test names AC7, but no SPEC.md has it",
  );
  for (const test of [`Deno.test("It dreams", () => {});`, `Deno.test({ name: "It dreams", fn() {} });`]) {
    breaks(
      withLines("tests/actors/wake_test.ts", test),
      "tests/actors/wake_test.ts:3 spec a test names no rule",
    );
  }
  breaks({ "actors/SPEC.md": "- AC1 It wakes.\n- AC1 Again.\n" }, "actors/SPEC.md:2 spec AC1 stands in");
  breaks({ "ui/SPEC.md": "- AC1 It wakes.\n" }, "ui/SPEC.md:1 spec AC1 stands in actors/SPEC.md:1 too");
});

Deno.test("TO19 A path or a package server of one machine is found in any file", () => {
  const places = [word("/wo", "rk/main"), word("/ro", "ot/.cache"), word("https://py", "pi.org/simple")];
  for (const place of places) {
    breaks({ "NOTES.md": `See ${place}.\n` }, "NOTES.md:1 machine ");
  }
  assert.deepEqual(violations({ "NOTES.md": "See https://example.org/network/.\n" }), []);
});
