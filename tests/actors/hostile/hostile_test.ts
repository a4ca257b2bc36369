/** Every hostile program: a named error within its limit plus 250 ms, and the host and the next call are unharmed. */
import assert from "node:assert/strict";
import { MethodError, SandboxLimitError } from "../../../actors/sandbox/mod.ts";
import type { Sandbox, SandboxAnswer } from "../../../actors/sandbox/mod.ts";
import { runSource, startSandbox } from "../sandbox/fixture.ts";
import type { HostileProgram } from "./hostile_program.ts";

const DEADLINE_MS = 300;
const GRACE_MS = 250;

const programs: { file: string; program: HostileProgram }[] = [];
for (const { name } of Deno.readDirSync(new URL(".", import.meta.url))) {
  if (!name.endsWith(".ts") || name.startsWith("hostile_")) continue;
  const { program } = await import(new URL(name, import.meta.url).href) as { program: HostileProgram };
  programs.push({ file: name, program });
}
programs.sort((one, other) => one.file < other.file ? -1 : 1);

async function outcomeOf(sandbox: Sandbox, program: HostileProgram): Promise<unknown> {
  try {
    const { effects, grants = [] } = program;
    return await runSource(sandbox, program.source, {
      limits: { deadlineMs: DEADLINE_MS, ...program.limits },
      grants,
      ...(effects === undefined ? {} : { effects }),
    });
  } catch (error) {
    return error;
  }
}

function check(program: HostileProgram, outcome: unknown): void {
  const { expect } = program;
  if ("value" in expect) {
    if (outcome instanceof Error) throw outcome;
    const { value, intents } = outcome as SandboxAnswer;
    assert.deepEqual(value, expect.value);
    if (expect.intents !== undefined) assert.deepEqual(intents, expect.intents);
  } else if (expect.error === "sandbox_limit") {
    assert.ok(outcome instanceof SandboxLimitError, `it came out as ${outcome}`);
    assert.ok(expect.limits.some((limit) => limit === outcome.limit), `it met the limit "${outcome.limit}"`);
  } else {
    assert.ok(outcome instanceof MethodError, `it came out as ${outcome}`);
    assert.match(outcome.message, new RegExp(expect.words ?? "failed", "s"));
    assert.ok(outcome.message.length < 20_000);
  }
}

Deno.test("SB20 No hostile program escapes, harms the server, or outlives its limit", async (test) => {
  const sandbox = startSandbox({ poolSize: 1 });
  try {
    await runSource(sandbox, "(self) => 1");
    for (const { file, program } of programs) {
      await test.step(`${file}: ${program.title}`, async () => {
        const startedMs = performance.now();
        const outcome = await outcomeOf(sandbox, program);
        const tookMs = performance.now() - startedMs;
        check(program, outcome);
        const limitMs = (program.limits?.deadlineMs ?? DEADLINE_MS) + GRACE_MS;
        assert.ok(tookMs <= limitMs, `it took ${Math.round(tookMs)} ms of ${limitMs}`);
        const next = program.next ?? { source: "(self) => self.send('up')", value: 2 };
        assert.deepEqual((await runSource(sandbox, next.source)).value, next.value);
      });
    }
    assert.ok(programs.length >= 100, `only ${programs.length} programs were found`);
    assert.equal(sandbox.status.failures, 0, "a program brought its process down");
  } finally {
    await sandbox.close();
  }
});
