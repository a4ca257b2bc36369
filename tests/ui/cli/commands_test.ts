import assert from "node:assert/strict";
import { MemoryDoor } from "../../support/memory_door.ts";
import { allHere, bytesInWords, counted, keptInWords } from "../../../ui/cli/words.ts";
import { terminal } from "./terminal.ts";

Deno.test("UI90 objects are made, changed, sent to, shown and taken back", async () => {
  const { run, door } = terminal();
  assert.equal((await run("extend", "genesis", "--name", "lamp")).code, 0);
  assert.equal((await run("set", "lamp", "watts", "40")).code, 0);
  assert.equal((await run("send", "lamp", "watts")).out, "40\n");
  assert.equal((await run("clone", "lamp", "--name", "desk lamp")).code, 0);
  const shown = await run("inspect", "--json", "desk lamp");
  const object = JSON.parse(shown.out);
  assert.deepEqual(object.slots, { watts: 40 });
  for (const key of ["oid", "name", "parents", "slots", "methods", "versionstamp"]) {
    assert.ok(key in object, key);
  }
  assert.match((await run("undo")).out, /^Undone: .*lamp/);
  assert.equal((await run("inspect", "desk lamp")).code, 3);
  assert.match((await run("redo")).out, /^Redone: (?!undo).*lamp/);
  assert.match((await run("inspect", "desk lamp")).out, /chain +desk lamp → genesis\n {2}watts = 40/);
  assert.equal(door.image.thoughts.at(-1)?.who, "cli");
});

Deno.test("UI91 a value is JSON where it is JSON, else the text; a method comes from a file or standard input", async () => {
  const { run } = terminal();
  await run("extend", "genesis", "--name", "lamp");
  const cases: [string, unknown][] = [
    ["5", 5],
    ["-5", -5],
    ["true", true],
    ['"5"', "5"],
    ["bright red", "bright red"],
    ['{"a":[1,null]}', { a: [1, null] }],
    ["", ""],
    ["1e308", 1e308],
    ["9007199254740992", 9_007_199_254_740_992],
    ["-9007199254740991", -9_007_199_254_740_991],
    ['"9007199254740993"', "9007199254740993"],
    ['["a \\" 9007199254740993",0.12345678901234567]', ['a " 9007199254740993', 0.12345678901234567]],
    ["a {broken", "a {broken"],
    ['"{broken"', "{broken"],
  ];
  for (const [text, value] of cases) {
    const ran = await run("set", "lamp", "slot", text, "--json");
    assert.deepEqual(JSON.parse(ran.out).result.slots.slot, value, text);
  }
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, "(self) => 1");
  const written = await run("set", "lamp", "shine", "--method", file, "--json");
  assert.equal(JSON.parse(written.out).result.methods.shine.source, "(self) => 1");
  const piped = await run("set", "lamp", "shine", "--method", "-", "--json");
  assert.equal(JSON.parse(piped.out).result.methods.shine.source, "from standard input\n");
  const removed = await run("set", "lamp", "slot", "--remove", "--json");
  assert.deepEqual(JSON.parse(removed.out).result.slots, {});
  await Deno.remove(file);
  const absent = await run("set", "lamp", "shine", "--method", file);
  assert.equal(absent.code, 2);
  assert.ok(absent.err.includes(`Cannot read ${file}`), absent.err);
  assert.equal((await run("set", "lamp", "slot")).code, 2);
  assert.equal((await run("set", "lamp", "slot", "1", "--method", "-")).code, 2);
  assert.equal((await run("set", "lamp", "slot", "1", "--remove")).code, 2);
});

