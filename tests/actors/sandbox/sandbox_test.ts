/** What a method may do, what comes out of it, and what it cannot take with it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  MethodError,
  SandboxBreachError,
  SandboxLimitError,
  SandboxUnavailableError,
  UndeclaredEffectError,
} from "../../../actors/sandbox/mod.ts";
import type { Effect } from "../../../actors/object/mod.ts";
import type { Sandbox, SandboxObject } from "../../../actors/sandbox/mod.ts";
import { data, hostOf, method, native, object, reference, runSource, startSandbox } from "./fixture.ts";

/** One sandbox for the tests that leave it as it was. */
function sandboxTest(name: string, body: (sandbox: Sandbox) => Promise<void>): void {
  Deno.test(name, async () => {
    const sandbox = startSandbox({ poolSize: 2 });
    try {
      await body(sandbox);
    } finally {
      await sandbox.close();
    }
  });
}

async function send(sandbox: Sandbox, objects: SandboxObject[], selector = "go", shown = objects) {
  return await sandbox.run(
    { receiver: objects[0]!.oid, selector, arguments: [], objects: shown },
    hostOf(objects),
  );
}

sandboxTest("SB1 A method sees its receiver, its arguments and what it wrote itself", async (sandbox) => {
  const it = object("it", {
    go: method(`(self, amount, factor) => {
      self.set("count", (self.get("count") + amount) * factor);
      self.set("friend", self);
      self.remove("items");
      return [self.get("count"), self.get("friend") === self, self.has("items"), self.oid, self.name];
    }`),
    count: data(1),
    items: data([1]),
  });
  const answer = await sandbox.run(
    { receiver: "it", selector: "go", arguments: [2, 10], objects: [it] },
    hostOf([it]),
  );
  assert.deepEqual(answer.value, [30, true, false, "it", "it"]);
  assert.deepEqual(answer.intents, [
    { kind: "set_slot", oid: "it", slot: "count", value: 30 },
    { kind: "set_slot", oid: "it", slot: "friend", value: { $ref: "it" } },
    { kind: "remove_slot", oid: "it", slot: "items" },
  ]);
  assert.deepEqual(answer.read, ["it"]);
});

sandboxTest(
  "SB2 Parents are searched left to right, depth first, each once, with the receiver as self",
  async (sandbox) => {
    const objects = [
      object("it", { go: method("(self) => [self.send('who'), self.get('where')]"), id: data("it") }, [
        "left",
        "right",
      ]),
      object("left", {}, ["top"]),
      object("right", { who: method("() => 'right'"), where: data("right") }, ["top"]),
      object("top", { who: method("(self) => 'top for ' + self.get('id')"), where: data("top") }),
    ];
    assert.deepEqual((await send(sandbox, objects)).value, ["top for it", "top"]);
  },
);

sandboxTest("SB3 resend goes on behind the holder of the running method", async (sandbox) => {
  const objects = [
    object("it", { go: method("(self) => ['it', ...self.resend('go')]") }, ["left", "right"]),
    object("left", { go: method("(self) => ['left', ...self.resend('go')]") }, ["top"]),
    object("right", { go: method("(self) => ['right']") }, ["top"]),
    object("top", { go: method("(self) => ['top', ...self.resend('go')]") }),
  ];
  assert.deepEqual((await send(sandbox, objects)).value, ["it", "left", "top", "right"]);
});

sandboxTest("SB4 An object that was not shown is asked for when it is touched, once", async (sandbox) => {
  const friend = object("friend", { age: data(7), pet: reference("cat") });
  const it = object("it", {
    go: method(
      `(self) => { const friend = self.get("friend"); return [friend.get("age"), friend.get("age"), friend.get("pet")]; }`,
    ),
    friend: reference("friend"),
  });
  const host = hostOf([it, friend]);
  const answer = await sandbox.run({ receiver: "it", selector: "go", arguments: [], objects: [it] }, host);
  assert.deepEqual(answer.value, [7, 7, { $ref: "cat" }]);
  assert.deepEqual(host.asked, ["friend"]);
  assert.deepEqual(answer.read, ["it", "friend"]);
});

