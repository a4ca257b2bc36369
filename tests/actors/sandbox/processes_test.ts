/** Sandbox processes that die, hang, lie or can do what they must not. */
import assert from "node:assert/strict";
import { SandboxBreachError, SandboxUnavailableError } from "../../../actors/sandbox/mod.ts";
import type { Sandbox } from "../../../actors/sandbox/mod.ts";
import { spawnChild } from "../../../actors/system/assets.ts";
import { hostOf, method, object, reference, runSource, startSandbox } from "./fixture.ts";

const runner = new URL("unsound_runner.ts", import.meta.url).pathname;
const config = new URL("../../../deno.json", import.meta.url).pathname;

function spawnUnsound(way: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--frozen", "--cached-only", `--config=${config}`, runner, way],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!condition()) {
    assert.ok(performance.now() < endMs, `it never came to: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function ended(sandbox: Sandbox, options: { effects?: readonly [] } = {}): Promise<unknown> {
  try {
    return await runSource(sandbox, "(self) => 1", options).catch((error: unknown) => error);
  } finally {
    await sandbox.close();
  }
}

Deno.test("SB21 A process that can read a file is refused, and the status says why", async () => {
  const sandbox = startSandbox({ spawn: () => spawnUnsound("reads") });
  await until("backing off", () => sandbox.status.state === "backing_off");
  assert.match(sandbox.status.reason ?? "", /power to: read/);
  const error = await ended(sandbox);
  assert.ok(error instanceof SandboxUnavailableError, String(error));
  assert.equal(error.retryable, true);
  assert.match(error.message, /power to: read/);
});

Deno.test("SB21 The real process under the host's own permissions is still refused nothing to read: it gave them up", async () => {
  const program = new URL("../../../actors/sandbox/runner.ts", import.meta.url).pathname;
  const sandbox = startSandbox({
    spawn: () =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--quiet", "--frozen", "--cached-only", `--config=${config}`, program],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
  });
  const answer = await ended(sandbox) as { value: unknown };
  assert.equal(answer.value, 1, String(answer));
});

Deno.test("SB22 Processes that keep dying are started again ever later, with the reason in view", async () => {
  let started = 0;
  const startedAtMs: number[] = [];
  const sandbox = startSandbox({
    spawn: () => {
      started++;
      startedAtMs.push(performance.now());
      return spawnUnsound("dies");
    },
  });
  await until("three deaths", () => sandbox.status.failures >= 3);
  assert.match(sandbox.status.reason ?? "", /ended with code 3/);
  const first = startedAtMs[1]! - startedAtMs[0]!;
  const second = startedAtMs[2]! - startedAtMs[1]!;
  assert.ok(first >= 100 && second >= 200, `it waited ${first} and ${second} ms`);
  assert.ok(started <= 4);
  const error = await ended(sandbox);
  assert.ok(error instanceof SandboxUnavailableError, String(error));
});

Deno.test("SB22 What a process said when it died is one line, without colours, stack and paths", async () => {
  const sandbox = startSandbox({ spawn: () => spawnUnsound("throws") });
  await until("a death", () => sandbox.status.failures >= 1);
  assert.match(
    sandbox.status.reason ?? "",
    /its process ended with code 1: Uncaught \(in promise\) Error: no room at unsound_runner\.ts$/,
  );
  await sandbox.close();
});

Deno.test("SB22 A spawn that is not permitted is a reason like any other", async () => {
  const sandbox = startSandbox({
    spawn: () => {
      throw new Deno.errors.NotCapable("run access is missing");
    },
  });
  await until("backing off", () => sandbox.status.state === "backing_off");
  const error = await ended(sandbox);
  assert.ok(
    error instanceof SandboxUnavailableError && /run access is missing/.test(error.message),
    String(error),
  );
});

Deno.test("SB22 A process that never gets ready is given up", async () => {
  const sandbox = startSandbox({ spawn: () => spawnUnsound("silent"), startTimeoutMs: 400 });
  await until("backing off", () => sandbox.status.state === "backing_off");
  assert.match(sandbox.status.reason ?? "", /not ready within 400 ms/);
  await sandbox.close();
});

Deno.test("SB23 What a process says that no sound one can say is a breach; it is killed and nothing is used", async (test) => {
  const ways = [
    ["writes_unshown", /would write "secret"/],
    ["refers_unshown", /reference to "secret"/],
    ["writes_parents", /would write "parent\*"/],
    ["writes_undeclared", /without the declared effect "writes_self"/, []],
    ["writes_native", /key "\$native"/],
    ["reads_unshown", /asked for "secret"/],
    ["calls_unshown", /called "steal"/],
    ["misses_unshown", /sent "steal" to "secret"/],
    ["misses_with_unshown", /reference to "secret"/],
    ["other_call", /said "result" in the middle/],
    ["wrong_shape", /protocol/],
    ["garbage", /protocol/],
    ["giant_frame", /frame must be/],
  ] as const;
  for (const [way, words, effects] of ways) {
    await test.step(way, async () => {
      const sandbox = startSandbox({ spawn: () => spawnUnsound(way) });
      const error = await ended(sandbox, effects === undefined ? {} : { effects });
      assert.ok(error instanceof SandboxBreachError, String(error));
      assert.match(error.message, words);
      assert.equal(error.code, "sandbox_breach");
    });
  }
});

Deno.test("SB25 A process killed in mid-call is a retryable error, and the next call runs on another", async () => {
  const children: Deno.ChildProcess[] = [];
  const sandbox = startSandbox({
    spawn: () => {
      const child = spawnChild("sandbox");
      children.push(child);
      return child;
    },
    poolSize: 1,
  });
  try {
    await until("two warm processes", () => sandbox.status.idle >= 1);
    const it = object("it", {
      go: method("(self) => self.get('friend').get('age')"),
      friend: reference("friend"),
    });
    const host = hostOf([it]);
    const killed = sandbox.run({ receiver: "it", selector: "go", arguments: [], objects: [it] }, {
      ...host,
      read: (oid) => {
        children[0]!.kill("SIGKILL");
        return new Promise((resolve) => setTimeout(() => resolve(host.read(oid)), 300));
      },
    });
    const error = await killed.catch((error: unknown) => error);
    assert.ok(error instanceof SandboxUnavailableError, String(error));
    assert.equal(error.retryable, true);
    assert.match(error.message, /SIGKILL/);
    assert.equal((await runSource(sandbox, "(self) => 1")).value, 1);
  } finally {
    await sandbox.close();
  }
});

Deno.test("SB25 A process killed while it rests is replaced before anybody needs it", async () => {
  const children: Deno.ChildProcess[] = [];
  const sandbox = startSandbox({
    spawn: () => {
      const child = spawnChild("sandbox");
      children.push(child);
      return child;
    },
  });
  try {
    await until("a warm process", () => sandbox.status.idle === 1);
    children[0]!.kill("SIGKILL");
    await until("another", () => children.length === 2 && sandbox.status.idle === 1);
    assert.equal((await runSource(sandbox, "(self) => 1")).value, 1);
    assert.equal(sandbox.status.failures, 0);
  } finally {
    await sandbox.close();
  }
});