Deno.test("UI198 text that is not UTF-8, or is too large, is refused with the reason, and nothing of it is kept", async () => {
  const { door, runWith } = terminal();
  const thoughts = door.image.thoughts.length;
  const latin1 = Uint8Array.from("caf\u00e9 at noon", (letter) => letter.charCodeAt(0));
  const endless = async function* () {
    for (;;) yield await Promise.resolve(new Uint8Array(64 * 1024).fill(0x61));
  };
  const cut = new TextEncoder().encode("caf\u00e9").subarray(0, 4);
  const cases: [() => AsyncIterable<Uint8Array>, RegExp][] = [
    [() => new Blob([latin1]).stream(), /Standard input must be UTF-8: it is not\n.*iconv/],
    [() => new Blob([cut]).stream(), /Standard input must be UTF-8/],
    [endless, /Standard input must have <= 400000 bytes: it has more/],
  ];
  for (const [stdin, reason] of cases) {
    for (const command of ["remember", "ask"]) {
      const ran = await runWith({ stdin }, command, "-");
      assert.equal(ran.code, 2, command);
      assert.match(ran.err, reason);
    }
  }
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeFile(file, latin1);
    const method = await runWith({}, "set", "genesis", "shine", "--method", file);
    assert.equal(method.code, 2);
    assert.ok(method.err.includes(`${file} must be UTF-8`), method.err);
    await Deno.writeFile(file, new Uint8Array(2_000_000));
    const large = await runWith({}, "set", "genesis", "shine", "--method", file);
    assert.ok(large.err.includes(`${file} must have <= 1048576 bytes`), large.err);
  } finally {
    await Deno.remove(file);
  }
  assert.equal(door.image.thoughts.length, thoughts);
  // Letters that are cut between two pieces are whole, and a byte order mark is no letter.
  const pieces = async function* () {
    for (const byte of new TextEncoder().encode("\ufeffcaf\u00e9")) {
      yield await Promise.resolve(Uint8Array.of(byte));
    }
  };
  assert.equal((await runWith({ stdin: pieces }, "remember", "-")).code, 0);
  const [hit] = JSON.parse((await runWith({}, "recall", "--json", "caf\u00e9")).out);
  assert.equal(hit.text, "caf\u00e9");
});

Deno.test("UI92 what is remembered is recalled; --json prints an array of hits", async () => {
  const { run } = terminal();
  assert.equal((await run("remember", "The", "blue key", "opens the shed", "--source", "note")).code, 0);
  const hits = JSON.parse((await run("recall", "--json", "blue key")).out);
  assert.equal(hits[0].text, "The blue key opens the shed");
  for (const key of ["oid", "text", "score", "tier", "source"]) assert.ok(key in hits[0], key);
  assert.deepEqual(JSON.parse((await run("recall", "--json", "zebra")).out), []);
  assert.match((await run("recall", "zebra")).out, /Nothing comes to mind/);
  const why = (await run("recall", "--why", "blue key")).out;
  assert.match(
    why,
    /found by \w+.* in L1\n\s+0\.\d{3} as it means nearly that \(\d\.\d\d, weight \d\.\d\d\)/,
  );
  const wrong = [["--since", "soon"], ["--slot", "mood"], ["--slot", "mood=[1]"]];
  for (const option of wrong) assert.equal((await run("recall", "key", ...option)).code, 2, option.join(" "));
  await run("remember", "-");
  assert.equal(JSON.parse((await run("recall", "--json", "standard")).out)[0].text, "from standard input");
});

Deno.test("UI89 rebuild makes what is derived anew and compares it; --check only compares", async () => {
  const { run } = terminal();
  await run("remember", "The blue key opens the shed");
  const rebuilt = await run("rebuild", "--json");
  assert.equal(rebuilt.code, 0);
  assert.deepEqual(JSON.parse(rebuilt.out), {
    ok: true,
    checked: { rows: 0, texts: 1, sampled: 0 },
    problems: [],
  });
  assert.match(
    (await run("rebuild", "--check")).out,
    /All agrees with the store: 0 vectors and 1 text compared/,
  );
});

