/** The plumbing with a mind that is real and small: it is held to the schema, can be stopped, and fails honestly. */
import assert from "node:assert/strict";
import { draftOf, KernelError, ProposalFault, RefusedByMind } from "../../../actors/kernel/mod.ts";
import { OllamaMind, RecallMind } from "../../../actors/minds/mod.ts";
import { openTestImage } from "../../support/image.ts";
import { ollamaParts, startOllama } from "../../support/ollama.ts";
import { testWithParts } from "../../support/parts.ts";
import { failure, sendTo, setSlot } from "./scene.ts";

testWithParts(
  "KN20 A real mind is held to the schema, can be stopped, and what fails says so",
  await ollamaParts(),
  async () => {
    await using ollama = await startOllama();
    await using test = await openTestImage({
      minds: [new OllamaMind({ host: ollama.host }), new RecallMind()],
    });
    await setSlot(test, "BRICK", "model", ollama.model);
    await setSlot(test, "kernel", "generation", "auto");
    await setSlot(test, "kernel", "tries", 1);
    await setSlot(test, "kernel", "seconds", 15);
    const before = test.image.store.position;
    const outcome = await sendTo(test, "square", "doubledWidth").catch((error: unknown) => error);
    await test.image.kernel.settled();
    const log = await test.door.log({ after: before });
    const installed = (await test.door.object("square")).methods.doubledWidth;
    if (outcome instanceof Error) {
      assert.ok(outcome instanceof KernelError, String(outcome));
      assert.equal(installed, undefined);
      assert.deepEqual(log.map(({ kind }) => kind), ["failed"]);
    } else {
      assert.equal(installed!.provenance!.model, ollama.model);
      assert.match(installed!.provenance!.digest!, /^[0-9a-f]{12,}/);
      assert.deepEqual(log.map(({ kind }) => kind), ["kernel"]);
    }

    const controller = new AbortController();
    const sent = test.door.command({
      command: "SEND",
      receiver: "square",
      selector: "tripledWidth",
      arguments: [],
    }, {
      signal: controller.signal,
    });
    const since = performance.now();
    setTimeout(() => controller.abort(new Error("enough")), 300);
    assert.equal((await failure(sent)).message, "enough");
    await test.image.kernel.settled();
    await ollama.logged(/\/api\/chat/, { since, withinMs: 20_000 });
    assert.equal((await test.door.object("square")).methods.tripledWidth, undefined);

    // What it says under the schema has the schema's shape, whether or not it is any good.
    const answer = await test.image.orchestrator.structured({
      persona: "BRICK",
      messages: [{
        role: "user",
        content: 'Answer {"refusal": "no", "source": "", "doc": "", "effects": [], "examples": []}',
      }],
      format: {
        type: "object",
        properties: { refusal: { type: "string", maxLength: 40 }, source: { type: "string", maxLength: 40 } },
        required: ["refusal", "source"],
      },
      options: { num_predict: 200 },
      signal: new AbortController().signal,
    });
    assert.ok("text" in answer, JSON.stringify(answer));
    assert.deepEqual(Object.keys(JSON.parse(answer.text)).sort(), ["refusal", "source"]);
    assert.throws(
      () => draftOf(answer.text),
      (error) => error instanceof ProposalFault || error instanceof RefusedByMind,
    );
  },
);