sandboxTest(
  "SB5 A native method sees the intents so far, and its changes are seen by the program",
  async (sandbox) => {
    const base = object("base", { grow: native("grow") });
    const it = object("it", {
      go: method(
        `(self) => { self.set("size", 2); const made = self.send("grow", [self, 5]); return [made, self.get("size")]; }`,
      ),
      size: data(1),
    }, ["base"]);
    const seen: unknown[] = [];
    const host = hostOf([it, base], {
      grow: (request) => {
        seen.push(request);
        const grown = { ...it, slots: { ...it.slots, size: data(20) } };
        return Promise.resolve({ value: { $ref: "made" }, changed: [grown] });
      },
    });
    const answer = await sandbox.run(
      { receiver: "it", selector: "go", arguments: [], objects: [it, base] },
      host,
    );
    assert.deepEqual(answer.value, [{ $ref: "made" }, 20]);
    assert.deepEqual(seen, [{
      kind: "native",
      receiver: "it",
      holder: "base",
      selector: "grow",
      native: "grow",
      arguments: [[{ $ref: "it" }, 5]],
      intents: [{ kind: "set_slot", oid: "it", slot: "size", value: 2 }],
      bounds: [],
    }]);
  },
);

sandboxTest(
  "SB6 Data comes out as a fresh copy; changing it changes no slot until it is set",
  async (sandbox) => {
    const answer = await runSource(
      sandbox,
      "(self) => { self.get('items').push(4); const items = self.get('items'); items.push(5); self.set('items', items); return self.get('items'); }",
    );
    assert.deepEqual(answer.value, [1, 2, 3, 5]);
  },
);

sandboxTest("SB7 JSON that goes in comes out equal, whatever it is", async (sandbox) => {
  await fc.assert(
    fc.asyncProperty(
      fc.jsonValue({ maxDepth: 6, noUnicodeString: false }).filter((value) =>
        !JSON.stringify(value).includes('"$')
      ),
      async (value) => {
        const given = JSON.parse(JSON.stringify(value));
        const it = object("it", {
          go: method("(self, x) => { self.set('kept', x); return [x, self.get('kept')]; }"),
        });
        const answer = await sandbox.run(
          { receiver: "it", selector: "go", arguments: [given], objects: [it] },
          hostOf([it]),
        );
        assert.deepEqual(answer.value, [given, given]);
      },
    ),
    // An own key "__proto__" was once lost on the way.
    { numRuns: 60, examples: [[JSON.parse('{"":{"__proto__":{"x":1}}}')]] },
  );
});

sandboxTest(
  "SB8 A method that throws is named with its words, its line and its receiver",
  async (sandbox) => {
    const objects = [
      object("it", { go: method("(self) => self.get('friend').send('work')"), friend: reference("friend") }),
      object("friend", { work: method("(self) => {\n  const tool = null;\n  return tool.use();\n}") }),
    ];
    const error = await send(sandbox, objects).catch((error: unknown) => error);
    assert.ok(error instanceof MethodError, String(error));
    assert.equal(error.code, "method_failed");
    assert.equal(error.retryable, false);
    assert.equal(error.receiver, "friend");
    assert.equal(error.selector, "work");
    assert.match(error.message, /cannot read property 'use' of null/);
    assert.match(error.programStack, /friend>>work:3:/);
    assert.match(error.programStack, /it>>go:1:/);
    assert.doesNotMatch(error.programStack, /prelude/);
  },
);

sandboxTest("SB9 A message that nobody understands says so, with receiver and selector", async (sandbox) => {
  const error = await runSource(sandbox, "(self) => self.send('fly', 1)").catch((error: unknown) => error);
  assert.ok(error instanceof MethodError, String(error));
  assert.deepEqual(error.details.notUnderstood, { receiver: "it", selector: "fly", arguments: [1] });
  assert.equal(
    (await runSource(sandbox, "(self) => { try { self.send('fly'); } catch (e) { return e.message; } }"))
      .value,
    '"it" does not understand "fly"',
  );
});

sandboxTest(
  "SB10 What the host throws reaches the program; uncaught it comes out as it was",
  async (sandbox) => {
    const refusal = Object.assign(new Error("the slot is guarded"), { code: "guarded" });
    const it = object("it", {
      go: method("(self) => self.send('grow')"),
      caught: method("(self) => { try { self.send('grow'); } catch (e) { return e.message; } }"),
      grow: native("grow"),
    });
    const host = hostOf([it], { grow: () => Promise.reject(refusal) });
    const call = { receiver: "it", arguments: [], objects: [it] };
    await assert.rejects(
      sandbox.run({ ...call, selector: "go" }, host),
      (error: unknown) => error === refusal,
    );
    assert.equal((await sandbox.run({ ...call, selector: "caught" }, host)).value, "the slot is guarded");
  },
);