Deno.test("UI93 history shows what was done, newest first, of one object if it is named", async () => {
  const { run } = terminal();
  await run("extend", "genesis", "--name", "lamp");
  await run("set", "lamp", "watts", "1");
  await run("extend", "genesis", "--name", "other");
  const all = JSON.parse((await run("history", "--json")).out);
  assert.equal(all.length, 4);
  assert.ok(all[0].position > all[1].position);
  const ofLamp = JSON.parse((await run("history", "lamp", "--json")).out);
  assert.equal(ofLamp.length, 2);
  assert.equal(JSON.parse((await run("history", "--limit", "1", "--json")).out).length, 1);
  assert.equal((await run("history", "--limit", "0")).code, 2);
});

Deno.test("UI94 ask streams tokens to standard output and tells the memories on standard error", async () => {
  const { run } = terminal();
  await run("remember", "The blue key opens the shed");
  const ran = await run("ask", "What", "does the blue key open?");
  assert.equal(ran.code, 0);
  assert.equal(ran.out, "I remember: The blue key opens the shed\n");
  assert.match(ran.err, /Memories used by ALFRED \(recall\):\n {2}0\.\d\d {2}The blue key opens the shed/);
  assert.match(
    ran.err,
    /^Answered by ALFRED \(recall\)\. No model answered, memory is quoted: telos health/m,
  );
  const json = JSON.parse((await run("ask", "--json", "--persona", "BRICK", "blue key?")).out);
  assert.deepEqual([json.mind, json.model, json.reason], ["recall", null, "it was named"]);
  assert.equal(json.persona, "BRICK");
  assert.match(json.text, /^I remember: /);
  assert.ok(json.memories.length > 0 && json.position !== undefined);
});

