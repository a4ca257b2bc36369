import assert from "node:assert/strict";
import fc from "fast-check";
import type { WireValue } from "../../../ui/protocol.ts";
import { formatText, inlinesOf } from "../../../ui/canvas/model/format_text.ts";
import { fuzzyFilter, fuzzyScore } from "../../../ui/canvas/model/fuzzy.ts";
import {
  formatSlot,
  formOf,
  parseArguments,
  parseSlot,
  previewOf,
  slotNameProblem,
} from "../../../ui/canvas/model/slot_text.ts";
import {
  agoInWords,
  bytesInWords,
  isolated,
  positionInWords,
  sentences,
  suggestionsOf,
} from "../../../ui/canvas/model/words.ts";

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<WireValue>;

Deno.test("CA20 a slot that is opened and saved untouched has the same value", () => {
  fc.assert(fc.property(json, (value) => {
    const parsed = parseSlot(formatSlot(value), formOf(value));
    if (formOf(value) === "json" || formOf(value) === "text") {
      assert.ok(parsed.ok);
      assert.deepEqual(parsed.value, JSON.parse(JSON.stringify(value)));
    }
  }));
});

Deno.test("CA20 references and methods keep their form", () => {
  assert.deepEqual(parseSlot(formatSlot({ $ref: "genesis" }), formOf({ $ref: "genesis" })), {
    ok: true,
    value: { $ref: "genesis" },
  });
  const method = { $method: "(self) => 1" };
  assert.deepEqual(parseSlot(formatSlot(method), formOf(method)), { ok: true, value: method });
});

Deno.test("CA21 text stays text even when it looks like JSON", () => {
  assert.deepEqual(parseSlot("5", "text"), { ok: true, value: "5" });
  assert.deepEqual(parseSlot("5", "json"), { ok: true, value: 5 });
});

Deno.test("CA21 every number that the image holds can be saved again as it is shown", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger()),
      (number) => {
        assert.equal(parseSlot(JSON.stringify(number), "json").ok, true);
      },
    ),
  );
  assert.ok(parseSlot(JSON.stringify(2 ** 63), "json").ok);
});

Deno.test("CA21 what is no JSON is refused in words, before anything is sent", () => {
  for (const text of ["{a: 1}", "", "[1, 2", "nope"]) {
    const parsed = parseSlot(text, "json");
    assert.ok(!parsed.ok);
    assert.match(parsed.reason, /JSON/);
  }
  for (const text of ["1e400", '{"a": [1, -1e999]}']) {
    const parsed = parseSlot(text, "json");
    assert.ok(!parsed.ok, `${text} would be stored as another number`);
    assert.match(parsed.reason, /too large/);
    assert.equal(parseArguments(text).ok, false);
  }
  for (const text of ["9007199254740993", '{"a": [1, 12345678901234567890]}']) {
    const parsed = parseSlot(text, "json");
    assert.ok(!parsed.ok, `${text} would be rounded`);
    assert.match(parsed.reason, /cannot be stored exactly/);
    assert.equal(parseArguments(text).ok, false);
  }
  const empty = parseSlot("  ", "reference");
  assert.ok(!empty.ok);
  assert.match(empty.reason, /name or the oid/);
});

Deno.test("CA22 arguments are JSON values with commas between, and a lone word is a text", () => {
  assert.deepEqual(parseArguments(""), { ok: true, values: [] });
  assert.deepEqual(parseArguments('2, "a, b", {"c": [1]}'), { ok: true, values: [2, "a, b", { c: [1] }] });
  assert.deepEqual(parseArguments("world"), { ok: true, values: ["world"] });
  assert.equal(parseArguments("{a").ok, false);
  fc.assert(fc.property(fc.array(json, { maxLength: 4 }), (values) => {
    const parsed = parseArguments(values.map((value) => JSON.stringify(value)).join(", "));
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.values, JSON.parse(JSON.stringify(values)));
  }));
});

Deno.test("CA23 a slot's name must be there, short enough and free", () => {
  assert.equal(slotNameProblem("color", ["size"]), null);
  assert.match(slotNameProblem("", [])!, /needs a name/);
  assert.match(slotNameProblem("size", ["size"])!, /already/);
  assert.match(slotNameProblem("x".repeat(201), [])!, /200/);
});