sandboxTest(
  "SB11 A conflict that the host meets ends the call, whatever the program would catch",
  async (sandbox) => {
    const conflict = Object.assign(new Error("lost"), { retryable: true });
    const it = object("it", {
      go: method("(self) => { for (;;) { try { self.send('grow'); } catch { continue; } } }"),
      grow: native("grow"),
    });
    const host = hostOf([it], { grow: () => Promise.reject(conflict) });
    const call = { receiver: "it", selector: "go", arguments: [], objects: [it] };
    await assert.rejects(sandbox.run(call, host), (error: unknown) => error === conflict);
  },
);

sandboxTest("SB12 Time and chance are there when they are granted, and only then", async (sandbox) => {
  const source = "(self) => [typeof Date.now(), Math.random() < 1]";
  assert.deepEqual((await runSource(sandbox, source, { grants: ["clock", "random"] })).value, [
    "number",
    true,
  ]);
  await assert.rejects(runSource(sandbox, source, { grants: ["random"] }), /"clock" was not granted/);
  await assert.rejects(runSource(sandbox, source, { grants: ["clock"] }), /"random" was not granted/);
  await assert.rejects(runSource(sandbox, source), /was not granted/);
});

sandboxTest(
  "SB13 A source is checked without being run, and a mistake is placed by line and column",
  async (sandbox) => {
    assert.deepEqual(await sandbox.checkSource("(self, x) => self.get('y') * x // area"), { ok: true });
    assert.deepEqual(await sandbox.checkSource("function (self) { return 1; }"), { ok: true });
    const broken = await sandbox.checkSource("(self) => {\n  return 1 +;\n}");
    assert.ok(!broken.ok);
    assert.deepEqual([broken.line, broken.column], [2, 13]);
    assert.match(broken.message, /unexpected token/);
    for (
      const source of [
        "",
        "42",
        "self => 1, 2",
        "x => 1), (y => 2",
        "x => 1); evil(",
        "class {}",
        "{ }",
        "x => 1;",
      ]
    ) {
      const check = await sandbox.checkSource(source);
      assert.ok(!check.ok, `"${source}" was accepted`);
    }
    for (const source of ["async () => 1", "function* () {}"]) {
      const check = await sandbox.checkSource(source);
      assert.ok(!check.ok && /plain function/.test(check.message));
    }
    const endless = await sandbox.checkSource("(() => { for (;;); })()");
    assert.ok(!endless.ok);
    const deep = await sandbox.checkSource("[".repeat(200_000));
    assert.ok(!deep.ok);
    assert.equal((await runSource(sandbox, "(self) => 1")).value, 1);
  },
);

sandboxTest(
  "SB14 A cancelled call ends at once with the signal's reason, waiting or running",
  async (sandbox) => {
    const stop = new AbortController();
    const reason = new Error("the person left");
    const running = runSource(sandbox, "(self) => { for (;;); }", {
      signal: stop.signal,
      limits: { deadlineMs: 10_000 },
    });
    setTimeout(() => stop.abort(reason), 50);
    const startedMs = performance.now();
    await assert.rejects(running, (error: unknown) => error === reason);
    assert.ok(performance.now() - startedMs < 2_000);
    await assert.rejects(
      runSource(sandbox, "(self) => 1", { signal: stop.signal }),
      (error: unknown) => error === reason,
    );
    assert.equal((await runSource(sandbox, "(self) => 1")).value, 1);
  },
);

sandboxTest("SB15 Calls run side by side, and one that hangs holds up no other", async (sandbox) => {
  const hanging = runSource(sandbox, "(self) => { for (;;); }", { limits: { deadlineMs: 6_000 } })
    .catch((error: unknown) => error);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => runSource(sandbox, `(self) => ${n} + self.get("count")`)),
  );
  assert.deepEqual(answers.map((answer) => answer.value), Array.from({ length: 50 }, (_, n) => n + 1));
  assert.ok(sandbox.status.busy === 1, "the hanging one had ended before the others were done");
  assert.ok(await hanging instanceof SandboxLimitError);
});

sandboxTest(
  "SB16 Limits beyond the ceilings, and unknown ones, are refused before anything runs",
  async (sandbox) => {
    await assert.rejects(
      runSource(sandbox, "(self) => 1", { limits: { deadlineMs: 1e9 } }),
      /deadlineMs must be > 0 and <= 60000/,
    );
    await assert.rejects(runSource(sandbox, "(self) => 1", { limits: { sends: Number.NaN } }), RangeError);
    const other = { colour: 1 } as unknown as Record<string, never>;
    await assert.rejects(runSource(sandbox, "(self) => 1", { limits: other }), /"colour" is not a limit/);
  },
);

