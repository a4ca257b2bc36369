import assert from "node:assert/strict";
import { OllamaMind, RecallMind } from "../../../actors/minds/mod.ts";
import { type Behaviour, chunk, installed, startBadOllama, streamed } from "../../support/bad_ollama.ts";
import { openTestImage, type TestImage } from "../../support/image.ts";
import { Follower } from "../../support/talk.ts";
import { terminal } from "../../ui/cli/terminal.ts";

/** An answer of three tokens, to a prompt of forty. */
const says: Behaviour = () => {
  const end = { ...JSON.parse(chunk("", true)), eval_count: 3, prompt_eval_count: 40 };
  return streamed([chunk("In "), chunk("the "), chunk("drawer."), `${JSON.stringify(end)}\n`]);
};

async function ask({ door }: TestImage, text: string, persona: string): Promise<void> {
  const follower = await Follower.join(door);
  await door.command({ command: "USER_QUERY_REQUEST", query_text: text, persona });
  await follower.until("PERSONA_RESPONSE_COMPLETE");
  await follower.leave();
}

Deno.test("OR34 what each persona cost is kept with its answers, summed, shown, and goes with what is undone", async () => {
  await using server = startBadOllama({ "/api/tags": installed, "/api/chat": says });
  const test = await openTestImage({ minds: [new OllamaMind({ host: server.host }), new RecallMind()] });
  try {
    assert.deepEqual(await test.door.usage(), { personas: [], answers: 0, more: false });
    await ask(test, "Where is the key?", "ALFRED");
    await ask(test, "And the other?", "ALFRED");
    await ask(test, "How many keys are there?", "BABS");
    const { personas, answers } = await test.door.usage();
    assert.equal(answers, 3);
    const cost = personas.map((
      { persona_name, answers, prompt_tokens, tokens },
    ) => [persona_name, answers, prompt_tokens, tokens]);
    assert.deepEqual(cost, [["ALFRED", 2, 80, 6], ["BABS", 1, 40, 3]]);
    const { exchanges } = await test.door.conversation("main");
    const { usage } = exchanges[0]!.details!;
    assert.equal(usage?.tokens, 3);
    assert.ok(usage!.total_ms >= usage!.first_token_ms && usage!.first_token_ms >= 0);
    await test.door.command({ command: "UNDO", position: exchanges.at(-1)!.position });
    assert.deepEqual((await test.door.usage()).personas.map((each) => each.persona_name), ["ALFRED"]);
    const cli = terminal();
    Object.assign(cli.door, { usage: () => test.door.usage() });
    const { out } = await cli.run("usage");
    assert.match(out, /persona +answers +read +written/);
    assert.match(out, /ALFRED +2 +80 +6/);
  } finally {
    await test[Symbol.asyncDispose]();
  }
});