Deno.test("CA23 a preview never exceeds its length", () => {
  fc.assert(fc.property(json, fc.integer({ min: 1, max: 80 }), (value, length) => {
    assert.ok(previewOf(value, length).length <= length);
  }));
});

Deno.test("CA24 nothing of a finished answer is lost by its formatting", () => {
  const plain = (text: string) => text.replace(/[\s`*]/g, "");
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => {
    assert.equal(plain(inlinesOf(text).map((part) => part.text).join("")), plain(text));
  }));
  assert.deepEqual(formatText("Steps:\n1. one `x`\n2. two\n\n```ts\nlet a = 1;\n```\nEnd **now**"), [
    { kind: "paragraph", inlines: [{ kind: "text", text: "Steps:" }] },
    {
      kind: "list",
      ordered: true,
      start: 1,
      items: [[{ kind: "text", text: "one " }, { kind: "code", text: "x" }], [{ kind: "text", text: "two" }]],
    },
    { kind: "code", language: "ts", text: "let a = 1;" },
    { kind: "paragraph", inlines: [{ kind: "text", text: "End " }, { kind: "strong", text: "now" }] },
  ]);
});

Deno.test("CA24 numbers of a finished answer stay as they were written, code stays code, headings have no stars", () => {
  const shown = (text: string) =>
    formatText(text).map((block) => {
      if (block.kind === "code") return block.text;
      if (block.kind === "paragraph") return block.inlines.map(({ text }) => text).join("");
      const first = block.ordered ? block.start : "-";
      return `${first} ${block.items.map((item) => item.map(({ text }) => text).join("")).join("|")}`;
    });
  assert.deepEqual(shown("1. boil\n   - a kettle\n2. pour\n\n3. wait"), [
    "1 boil",
    "- a kettle",
    "2 pour",
    "3 wait",
  ]);
  assert.deepEqual(shown("1904. It was built then."), ["1904 It was built then."]);
  assert.deepEqual(shown("1. one\n1. two\n1. three"), ["1 one|two|three"]);
  assert.deepEqual(shown("1. one\n2. two\n5. five"), ["1 one|two", "5 five"]);
  assert.deepEqual(shown("1. run\n   ```sh\n   # install\n   ```\n2. done"), [
    "1 run",
    "   # install",
    "2 done",
  ]);
  assert.deepEqual(shown("### **Why**"), ["Why"]);
});

Deno.test("CA25 a search finds by letters in order, the best first", () => {
  const names = ["context_fractal_prototype", "counter", "concept", "recount"];
  const find = (query: string) => fuzzyFilter(names, query, { text: (name) => name, limit: 10 });
  assert.equal(find("count")[0], "counter");
  assert.deepEqual(find("cfp"), ["context_fractal_prototype"]);
  assert.deepEqual(find(""), names);
  assert.equal(fuzzyScore("xyz", "counter"), null);
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 12 }), fc.string({ maxLength: 8 }), (text, more) => {
      if (text.trim() !== "") assert.notEqual(fuzzyScore(text, text + more), null);
    }),
  );
});

Deno.test("CA26 figures, times and positions are said in few words", () => {
  assert.equal(bytesInWords(999), "999 B");
  assert.equal(bytesInWords(2_200_000_000), "2.2 GB");
  assert.equal(agoInWords(0, 2_000), "just now");
  assert.equal(agoInWords(0, 3_600_000 * 5), "5 h ago");
  assert.equal(positionInWords("000001-00000000000000240000-0000"), "1·24");
  const problem = {
    code: "not_understood",
    message: "",
    hint: "",
    retryable: false,
    details: { nearest: ["a", 1] },
  };
  assert.deepEqual(suggestionsOf(problem), ["a"]);
});

Deno.test("CA27 a reason and its hint are sentences of their own", () => {
  assert.equal(sentences("fetch failed", "Start Ollama."), "fetch failed. Start Ollama.");
  assert.equal(sentences("It is gone!", "Look again"), "It is gone! Look again.");
  assert.equal(sentences(" Loading… ", undefined, ""), "Loading…");
});

Deno.test("CA27 a name that is written in another direction does not turn the sentence round it", () => {
  assert.equal(isolated("square 2"), "square 2");
  assert.equal(isolated("\u202Eeman"), "\u2068\u202Eeman\u2069");
  assert.equal(isolated("שלום"), "\u2068שלום\u2069");
});
