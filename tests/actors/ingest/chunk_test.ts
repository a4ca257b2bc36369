/** How a text is cut: by its structure, bounded in tokens, with nothing lost. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { chunksOf } from "../../../actors/ingest/chunk.ts";
import { contentOid } from "../../../actors/ingest/content_oid.ts";
import { tokensOf } from "../../../actors/ingest/tokens.ts";
import { embedTokensMax } from "../../../vector/limits.ts";
import { MODEL_NAME } from "../../../vector/embedding/pinned_models.ts";
import { realModels, testWithModel } from "../memory/fixture.ts";

Deno.test("IG1 paragraphs stay whole as long as they fit, and each piece begins with the headings over it", () => {
  const paragraph = (n: number) => Array.from({ length: 20 }, () => `word${n}`).join(" ");
  const text = [1, 2, 3, 4, 5].map(paragraph).join("\n\n");
  const chunks = chunksOf(text, { headings: ["Garden", "Shed"], tokensMax: 100 });
  assert.ok(chunks.length > 1);
  for (const chunk of chunks) {
    assert.match(chunk, /^Garden › Shed\n\nword/);
    for (const each of chunk.split("\n\n").slice(1)) assert.equal(each.split(" ").length, 20);
  }
});

Deno.test("IG1 whatever the text, every piece is bounded, and nothing of it is lost or said twice", () => {
  const letters = fc.constantFrom(
    "a",
    "Bc",
    " ",
    "\n",
    "\n\n",
    ". ",
    "日",
    "й",
    "😀",
    "12",
    "#",
    "longerword",
    "\t",
  );
  fc.assert(
    fc.property(
      fc.array(letters, { maxLength: 400 }),
      fc.integer({ min: 4, max: 60 }),
      (parts, tokensMax) => {
        const text = parts.join("");
        const chunks = chunksOf(text, { tokensMax });
        const words = (of: string) => [...of].filter((sign) => /[\p{L}\p{N}]/u.test(sign)).join("");
        assert.equal(words(chunks.join("")), words(text));
        for (const chunk of chunks) {
          assert.ok(tokensOf(chunk) <= tokensMax, `${tokensOf(chunk)} tokens: ${chunk}`);
        }
      },
    ),
  );
});

Deno.test("IG1 of headings that are too long the innermost stand over the text", () => {
  const long = Array.from({ length: 60 }, (_, n) => `heading${n}`).join(" ");
  assert.deepEqual(chunksOf("said", { headings: [long, "near"] }), ["near\n\nsaid"]);
  const [only] = chunksOf("said", { headings: [long] });
  assert.match(only!, /^heading0 heading1 .*\n\nsaid$/);
});

testWithModel(
  "IG1 a piece is no longer than what the model reads, in any language that was tried",
  async () => {
    const { AutoTokenizer, env } = await import("@huggingface/transformers");
    env.localModelPath = realModels!;
    env.allowRemoteModels = false;
    const tokenizer = await AutoTokenizer.from_pretrained(MODEL_NAME);
    const said: Record<string, string> = {
      English:
        "The harbourmaster's extraordinarily complicated explanations, notwithstanding, went unheeded; we left. ",
      German:
        "Die Donaudampfschifffahrtsgesellschaft veröffentlichte ihren überarbeiteten Fahrplan für Fußgänger. ",
      Finnish:
        "Epäjärjestelmällisyydestään huolimatta kirjastonhoitajamme löysi lainaamattoman käsikirjoituksen. ",
      Polish: "Najprawdopodobniej przewodniczący stowarzyszenia zrezygnował z przeprowadzenia wyborów. ",
      Turkish: "Arkadaşlarımızdan bazıları kütüphanedeki kitapları okuyamadıklarını söylediler. ",
      Russian: "Достопримечательности города оказались значительно интереснее, чем мы предполагали. ",
      Chinese: "我们在港口等了一整天，直到渡轮终于来了。",
      Japanese: "港で一日中フェリーを待っていました。カタカナもあります。",
      Arabic: "انتظرنا العبارة في الميناء حتى الظهر. ",
      code: "const x_1 = await fetch(`https://a.b/c?d=${e}`); if (x_1.ok) { return 0x1F_FF; } // 3.14159 ",
      numbers: "2026-11-27 12:30:59.123456 +0200 €1,234,567.89 192.168.0.255 ",
    };
    for (const [language, sentence] of Object.entries(said)) {
      for (const chunk of chunksOf(sentence.repeat(60), { headings: [sentence.slice(0, 60)] })) {
        const { size } = tokenizer(chunk).input_ids;
        assert.ok(size <= embedTokensMax, `${language}: ${size} tokens, estimated ${tokensOf(chunk)}`);
      }
    }
  },
);

Deno.test("IG4 the oid follows what a text says, not its white space or how its letters are composed", () => {
  assert.equal(contentOid("a\n b"), contentOid(" a b "));
  assert.equal(contentOid("e\u0301"), contentOid("\u00e9"));
  assert.notEqual(contentOid("a b"), contentOid("ab"));
});
