import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import fc from "fast-check";
import { TextQueue } from "../../../vector/embedding/text_queue.ts";
import { embedBatchTexts, embedQueueTextsMax } from "../../../vector/limits.ts";

const vectorOf = (text: string) => Float32Array.of(text.length, text.charCodeAt(0));

Deno.test("VE11 whatever fails and whatever order batches take, every job gets its own vectors in its own order", async () => {
  const jobs = fc.array(
    fc.array(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 40 }),
    { maxLength: 8 },
  );
  await fc.assert(fc.asyncProperty(jobs, fc.infiniteStream(fc.nat(9)), async (jobs, luck) => {
    const queue = new TextQueue();
    const answers = jobs.map((texts) =>
      queue.add(texts).then((vectors) => ({ vectors }), (error) => ({ error }))
    );
    const failed = new Error("the child ended");
    for (let batch = queue.take(); batch !== null; batch = queue.take()) {
      ok(batch.texts.length >= 1 && batch.texts.length <= embedBatchTexts);
      if (luck.next().value === 0) batch.failed(failed);
      else batch.done(batch.texts.map(vectorOf));
    }
    equal(queue.waiting, 0);
    for (const [at, answer] of (await Promise.all(answers)).entries()) {
      if ("vectors" in answer) equal(answer.vectors, jobs[at]!.map(vectorOf));
      else equal(answer.error.code, "embedding_failed");
    }
  }));
});

Deno.test("VE11 a single question does not wait for all of a long job", () => {
  const queue = new TextQueue();
  void queue.add(Array.from({ length: 1000 }, (_, n) => `memory ${n}`));
  void queue.add(["question"]);
  queue.take()!.done([]);
  ok(queue.take()!.texts.includes("question"));
});

Deno.test("VE12 a job during which children ended goes alone and is refused at the third, the others are answered", async () => {
  const queue = new TextQueue();
  const poison = queue.add(["poison"]);
  const good = queue.add(["good"]);
  const refused = rejects(poison, { code: "embedding_failed", retryable: false });
  let failures = 0;
  for (let batch = queue.take(); batch !== null; batch = queue.take()) {
    if (batch.texts.includes("poison")) {
      failures++;
      batch.failed(new Error("it ended"));
    } else batch.done(batch.texts.map(vectorOf));
  }
  equal(failures, 3);
  equal(await good, [vectorOf("good")]);
  await refused;
});

Deno.test("VE13 a cancelled job leaves the queue at once, even when some of it is under way", async () => {
  const queue = new TextQueue();
  const cancel = new AbortController();
  const job = queue.add(Array.from({ length: 40 }, (_, n) => `text ${n}`), cancel.signal);
  const batch = queue.take()!;
  cancel.abort(new Error("no longer wanted"));
  await rejects(job, /no longer wanted/);
  batch.done(batch.texts.map(vectorOf));
  equal(queue.take(), null);
  equal(queue.waiting, 0);
  await rejects(queue.add(["x"], cancel.signal), /no longer wanted/);
});

Deno.test("VE14 more texts than may wait are refused, and room comes back", async () => {
  const queue = new TextQueue();
  const many = queue.add(new Array(embedQueueTextsMax).fill("x"));
  await rejects(queue.add(["y"]), { code: "embedder_busy", retryable: true });
  const refused = rejects(many, /enough/);
  queue.refuseAll(new Error("enough"));
  await refused;
  equal(queue.waiting, 0);
});
