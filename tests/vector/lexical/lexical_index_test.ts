import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import fc from "fast-check";
import { LexicalError, lexicalHitsMax, type LexicalRow } from "../../../vector/mod.ts";
import { lexicalChangesPendingMax, lexicalPendingMax } from "../../../vector/lexical/limits.ts";
import { at, found, openLexical, put, row, startLexical } from "./fixture.ts";

Deno.test("LX1 a row is found by each of its words, whatever the case, the width, the accents and the script", async () => {
  await using open = await openLexical();
  const { index } = open;
  await put(
    index,
    1,
    row("en", "The naïve Captain wrote “C++ in 21 days”, said O'Brien"),
    row("zh", "我喜欢学习中文"),
    row("ja", "庭の家の鍵は青い扉の後ろにある"),
    row("th", "กุญแจอยู่หลังประตูสีน้ำเงิน"),
    row("hi", "चाबी नीले दरवाज़े के पीछे है"),
  );
  const queries = {
    en: ["captain", "CAPTAIN", "naive", "NAÏVE", "ｃａｐｔａｉｎ", "21", "o'brien"],
    zh: ["学习", "中文"],
    ja: ["鍵", "扉"],
    th: ["ประตู"],
    hi: ["दरवाज़े", "चाबी"],
  };
  for (const [id, words] of Object.entries(queries)) {
    for (const word of words) equal(await found(index, word), [id], word);
  }
  equal(await found(index, "nothing of it"), []);
  equal(await found(index, "¿?! — “”"), []);
  equal(await found(index, '" OR rowid:1 NEAR('), []);
});

Deno.test("LX2 words find their other forms, in each language by its own stems", async () => {
  await using open = await openLexical();
  const { index } = open;
  const texts = {
    eng: ["The gardener was repairing both bicycles behind the old shed", "repair bicycle"],
    deu: [
      "Die Gärtnerin reparierte gestern die alten Fahrräder hinter dem Schuppen",
      "reparieren alte Gartnerin",
    ],
    fra: ["Nous avons longuement chanté dans les petites églises du village", "chanter longue église"],
    spa: ["Las llaves de la casa estaban escondidas detrás de las puertas azules", "llave puerta azul"],
    rus: ["Ключи от старого сарая висят за синими дверями нашего дома", "ключ синий сарай"],
    ita: ["Le biciclette rosse erano nascoste dietro la vecchia casa del giardiniere", "bicicletta nascosto"],
  };
  await put(index, 1, ...Object.entries(texts).map(([id, [text]]) => row(id, text!)));
  for (const [id, [, asked]] of Object.entries(texts)) {
    const { hits } = await index.search(asked!, { limit: 1 });
    equal(hits.map(({ id }) => id), [id], asked);
  }
});

Deno.test("LX3 a word that more than a fifth of the rows have is dropped, unless all words of the query are such", async () => {
  await using open = await openLexical();
  const { index } = open;
  await put(
    index,
    1,
    ...Array.from({ length: 40 }, (_, n) => row(`r${n}`, `harbour note ${n} ${n === 7 ? "anchor" : ""}`)),
  );
  const rare = await index.search("harbour anchor", { limit: 100 });
  equal([rare.hits.map(({ id }) => id), rare.words, rare.dropped], [["r7"], ["anchor"], ["harbour"]]);
  ok(rare.hits[0]!.score > 1 && rare.hits[0]!.share > 0.5);
  const common = await index.search("harbour", { limit: 100 });
  equal([common.hits.length, common.words, common.dropped], [40, ["harbour"], []]);
  const unknown = await index.search("harbour submarine", { limit: 100 });
  equal([unknown.hits.length, unknown.words, unknown.dropped], [0, [], ["harbour"]]);
});