sandboxTest("SB17 Time in which the host is at work is not the program's", async (sandbox) => {
  const it = object("it", { go: method("(self) => self.send('wait')"), wait: native("wait") });
  const host = hostOf([it], {
    wait: async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      return { value: "waited", changed: [] };
    },
  });
  const call = { receiver: "it", selector: "go", arguments: [], objects: [it], limits: { deadlineMs: 200 } };
  assert.equal((await sandbox.run(call, host)).value, "waited");
});

sandboxTest("SB18 A native method may send to an image method again, to a depth", async (sandbox) => {
  const it = object("it", { go: method("(self) => self.send('again')"), again: native("again") });
  const nest = (nesting: number): Promise<unknown> =>
    sandbox.run(
      { receiver: "it", selector: "go", arguments: [], objects: [it], nesting },
      hostOf([it], { again: async () => ({ value: String(await nest(nesting + 1)), changed: [] }) }),
    );
  const error = await nest(0).catch((error: unknown) => error);
  assert.ok(error instanceof SandboxLimitError, String(error));
  assert.equal(error.limit, "nesting");
  assert.equal((await runSource(sandbox, "(self) => 1")).value, 1);
});

sandboxTest("SB19 Arguments too large for a frame are refused by name", async (sandbox) => {
  const it = object("it", { go: method("(self, x) => x.length") });
  const call = { receiver: "it", selector: "go", arguments: ["x".repeat(34 * 1024 * 1024)], objects: [it] };
  const error = await sandbox.run(call, hostOf([it])).catch((error: unknown) => error);
  assert.ok(error instanceof SandboxLimitError && error.limit === "inputBytes", String(error));
  assert.equal((await runSource(sandbox, "(self) => 1")).value, 1);
});

Deno.test("SB24 A closed sandbox refuses calls in words and leaves no process", async () => {
  const sandbox = startSandbox();
  const hanging = runSource(sandbox, "(self) => { for (;;); }").catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await sandbox.close();
  const error = await hanging;
  assert.ok(error instanceof SandboxUnavailableError, String(error));
  await assert.rejects(runSource(sandbox, "(self) => 1"), SandboxUnavailableError);
  assert.equal(sandbox.status.state, "closed");
  assert.ok(!(error instanceof SandboxBreachError));
});

sandboxTest(
  "SB34 A write that the running method, or one that waits for it, did not declare is refused",
  async (sandbox) => {
    const bounded = (source: string, effects: Effect[]) => ({ kind: "method" as const, source, effects });
    const objects = (own: Effect[], theirs: Effect[]) => [
      object("it", {
        go: bounded(`(self) => self.get("friend").send("grow")`, own),
        friend: reference("friend"),
      }),
      object("friend", { grow: bounded(`(self) => self.set("size", 2)`, theirs), size: data(1) }),
    ];
    const run = async (own: Effect[], theirs: Effect[]) => {
      const family = objects(own, theirs);
      const call = { receiver: "it", selector: "go", arguments: [], objects: family, effects: own };
      return await sandbox.run(call, hostOf(family)).catch((error: unknown) => error);
    };
    const done = await run(["writes_others"], ["writes_self"]) as { intents: unknown[] };
    assert.deepEqual(done.intents, [{ kind: "set_slot", oid: "friend", slot: "size", value: 2 }]);
    const refused = [
      [await run(["writes_self"], ["writes_self"]), /"go" did not declare the effect "writes_others"/],
      [await run(["writes_others"], []), /"grow" did not declare the effect "writes_self"/],
    ] as const;
    for (const [error, words] of refused) {
      assert.ok(error instanceof MethodError, String(error));
      assert.match(error.message, words);
    }
  },
);

sandboxTest(
  "SB34 What a native method wrote without its sender having declared it ends the call, whatever is caught",
  async (sandbox) => {
    const it = object("it", {
      go: {
        kind: "method",
        source: `(self) => { try { self.send("quiet"); } catch { /* go on */ } return 1; }`,
      },
      quiet: { kind: "method", source: `(self) => self.send("grow")`, effects: [] },
      grow: native("grow"),
    });
    const host = hostOf([it], { grow: () => Promise.resolve({ value: 1, changed: [it] }) });
    await assert.rejects(
      sandbox.run({ receiver: "it", selector: "go", arguments: [], objects: [it] }, host),
      (error) =>
        error instanceof UndeclaredEffectError && /"writes_self" was not declared/.test(error.message),
    );
    const loud = { ...it, slots: { ...it.slots, quiet: method(`(self) => self.send("grow")`) } };
    const answer = await sandbox.run(
      { receiver: "it", selector: "go", arguments: [], objects: [loud] },
      hostOf([loud], { grow: () => Promise.resolve({ value: 1, changed: [loud] }) }),
    );
    assert.equal(answer.value, 1);
  },
);
