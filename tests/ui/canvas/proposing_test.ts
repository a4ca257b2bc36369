/** What the window knows of methods that are being made and that wait for a yes. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { lineDiff } from "../../../ui/canvas/model/line_diff.ts";
import { openWindow, settled } from "./window.ts";

Deno.test("CA111 The lines of a comparison are those of both sources, in order", () => {
  const source = fc.array(fc.constantFrom("a", "b", "c", "return 1;", ""), { minLength: 1, maxLength: 12 })
    .map((lines) => lines.join("\n"));
  fc.assert(fc.property(source, source, (before, after) => {
    const lines = lineDiff(before, after);
    const without = (mark: string) =>
      lines.filter((line) => line.mark !== mark).map(({ text }) => text).join("\n");
    assert.equal(without("added"), before);
    assert.equal(without("removed"), after);
  }));
  const marks = lineDiff("a\nb\nc", "a\nx\nc").map(({ mark, text }) => `${mark} ${text}`);
  assert.deepEqual(marks, ["same a", "removed b", "added x", "same c"]);
});

Deno.test("CA112 The stages of a generation and the faults of its tries are followed", async () => {
  const { app } = openWindow();
  await app.sync.load();
  await settled();
  const event = {
    command: "KERNEL_STAGE",
    generation: "g",
    receiver: "square",
    selector: "grow",
    ms: 1,
  } as const;
  app.sync.receive({ ...event, stage: "proposing", attempt: 1 });
  app.sync.receive({ ...event, stage: "proposing", attempt: 2, fault: "it answered 3" });
  app.sync.receive({ ...event, stage: "failed", attempt: 2, fault: "it answered 4" });
  const entry = app.proposing.generations.value.get("g")!;
  assert.deepEqual([entry.latest.stage, entry.latest.attempt, entry.faults], [
    "failed",
    2,
    ["it answered 3", "it answered 4"],
  ]);
  for (let n = 0; n < 20; n++) app.sync.receive({ ...event, generation: `g${n}`, stage: "done", attempt: 1 });
  assert.equal(app.proposing.generations.value.size, 8, "only the last ones are kept");
  // Of one whose end was not heard, the stream tells anew where it is; else it is over.
  app.sync.receive({ ...event, generation: "lost", stage: "proposing", attempt: 1 });
  app.proposing.rejoined();
  assert.equal(app.proposing.generations.value.has("lost"), false);
  assert.equal(app.proposing.generations.value.size, 7);
  app.sync.close();
});

Deno.test("CA110 CA140 an older list of proposals or of curation does not replace a newer one", async () => {
  const { app, server } = openWindow();
  const answers: PromiseWithResolvers<unknown>[] = [];
  server.answer = () => {
    const answer = Promise.withResolvers<unknown>();
    answers.push(answer);
    return answer.promise;
  };
  const newest = { proposals: [] };
  const lists = [app.proposing.load(), app.proposing.load()];
  answers[1]!.resolve(newest);
  await lists[1];
  const shown = app.proposing.proposals.value;
  answers[0]!.resolve(newest);
  await lists[0];
  assert.equal(app.proposing.proposals.value, shown);

  const views = [app.curating.load(), app.curating.load()];
  answers[3]!.resolve({ no: "view" });
  await views[1];
  const problem = app.curating.problem.value;
  answers[2]!.resolve({ no: "view" });
  await views[0];
  assert.equal(app.curating.problem.value, problem);
});
