/** Proposals on the command line, over a real image without a model: what is found, a yes, a no, and the check. */
import assert from "node:assert/strict";
import { CliContext } from "../../../ui/cli/context.ts";
import { sendWatched } from "../../../ui/cli/send_door.ts";
import { type Door, LocalDoor } from "../../../ui/door/mod.ts";
import { volume } from "../../actors/kernel/scene.ts";
import { OllamaMind, RecallMind } from "../../../actors/minds/mod.ts";
import { memoryCliEnvironment } from "../../support/cli_main.ts";
import { openTestImage } from "../../support/image.ts";
import { MemoryDoor } from "../../support/memory_door.ts";
import { startScriptedOllama } from "../../support/scripted_ollama.ts";
import { terminal } from "./terminal.ts";

Deno.test("UI170 proposals are listed, accepted, edited and rejected; what holds no more fails the check", async () => {
  await using image = await openTestImage();
  const door = new LocalDoor(image.image);
  // The image stays open from command to command.
  door.close = () => Promise.resolve();
  const { runWith } = terminal();
  let source = "";
  const run = (...args: string[]) =>
    runWith({ openLocal: () => Promise.resolve(door), stdin: () => new Blob([source]).stream() }, ...args);

  assert.equal((await run("proposals")).out, "No method waits for a yes.\n");
  const { out } = await run("send", "shape", "perimeter");
  assert.match(
    out,
    /^Nobody understood perimeter, so a method for shape was made and waits for a yes: proposal 1 \(/,
  );
  assert.match(out, /Then: telos approve 'proposal 1', or telos reject 'proposal 1'\n$/);
  const { out: plain } = await run("send", "--json", "shape", "perimeter");
  assert.match(plain, /"result":\{"\$ref":"[0-9a-f-]+"\}/);
  const listed = (await run("proposals")).out;
  assert.match(listed, /^proposal 1 {2}shape perimeter\n {2}by search, 1 try; asked by cli\n/);
  assert.match(listed, /effects: none\n {2}\| \(self\) => 2 \*/);
  assert.match(listed, /like square>>perimeter\n/);
  assert.match(listed, /the message would answer 14/);
  const json = JSON.parse((await run("proposals", "--json")).out) as { proposals: { selector: string }[] };
  assert.deepEqual(json.proposals.map(({ selector }) => selector), ["perimeter"]);

  assert.equal((await run("reject", "proposal 1", "a shape has more sides")).out, "rejected proposal 1\n");
  assert.equal((await run("approve", "proposal 1")).code, 4);
  assert.match((await run("proposals", "--all")).out, /\(rejected\).*a shape has more sides/s);

  await run("send", "shape", "perimeter");
  source = "(self) => nothing.at.all";
  const refused = await run("approve", "proposal 2", "--source", "-");
  assert.equal(refused.code, 4);
  assert.match(refused.err, /"proposal 2" does not hold today: .*"nothing" is not defined/s);
  source = '(self) => self.get("width") + self.get("height")';
  const approved = await run("approve", "proposal 2", "--source", "-");
  assert.equal(approved.out, "installed; the message answers 7\n");
  assert.equal((await run("send", "shape", "perimeter")).out, "7\n");

  assert.match((await run("check")).out, /^0 methods with 0 examples: all hold\n$/);
  const value = { $method: "(self) => 1", examples: [{ arguments: [], answer: 2 }] };
  await door.command({ command: "SET_SLOT", object: "shape", slot: "wrong", value });
  const checked = await run("check", "shape");
  assert.equal(checked.code, 1);
  assert.match(
    checked.out,
    /^1 method with 1 example: 1 fails\n {2}shape wrong: Example 1: wrong\(\) must answer 2/,
  );
  assert.equal((await run("approve", "nobody")).code, 3);
});

Deno.test("UI241 send says how far the method is that it waits for, and Ctrl-C gives that up", async () => {
  const wrong = { ...volume, examples: [{ ...volume.examples[0]!, answer: 25 }] };
  await using mind = startScriptedOllama(wrong, () => new Promise<Response>(() => {}));
  await using image = await openTestImage({
    minds: [new OllamaMind({ host: mind.host }), new RecallMind()],
  });
  const door = new LocalDoor(image.image);
  door.close = () => Promise.resolve();
  const { runWith } = terminal();
  let interrupt = () => {};
  let said = "";
  const ran = runWith(
    {
      openLocal: () => Promise.resolve(door),
      onInterrupt: (callback) => {
        interrupt = callback;
        return () => {};
      },
      stderr: (text) => {
        said += text;
        if (text.includes("writing it, try 2")) interrupt();
      },
    },
    "send",
    "square",
    "volume",
    "2",
  );
  const { code, out } = await ran;
  assert.deepEqual([code, out], [1, ""]);
  const introduction = "Nobody understands volume yet, so a method is made for it: writing it, try 2 (1 s). ";
  assert.ok(said.startsWith(`${introduction}The try before: Example 1: volume(4) must answer 25`), said);
  assert.match(said, /Stopping …\n/);
  assert.match(said, /No method "volume" was made for "square" as somebody stopped it/);
  assert.equal((await door.object("square")).methods["volume"], undefined);

  // A message that waits for no method is not waited for any more.
  const slow = new LocalDoor(image.image);
  slow.close = () => Promise.resolve();
  const { promise: sent, resolve } = Promise.withResolvers<void>();
  slow.command = (_command, { signal } = {}) => {
    resolve();
    return new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason)));
  };
  const waiting = runWith(
    {
      openLocal: () => Promise.resolve(slow),
      onInterrupt: (callback) => {
        void sent.then(callback);
        return () => {};
      },
    },
    "send",
    "counter",
    "increment",
  );
  const { code: ended, err } = await waiting;
  assert.notEqual(ended, 0);
  assert.match(err, /its answer is not waited for any more/);
  assert.match(err, /The message was given up, .*\n.*What it had not brought to its end is not kept/);
});

