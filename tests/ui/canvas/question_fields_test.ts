/** A structured question as texts in fields, and back. */
import assert from "node:assert/strict";
import { formOfQuestion, questionOfForm } from "../../../ui/canvas/model/question_fields.ts";
import type { StructuredQuestion } from "../../../ui/protocol.ts";

Deno.test("CA114 A structured question comes back from its fields as it was", () => {
  const questions: readonly StructuredQuestion[] = [
    { ask: "fills", object: "alice", roles: ["country", "capital"] },
    { ask: "which", role: "width", value: 5 },
    { ask: "which", role: "code", value: "5" },
    { ask: "which", role: "tags", value: ["a", { b: null }] },
    { ask: "analogy", to: "mexico", value: "dollar", from: "usa" },
  ];
  for (const question of questions) {
    assert.deepEqual(questionOfForm(question.ask, formOfQuestion(question)), question);
  }
});

Deno.test("CA114 A question that lacks something is none", () => {
  const fields = formOfQuestion({ ask: "fills", object: "alice", roles: ["age"] });
  assert.equal(questionOfForm("fills", { ...fields, roles: " , " }), null);
  assert.equal(questionOfForm("fills", { ...fields, object: " " }), null);
  assert.equal(questionOfForm("which", fields), null, "it has a role and no value");
  assert.equal(questionOfForm("analogy", { ...fields, value: "x" }), null);
});