Deno.test("LX4 after any changes a search finds what lives, and as of a position what lived then", async () => {
  const word = fc.constantFrom("anchor", "bell", "candle", "drum");
  const step = fc.record({
    id: fc.constantFrom("a", "b", "c"),
    text: fc.option(fc.uniqueArray(word, { minLength: 1 })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      await using open = await openLexical();
      const lived: Map<string, LexicalRow>[] = [new Map()];
      for (const [n, { id, text }] of steps.entries()) {
        const now = new Map(lived.at(-1));
        const before = now.get(id) ?? null;
        const after = text === null ? null : row(id, text.join(" "));
        if (after === null) now.delete(id);
        else now.set(id, after);
        await open.index.apply([{ id, before, after, position: at(n + 1) }], at(n + 1));
        lived.push(now);
      }
      for (const asked of ["anchor", "bell", "candle", "drum"]) {
        const having = (rows: Map<string, LexicalRow>) =>
          [...rows.values()].filter(({ text }) => text.includes(asked)).map(({ id }) => id).sort();
        equal(await found(open.index, asked), having(lived.at(-1)!));
        for (const [n, rows] of lived.entries()) {
          equal(await found(open.index, asked, { asOf: at(n) }), having(rows), `${asked} as of ${n}`);
        }
      }
    }),
    { numRuns: 12 },
  );
});

Deno.test("LX4 rows that were read when they were newer than a change already are known as they were all the same", async () => {
  await using open = await openLexical();
  const { index } = open;
  await index.fill([{ row: row("a", "the new bell"), born: at(9) }]);
  const before = row("a", "the old drum");
  await index.apply([{ id: "a", before, after: row("a", "the new bell"), position: at(9) }], at(9));
  equal([await found(index, "bell"), await found(index, "drum")], [["a"], []]);
  equal(await found(index, "drum", { asOf: at(8) }), ["a"]);
  // Filling takes nothing back that is newer.
  await index.fill([{ row: row("a", "an ancient anchor"), born: at(3) }]);
  equal(await found(index, "anchor"), []);
});

Deno.test("LX5 hits can be chosen by time, source, kind, thread and slot, together", async () => {
  await using open = await openLexical();
  const { index } = open;
  await put(
    index,
    1,
    row("a", "a bell", {
      at: 100,
      source: "diary",
      thread: "t",
      slots: { mood: "calm", page: 3, seen: true },
    }),
    row("b", "a bell", { at: 200, source: "letter", kind: "exchange", slots: { mood: "wild", page: 4 } }),
    row("c", "a drum", { at: 300, source: "diary" }),
  );
  const choose = async (filter: Parameters<typeof index.matching>[0]) => {
    const { hits } = await index.search("bell drum", { limit: 10, filter });
    const ids = hits.map(({ id }) => id).sort();
    equal([...await index.matching(filter, 10)].sort(), ids);
    return ids;
  };
  equal(await choose({ since: 200 }), ["b", "c"]);
  equal(await choose({ until: 200 }), ["a"]);
  equal(await choose({ source: "diary", until: 300 }), ["a"]);
  equal(await choose({ kind: "exchange" }), ["b"]);
  equal(await choose({ thread: "t" }), ["a"]);
  equal(await choose({ slots: { mood: "calm", page: 3, seen: true } }), ["a"]);
  equal(await choose({ slots: { page: 3, mood: "wild" } }), []);
  equal(await choose({ source: "nobody's" }), []);
  equal(await choose({ among: ["a", "c", "none"], since: 200 }), ["c"]);
});

Deno.test("LX6 what was applied is there after closing; rows and watermark are kept or lost together", async () => {
  await using open = await openLexical();
  await put(open.index, 5, row("a", "a bell"));
  await open.index.close();
  const again = await startLexical(open.path);
  equal([again.state.watermark, again.state.rows, await found(again, "bell")], [at(5), 1, ["a"]]);
  await put(again, 6, row("b", "a bell"));
  await again.clear();
  equal([again.state.watermark, again.state.rows, await found(again, "bell")], ["", 0, []]);
  await again.close();
});

Deno.test("LX7 a damaged file is a typed error; a file of another image is emptied", async () => {
  await using open = await openLexical();
  await put(open.index, 5, row("a", "a bell"));
  await open.index.close();
  const other = await startLexical(open.path, { image: "another" });
  equal([other.state.watermark, await found(other, "bell")], ["", []]);
  await other.close();
  await Deno.writeFile(open.path, new Uint8Array(8192).fill(7));
  await rejects(startLexical(open.path), { name: "LexicalError", code: "lexical_damaged" });
  await rejects(startLexical(`${open.path}/none/there`), { name: "LexicalError", code: "lexical_failed" });
});

