/** Times as they are given: of another zone than this machine's too, and the same as they are printed. */
import assert from "node:assert/strict";
import { moment } from "../../../ui/cli/arguments.ts";
import { timeInWords } from "../../../ui/cli/words.ts";
import { asOfSchema, timeOf } from "../../../ui/protocol.ts";

const AT = Date.UTC(2026, 10, 28, 18, 45, 4);

Deno.test("UI267 a time that was printed is the same time when it is given, in whichever zone the machine is", () => {
  const zone = Deno.env.get("TZ");
  try {
    for (const each of ["America/New_York", "Asia/Tokyo", "UTC"]) {
      Deno.env.set("TZ", each);
      assert.equal(timeOf(timeInWords(AT)), AT, each);
      assert.equal(moment("--since")(timeInWords(AT)), AT, each);
      assert.equal(timeOf("2026-11-28T18:45"), AT - 4_000, each);
      assert.equal(timeOf("2026-11-28"), Date.UTC(2026, 10, 28), each);
    }
  } finally {
    if (zone === undefined) Deno.env.delete("TZ");
    else Deno.env.set("TZ", zone);
  }
});

Deno.test("UI267 a zone that is given counts, and what is no time is none", () => {
  for (
    const text of [
      "2026-11-28T18:45:04Z",
      "2026-11-28 18:45:04.000z",
      "2026-11-28T20:45:04+02:00",
      "2026-11-28T13:45:04-0500",
      String(AT),
    ]
  ) assert.equal(timeOf(text), AT, text);
  for (const text of ["2026-02-30", "2026-13-01", "2026-11-28T25:00", "2026-11-28 noon", "28.11.2026", ""]) {
    assert.equal(timeOf(text), null, text);
    assert.equal(asOfSchema.safeParse(text).success, false, text);
    assert.throws(() => moment("--since")(text), { code: "wrong_use" }, text);
  }
});