Deno.test("UI241 while a stage of a method lasts, how long it has been is said again and again", async () => {
  let said = "";
  const { promise: saidThrice, resolve } = Promise.withResolvers<void>();
  const door: Door = new MemoryDoor();
  const { oid } = await door.object("genesis");
  const event = {
    ...{
      command: "KERNEL_STAGE",
      generation: "g1",
      receiver: oid,
      selector: "volume",
      stage: "proposing",
    },
    ...{ attempt: 1, ms: 42_000 },
  };
  door.events = async function* ({ signal }) {
    yield { event } as never;
    await new Promise((over) => signal.addEventListener("abort", over));
  };
  door.command = async () => {
    await saidThrice;
    return { position: "1", result: 1 } as never;
  };
  const environment = {
    ...memoryCliEnvironment(),
    onInterrupt: () => () => {},
    stderr: (text: string) => {
      said += text;
      if (said.match(/^… writing it \(42 s\)$/gm)?.length === 2) resolve();
    },
  };
  const context = new CliContext({} as never, false, environment);
  const send = { command: "SEND" as const, receiver: "genesis", selector: "volume", arguments: [] };
  await sendWatched(context, { door, server: null }, send, { sayAgainMs: 5 });
  assert.match(
    said,
    /^Nobody understands volume yet, so a method is made for it: writing it \(42 s\)\n… writing it/,
  );
});

Deno.test("UI241 a method that is there at once is not spoken of while it is made", async () => {
  await using image = await openTestImage();
  const { runWith } = terminal();
  const openLocal = () => Promise.resolve(new LocalDoor(image.image));
  const { code, out, err } = await runWith({ openLocal }, "send", "shape", "perimeter");
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^Nobody understood perimeter, so a method for shape was made/);
});

Deno.test("UI262 Ctrl-C in send says that a server carries the message out all the same", async () => {
  const door: Door = new MemoryDoor();
  door.command = (_command, { signal } = {}) =>
    new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason)));
  const environment = {
    ...memoryCliEnvironment(),
    onInterrupt: (callback: () => void) => {
      queueMicrotask(callback);
      return () => {};
    },
  };
  const context = new CliContext({} as never, false, environment);
  const server = { pid: 1, url: "http://127.0.0.1:1", token: "t", version: "0" };
  const send = { command: "SEND" as const, receiver: "square", selector: "grow", arguments: [] };
  await assert.rejects(sendWatched(context, { door, server }, send), {
    code: "interrupted",
    message: "The message was sent, and its answer is not waited for any more",
    hint: /^The server carries it out all the same/,
  });
});