Deno.test("LX8 a row is told with its thread's neighbours, two on each side, in the order of time and then of ids", async () => {
  await using open = await openLexical();
  const { index } = open;
  const rows = ["e", "d", "c", "b", "a"].map((id, n) =>
    row(id, `word ${n}`, { thread: "talk", at: n < 2 ? n : 10 })
  );
  await put(index, 1, ...rows, row("x", "alone"), row("y", "elsewhere", { thread: "other", at: 10 }));
  const near = async (id: string, asOf?: string) =>
    (await index.describe([id], asOf))[0]?.near.map(({ id, steps }) => `${id}${steps}`);
  equal(await near("a"), ["e-2", "d-1", "b1", "c2"]);
  equal(await near("e"), ["d1", "a2"]);
  equal(await near("x"), []);
  equal(await near("nobody"), undefined);
  await index.apply([{ id: "b", before: rows[3]!, after: null, position: at(2) }], at(2));
  equal(await near("a"), ["e-2", "d-1", "c1"]);
  equal(await near("a", at(1)), ["e-2", "d-1", "b1", "c2"]);
});

Deno.test("LX9 what is out of bounds is a typed error; an index that broke refuses everything and says so once", async () => {
  await using open = await openLexical();
  await rejects(open.index.search("bell", { limit: lexicalHitsMax + 1 }), (error: LexicalError) => {
    equal(error.code, "invalid_query");
    match(error.message, /1 to 1000: it is 1001/);
    return true;
  });
  equal(await found(open.index, "bell"), []);
  const told: LexicalError[] = [];
  const index = await startLexical(`${open.path}2`, { onFailure: (error) => told.push(error) });
  // Two rows of one id in one filling are one row too many for the file.
  const twice = row("a", "a bell");
  const broken = index.fill([], [{ row: { ...twice, at: Number.NaN }, born: at(1), died: at(2) }]);
  await rejects(broken, { name: "LexicalError", code: "lexical_failed" });
  await rejects(index.search("bell", { limit: 1 }), LexicalError);
  ok(told.length === 1);
  await index.close();
});

Deno.test("LX9 changes have room where questions are refused; more of them than may wait break the index", async () => {
  await using open = await openLexical();
  const told: LexicalError[] = [];
  const index = await startLexical(`${open.path}2`, { onFailure: (error) => told.push(error) });
  const asked = Array.from({ length: lexicalPendingMax }, () => index.matching({}, 1));
  await rejects(index.matching({}, 1), { code: "lexical_busy", retryable: true });
  await put(index, 1, row("a", "a bell"));
  await Promise.all(asked);
  equal(await found(index, "bell"), ["a"]);
  const changed = Array.from({ length: lexicalChangesPendingMax + 1 }, () => index.prune(at(1)));
  const outcomes = await Promise.allSettled(changed);
  ok(outcomes.every(({ status }) => status === "rejected"));
  equal(told.map(({ code }) => code), ["lexical_busy"]);
});

Deno.test("LX10 rows that died up to a position can be dropped, and compacting leaves no byte of what is gone", async () => {
  await using open = await openLexical();
  const { index, path } = open;
  const [bell, drum] = [row("a", "the xylograph bell"), row("b", "a kettledrum")];
  await put(index, 1, bell, drum);
  await index.apply([{ id: "a", before: bell, after: null, position: at(2) }], at(2));
  await index.apply([{ id: "b", before: drum, after: null, position: at(4) }], at(4));
  equal(await found(index, "xylograph", { asOf: at(1) }), ["a"]);
  await index.prune(at(3));
  equal([index.state.rows, index.state.past], [0, 1]);
  equal(await found(index, "xylograph", { asOf: at(1) }), []);
  equal(await found(index, "kettledrum", { asOf: at(3) }), ["b"]);
  await index.compact();
  equal(await found(index, "kettledrum", { asOf: at(3) }), ["b"]);
  await index.close();
  const bytes = new TextDecoder("latin1").decode(await Deno.readFile(path));
  ok(!bytes.includes("xylograph") && bytes.includes("kettledrum"));
});
