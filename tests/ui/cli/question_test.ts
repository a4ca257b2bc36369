/** `telos question` over a living image, in words and structured, in this process and through a server. */
import assert from "node:assert/strict";
import { RemoteDoor } from "../../../ui/door/mod.ts";
import { openTestImage } from "../../support/image.ts";
import { serve } from "../../support/served_door.ts";
import { terminal } from "./terminal.ts";

Deno.test("UI190 question answers, shows its translation, can be corrected, and says what it does not know", async () => {
  await using test = await openTestImage();
  await using served = await serve({ door: test.door });
  await test.door.command({ command: "EXTEND", object: "genesis", name: "mexico" });
  await test.door.command({ command: "SET_SLOT", object: "mexico", slot: "currency", value: "peso" });
  const run = (...args: string[]) =>
    terminal().runWith({ openLocal: () => Promise.resolve(new RemoteDoor({ url: served.url })) }, ...args);

  const said = await run("question", "what", "is the currency of mexico?");
  assert.equal(said.code, 0);
  assert.match(
    said.out,
    /^peso {2}\(similarity 1\.000, margin 0\.\d{3}\)\nasked: what fills currency in mexico\n/,
  );
  const corrected = /--structured '(.+)'/.exec(said.out)?.[1] ?? "";
  const again = JSON.parse((await run("question", "--json", "--structured", corrected)).out);
  assert.equal(again.known, true);
  assert.equal(again.answers[0].text, "peso");
  const inWords = await test.door.question({ q: "what is the currency of mexico" });
  assert.deepEqual({ ...again, translator: inWords.translator }, inWords);
  assert.equal(again.translator.by, "person");
  assert.match(said.out, /\n {2}translated by patterns: /);

  assert.match((await run("question", "what is the hymn of mexico")).out, /^I do not know\.\n/);
  assert.equal((await run("question", "what is the hymn of atlantis")).code, 3);
  const wrong = await run("question", "sing to me");
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.err, /what is ROLE of X/);
  assert.equal((await run("question", "--structured", "{}")).code, 2);
  const nothingAsked = await fetch(`${served.url}/api/question`);
  assert.equal((await nothingAsked.json()).error.code, "wrong_shape");
});
