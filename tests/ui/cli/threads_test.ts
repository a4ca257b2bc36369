/** Conversations on the command line, over a living image behind a server, with a mind that is given its words. */
import assert from "node:assert/strict";
import { RemoteDoor } from "../../../ui/door/mod.ts";
import { threadExportSchema } from "../../../ui/protocol.ts";
import { serve } from "../../support/served_door.ts";
import { openTalk } from "../../support/talk.ts";
import { terminal } from "./terminal.ts";

async function openTerminal() {
  const talk = await openTalk();
  const served = await serve({ door: talk.door });
  const run = (...args: string[]) =>
    terminal().runWith({ openLocal: () => Promise.resolve(new RemoteDoor({ url: served.url })) }, ...args);
  /** Each text is one whole answer of the mind. */
  const ask = async (answers: readonly string[], ...args: string[]) => {
    for (const text of answers) {
      talk.mind.say(text);
      talk.mind.end();
    }
    return await run("ask", ...args);
  };
  const turns = async (thread: string) =>
    (JSON.parse((await run("threads", "show", thread, "--json")).out) as { exchanges: { oid: string }[] })
      .exchanges;
  return {
    mind: talk.mind,
    run,
    ask,
    turns,
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      await talk[Symbol.asyncDispose]();
    },
  };
}

Deno.test("UI195 ask goes to several: what each says on standard error, the one answer on standard output", async () => {
  await using test = await openTerminal();
  const said = await test.ask(
    ["It holds.", "Then rest.", "Both agree."],
    "--persona",
    "BRICK",
    "--persona",
    "ROBIN",
    "--in-turn",
    "Does the bridge hold?",
  );
  assert.equal(said.code, 0, said.err);
  assert.equal(said.out, "Both agree.\n");
  assert.match(said.err, /^BRICK: It holds\.\n\nROBIN: Then rest\.\n\n/);
  const named = await test.ask(
    ["One.", "Two.", "Three."],
    "--deliberate",
    "--in-turn",
    "--json",
    "@BRICK @BABS Well?",
  );
  assert.match(
    test.mind.requests.at(-2)!.messages.at(-1)!.content,
    /BRICK said:\nOne\./,
    "they hear one another",
  );
  const { text, persona } = JSON.parse(named.out) as { text: string; persona: string };
  assert.deepEqual([text, persona], ["Three.", "ALFRED"]);
  assert.equal(
    (await test.run("ask", ...Array.from({ length: 7 }, () => ["--persona", "BABS"]).flat(), "Hm?")).code,
    2,
  );
});

Deno.test("UI233 ask says who answered with which model and why: a stand-in, and that nobody is called so", async () => {
  await using test = await openTerminal();
  const own = await test.ask(["Yes."], "--persona", "ALFRED", "Well?");
  assert.match(
    own.err,
    /^Answered by ALFRED \(ollama, paced\)\. Why: ALFRED: you asked for them; with phi3:3\.8b\.$/m,
  );
  await test.run("set", "ALFRED", "model", "nosuch:1b");
  const standIn = await test.ask(["Yes."], "@ALFRED Well?");
  assert.match(standIn.err, /\(ollama, paced\)\. Why: .*; nosuch:1b is not there, and gemma2:9b stands in/);
  const nobody = await test.ask(["Yes."], "--persona", "BRICK", "--json", "@NOSUCH hi");
  const { model, reason } = JSON.parse(nobody.out);
  assert.equal(model, "paced");
  assert.match(reason, /nobody here is called @NOSUCH, there are ALFRED, BRICK, ROBIN, BABS/);
  const told = await test.ask(["Yes."], "--persona", "BRICK", "@NOSUCH hi");
  assert.match(told.err, /nobody here is called @NOSUCH, there are ALFRED/);
  const [{ oid }] = await test.turns("main") as [{ oid: string }];
  test.mind.say("No.");
  test.mind.end();
  const replayed = await test.run("replay", oid);
  assert.match(
    replayed.err,
    /^Answered by ALFRED \(ollama, paced\)\. Why: ALFRED: the same prompt again/m,
  );
});

Deno.test("UI196 threads are listed, shown, branched, renamed and exported", async () => {
  await using test = await openTerminal();
  assert.match((await test.run("threads")).out, /Nothing was said yet/);
  assert.equal((await test.run("threads", "show", "main")).out, "Nothing was said in it.\n");
  await test.ask(["In the drawer."], "--persona", "ALFRED", "Where is the key?");
  await test.ask(["In the shed."], "--persona", "ALFRED", "And the red one?");
  const [first] = await test.turns("main");
  assert.match(
    (await test.run("threads", "show", "main")).out,
    /> Where is the key\?\nALFRED: In the drawer\./,
  );
  const branched = await test.run("threads", "branch", first!.oid, "--name", "aside");
  assert.equal(branched.out, 'Branched. Go on with: telos ask --thread "aside" …\n');
  await test.ask(["Quite sure."], "--persona", "ALFRED", "--thread", "aside", "Sure?");
  assert.match((await test.run("threads", "rename", "aside", "keys")).out, /It is called keys now/);
  assert.match(
    (await test.run("threads")).out,
    /^keys {2}\(from main\) {2}1 turn {2}\S+ \S+ {2}Sure\?\nmain {2}2 turns {2}\S+ \S+ {2}And the red one\?\n$/,
  );
  const markdown = await test.run("threads", "export", "keys");
  assert.match(markdown.out, /^# keys\n\n_Branched from main\._\n[^]*In the drawer\.[^]*Quite sure\./);
  const json = await test.run("threads", "export", "keys", "--format", "json");
  assert.equal(threadExportSchema.parse(JSON.parse(json.out)).exchanges.length, 2);
  const byOid = JSON.parse((await test.run("threads", "--json")).out).threads[0].oid;
  assert.match((await test.run("threads", "show", byOid)).out, /^\[.*\]\n> Where is the key/);
  const nowhere = await test.run("threads", "show", "nowhere");
  assert.deepEqual([nowhere.code, nowhere.out], [3, ""]);
  assert.match(nowhere.err, /There is no thread "nowhere"\n +There are keys, main\.\n/);
  for (
    const args of [["show", "nowhere"], ["export", "nowhere"], ["rename", "nowhere", "x"], [
      "branch",
      "genesis",
    ]]
  ) {
    const refused = await test.run("threads", ...args);
    assert.equal(refused.code, 3, args.join(" "));
    assert.match(refused.err, /There is no (?:thread|exchange) "/);
  }
});

Deno.test("UI197 prompt prints exactly what the model was sent; replay asks it again", async () => {
  await using test = await openTerminal();
  await test.ask(["In the drawer."], "--persona", "ALFRED", "Where is the key?");
  const [{ oid }] = await test.turns("main") as [{ oid: string }];
  const opened = await test.run("prompt", oid);
  assert.match(opened.out, /^ALFRED \(answer\), phi3:3\.8b, about \d+ tokens, \{"num_predict"/);
  for (const { content } of test.mind.requests[0]!.messages) assert.ok(opened.out.includes(content));
  test.mind.say("By the door.");
  test.mind.end();
  const replayed = await test.run("replay", oid);
  assert.equal(replayed.code, 0, replayed.err);
  assert.equal(replayed.out, "By the door.\n");
  assert.deepEqual(test.mind.requests[1], test.mind.requests[0]);
  const refused = await test.run("prompt", "counter");
  assert.deepEqual([refused.code, /There is no exchange/.test(refused.err)], [3, true]);
});