Deno.test("UI94 an answer that is complete before the stream is joined is told all the same", async () => {
  class LateDoor extends MemoryDoor {
    readonly #asked = Promise.withResolvers<void>();

    override async command(...given: Parameters<MemoryDoor["command"]>) {
      const answer = await super.command(...given);
      // Only now is the stream joined, and by then the answer is in the log.
      const before = (await super.health()).image.position;
      if (given[0].command === "USER_QUERY_REQUEST") {
        while ((await super.health()).image.position === before) {
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        this.#asked.resolve();
      }
      return answer;
    }

    override async *events(...given: Parameters<MemoryDoor["events"]>) {
      await this.#asked.promise;
      yield* super.events(...given);
    }
  }
  const { run } = terminal(new LateDoor());
  await run("remember", "The blue key opens the shed");
  const { code, out } = await run("ask", "What does the blue key open?");
  assert.equal(code, 0);
  assert.equal(out, "I remember: The blue key opens the shed\n");
});

Deno.test("UI95 Ctrl-C stops the answer, and nothing of it is kept", async () => {
  const interrupts: (() => void)[] = [];
  const door = new MemoryDoor({
    mind: async function* () {
      for (;;) {
        yield "on ";
        await new Promise((resolve) => setTimeout(resolve, 1));
        interrupts[0]?.();
      }
    },
  });
  const { runWith } = terminal(door);
  const before = door.image.position;
  const onInterrupt = (callback: () => void) => {
    interrupts.push(callback);
    return () => void interrupts.pop();
  };
  const ran = await runWith({ onInterrupt }, "ask", "forever?");
  assert.equal(ran.code, 1);
  assert.match(ran.out, /^on /);
  assert.match(ran.err, /The answer was stopped: the person stopped it/);
  assert.equal(door.image.position, before);
  assert.equal(interrupts.length, 0);
});

Deno.test("UI96 a mind that dies in mid-answer is a failure in words", async () => {
  const door = new MemoryDoor({
    mind: async function* () {
      yield await Promise.resolve("half");
      throw new Error("the model's server went away");
    },
  });
  const ran = await terminal(door).run("ask", "--json", "well?");
  assert.equal(ran.code, 1);
  assert.equal(JSON.parse(ran.out).error.code, "answer_aborted");
  assert.match(ran.err, /went away/);
  assert.equal((await terminal(door).run("ask", "well?")).out, "half\n");
});

Deno.test("UI97 each kind of error has its exit code, words on standard error, and JSON where asked", async () => {
  const failing = (code: string, retryable = false) => ({
    openLocal: () =>
      Promise.reject(
        Object.assign(new Error(`it is ${code}`), { code, hint: "do this", retryable, details: {} }),
      ),
  });
  const cases: [string, number][] = [
    ["not_found", 3],
    ["beyond_horizon", 3],
    ["conflict", 4],
    ["stale", 4],
    ["name_taken", 4],
    ["undo_refused", 4],
    ["corrupt", 5],
    ["quarantined", 5],
    ["folder_unwritable", 6],
    ["newer_schema", 6],
    ["port_in_use", 6],
    ["not_ready", 6],
    ["not_understood", 1],
    ["method_failed", 1],
    ["slot_invalid", 1],
    ["slot_name_invalid", 2],
    ["too_large", 1],
  ];
  for (const [code, exit] of cases) {
    const ran = await terminal().runWith(failing(code), "health", "--json");
    assert.equal(ran.code, exit, code);
    assert.equal(JSON.parse(ran.out).error.code, code);
    assert.match(ran.err, new RegExp(`telos: it is ${code}\n +do this`));
  }
});

Deno.test("UI97 a fault of the program is a failure that says so, without a stack", async () => {
  const ran = await terminal().runWith({ openLocal: () => Promise.reject(new TypeError("oops")) }, "health");
  assert.equal(ran.code, 1);
  assert.equal(ran.out, "");
  assert.match(ran.err, /went wrong inside the program: TypeError: oops/);
  assert.doesNotMatch(ran.err, /\n +at /);
});

Deno.test("UI263 standard output that takes nothing fails the command in one line that says why", async () => {
  const { run, runWith } = terminal();
  await run("extend", "genesis", "--name", "lamp");
  const stdout = () => {
    throw new Error("No space left on device (os error 28)");
  };
  const words = "telos: The output could not be written: No space left on device (os error 28)\n";
  for (const args of [["list"], ["list", "--json"], ["set", "lamp", "lit", "true"], ["--help"]]) {
    const ran = await runWith({ stdout }, ...args);
    assert.deepEqual([ran.code, ran.err], [1, words], args.join(" "));
  }
  assert.equal(JSON.parse((await run("inspect", "lamp", "--json")).out).slots.lit, true, "it was done");
  const refused = await runWith({ stdout }, "inspect", "nobody", "--json");
  assert.equal(refused.code, 1);
  assert.ok(refused.err.startsWith(words) && refused.err.includes('no object "nobody"'), refused.err);
  assert.equal((await runWith({ stdout }, "inspct", "--json")).code, 1);
  const deaf = await runWith({ stderr: stdout }, "inspect", "nobody", "--json");
  assert.deepEqual([deaf.code, JSON.parse(deaf.out).error.code], [3, "not_found"]);
});

Deno.test("UI91 a value that begins as JSON and is none, or has a number beyond all bounds, is refused in words", async () => {
  const { run } = terminal();
  await run("extend", "genesis", "--name", "lamp");
  const cases: [string, RegExp][] = [
    ["1e400", /1e400 has a number too large/],
    ["-1e400", /too large/],
    ['{"a":[1,{"b":1e999}]}', /too large/],
    ["9007199254740993", /number 9007199254740993 cannot be stored exactly\n.*'"9007199254740993"'/],
    ['{"a":["1",-12345678901234567890]}', /number -12345678901234567890 cannot be stored exactly/],
    ['{"a":', /begins as JSON and is none/],
    [" [1, 2", /begins as JSON and is none/],
    ['"open', /begins as JSON and is none/],
    ["{broken", /give it as a JSON text: "\{broken"/],
  ];
  for (const [text, words] of cases) {
    for (const command of [["set", "lamp", "slot"], ["send", "lamp", "slot"]]) {
      const ran = await run(...command, "--", text);
      assert.equal(ran.code, 2, `${command} ${text}: ${ran.err}`);
      assert.match(ran.err, words);
      assert.equal(ran.out, "");
    }
  }
  assert.deepEqual(JSON.parse((await run("inspect", "lamp", "--json")).out).slots, {});
});

Deno.test("UI98 wrong use is exit code 2 and says what is known", async () => {
  const { run } = terminal();
  const wrong = [["inspct", "x"], ["inspect"], ["recall"], ["inspect", "a", "b"], ["health", "--nope"], []];
  for (const args of wrong) {
    const ran = await run(...args);
    assert.equal(ran.code, 2, args.join(" "));
    assert.notEqual(ran.err, "");
    assert.equal(ran.out, "");
  }
  assert.match((await run("inspct", "x")).err, /inspect/);
  const points = [["list", "--as-of", "zz"], ["inspect", "--as-of", "zz", "genesis"], ["diff", "zz"]];
  for (
    const args of [...points, ["recall", " "], ["recall", "--as-of", "zz", "x"], [
      "history",
      "--before",
      "zz",
    ]]
  ) {
    const ran = await run(...args);
    assert.equal(ran.code, 2, args.join(" "));
    assert.match(ran.err, /must be a position|nothing to look for/);
  }
  for (const args of [["inspct", "--json"], ["list", "--json", "--nope"], ["send", "--json", "lamp"]]) {
    const ran = await run(...args);
    assert.equal(ran.code, 2, args.join(" "));
    assert.equal(JSON.parse(ran.out).error.code, "wrong_use");
    assert.doesNotMatch(JSON.parse(ran.out).error.message, /^error/);
  }
});

Deno.test("UI199 control characters in what others wrote do not reach the terminal", async () => {
  const { run } = terminal();
  const text = "a \x1b[2J b\rc \x9b1m \x07 d\te\r\nf";
  await run("extend", "genesis", "--name", "lamp");
  await run("set", "lamp", "label", text);
  const shown = (await run("send", "lamp", "label")).out;
  assert.equal(shown, "a \ufffd[2J b\ufffdc \ufffd1m \ufffd d\te\r\nf\n");
  assert.equal(JSON.parse((await run("inspect", "lamp", "--json")).out).slots.label, text);
});

Deno.test("UI99 every command's --help has an example and every setting", async () => {
  const { run } = terminal();
  const commands = (await run("--help")).out.matchAll(/^ {2}([a-z]+) (?=.*\[options\])/gm).map(([, name]) =>
    name
  );
  const names = [...commands] as string[];
  for (
    const name of ["start", "ask", "remember", "recall", "send", "inspect", "set", "clone", "undo", "history"]
  ) {
    assert.ok(names.includes(name), name);
  }
  for (const name of names) {
    const { code, out } = await run(name, "--help");
    assert.equal(code, 0);
    assert.match(out, new RegExp(`Example:\n {2}telos ${name}`), name);
    assert.match(out, /--json/, name);
    for (const setting of ["TELOS_IMAGE", "TELOS_PORT", "TELOS_HOST", "TELOS_MODELS", "OLLAMA_HOST"]) {
      assert.ok(out.includes(setting), `${name} ${setting}`);
    }
  }
  assert.equal((await run("--version")).out, "1.2.3\n");
});

Deno.test("UI232 what is counted is said in the number that it has", async () => {
  assert.deepEqual([0, 1, 2].map((count) => counted(count, "file")), ["0 files", "1 file", "2 files"]);
  assert.equal(counted(1, "memory", "memories"), "1 memory");
  assert.equal(allHere(1, "notes"), "the one memory of notes is here already");
  assert.equal(bytesInWords(1), "1 byte");
  assert.equal(keptInWords({ keep: "days", days: 1, thoughts: 0, intervalSeconds: 1 }), "1 day");
  const { run } = terminal();
  assert.match((await run("history", "--cost")).out, /^1 thought, 0 of them pruned/);
});
