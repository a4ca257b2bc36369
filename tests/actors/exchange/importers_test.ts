import assert from "node:assert/strict";
import { zipSync } from "fflate";
import fc from "fast-check";
import {
  conversationItems,
  type Item,
  markdownDocument,
  markdownItems,
  zippedConversationItems,
} from "../../../actors/exchange/importers/mod.ts";
import { splitText } from "../../../actors/exchange/importers/item.ts";
import { jsonArrayElements } from "../../../actors/exchange/importers/json_array.ts";
import { zippedConversations } from "../../../actors/exchange/importers/zip.ts";

const turn = (
  id: string,
  parent: string | null,
  role: string,
  parts: unknown[],
  more: Record<string, unknown> = {},
) => ({
  id,
  parent,
  children: [],
  message: {
    id,
    author: { role },
    create_time: 1_700_000_000 + Number(id.slice(1)),
    content: { content_type: "text", parts },
    ...more,
  },
});

const chatGpt = {
  title: "Boats",
  conversation_id: "c-1",
  create_time: 1_700_000_000.5,
  mapping: {
    root: { id: "root", parent: null, children: ["m1"], message: null },
    m1: { ...turn("m1", "root", "user", ["Which boat?"]), children: ["m2", "m3"] },
    m3: turn("m3", "m1", "assistant", ["The small one."]),
    m2: turn("m2", "m1", "assistant", ["The big one.", { content_type: "image_asset_pointer" }, {
      text: "(spoken)",
    }]),
    hidden: turn("m4", "m1", "system", ["secret"], {
      metadata: { is_visually_hidden_from_conversation: true },
    }),
    broken: { ...turn("m5", "m1", "user", []), message: { id: 5 } },
  },
};
const claude = {
  uuid: "u-1",
  name: "Trains",
  created_at: "2024-02-03T04:05:06Z",
  chat_messages: [
    {
      uuid: "a",
      sender: "human",
      text: "When?",
      created_at: "2024-02-03T04:05:07Z",
      attachments: [{ file_name: "t.txt", extracted_content: "8:15" }],
    },
    {
      uuid: "b",
      sender: "assistant",
      text: "",
      content: [{ type: "text", text: "At eight." }, { type: "tool_use" }],
    },
    { sender: "human" },
  ],
};

async function* pieces(text: string, size = 7): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function* bytesOf(bytes: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

const told = (items: readonly Item[]) => items.flatMap((item) => "memory" in item ? [item.memory] : []);
const wrong = (items: readonly Item[]) => items.flatMap((item) => "problem" in item ? [item.problem] : []);

async function itemsOf(value: unknown, size?: number): Promise<Item[]> {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 1);
  return await Array.fromAsync(conversationItems(pieces(text, size), "conversations"));
}

Deno.test("EX20 a ChatGPT export gives each message of each branch, with thread, time, source and author", async () => {
  const items = await itemsOf([chatGpt]);
  assert.deepEqual(
    told(items).map(({ text, source, thread, author, at }) => [text, source, thread, author, at]),
    [
      ["Which boat?", "ChatGPT: Boats", "chatgpt:c-1", "user", 1_700_000_001_000],
      ["The big one.\n(spoken)", "ChatGPT: Boats", "chatgpt:c-1", "assistant", 1_700_000_002_000],
      ["The small one.", "ChatGPT: Boats", "chatgpt:c-1", "assistant", 1_700_000_003_000],
    ],
  );
  assert.deepEqual(wrong(items).map(({ place }) => place), ['conversations[0].mapping["broken"].message']);
});

Deno.test("EX20 a message may have more answers than a call takes arguments", async () => {
  const children = Array.from({ length: 200_000 }, (_, n) => `answer ${n}`);
  const conversation = { id: "c", mapping: { root: { parent: null, children, message: null } } };
  assert.deepEqual(await itemsOf([conversation]), []);
});

Deno.test("EX21 a Claude export gives each message, with what was attached", async () => {
  const items = await itemsOf([claude]);
  const at = Date.parse("2024-02-03T04:05:07Z");
  assert.deepEqual(
    told(items).map(({ text, source, thread, author, at }) => [text, source, thread, author, at]),
    [
      ["When?\n\nt.txt:\n8:15", "Claude: Trains", "claude:u-1", "human", at],
      ["At eight.", "Claude: Trains", "claude:u-1", "assistant", at + 1],
    ],
  );
  assert.deepEqual(wrong(items).map(({ place }) => place), ["conversations[0].chat_messages[2]"]);
});

Deno.test("EX22 a message is known again by what it says and where; the same in a later export, another when it was edited", async () => {
  const oids = async (value: unknown) => told(await itemsOf(value)).map(({ oid }) => oid);
  const first = await oids([chatGpt, claude]);
  assert.equal(new Set(first).size, first.length);
  assert.deepEqual(await oids([claude, { other: 1 }, { ...chatGpt, title: "Renamed" }]), [
    ...first.slice(3),
    ...first.slice(0, 3),
  ]);
  const edited = structuredClone(claude);
  edited.chat_messages[0]!.text = "When exactly?";
  const later = await oids([edited]);
  assert.notEqual(later[0], first[3]);
  assert.equal(later[1], first[4]);
});

Deno.test("EX23 what is malformed is left out and named by its place; what stands before a break is taken", async () => {
  const whole = JSON.stringify([claude]).slice(1, -1);
  for (
    const [text, place, reason] of [
      [`[{"a":1},${whole}]`, "conversations[0]", /neither/],
      [`[{"mapping":5},${whole}]`, "conversations[0]", /mapping/],
      [`[{"chat_messages":[]},${whole}]`, "conversations[0]", /uuid/],
      [`[{"a" 1},${whole}]`, "conversations[0]", /JSON/],
      [`[${whole},${whole.slice(0, 50)}`, "conversations[1]", /breaks off within element 1/],
      [`[${whole}`, "conversations[0]", /breaks off/],
      [`[${whole}] {}`, "conversations[1]", /after the list/],
    ] as const
  ) {
    const items = await itemsOf(text);
    const problem = wrong(items).find((each) => each.place === place);
    assert.match(problem?.reason ?? "none", reason, text);
    const taken = text === `[${whole}` ? 0 : 2;
    assert.equal(told(items).length, taken, text);
  }
  assert.match(wrong(await itemsOf("{}"))[0]!.reason, /A list was expected/);
});

Deno.test("EX24 the elements of a list are found wherever it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.json(), { maxLength: 6 }),
      fc.integer({ min: 1, max: 40 }),
      async (list, size) => {
        const text = `\ufeff [ ${list.join(" , ")} ] `;
        const found = await Array.fromAsync(jsonArrayElements(pieces(text, size), 1_000));
        assert.deepEqual(found.map(({ text }) => JSON.parse(text)), list.map((each) => JSON.parse(each)));
        assert.deepEqual(
          found.map(({ index }) => index),
          list.map((_, index) => index),
        );
      },
    ),
  );
  await assert.rejects(
    Array.fromAsync(jsonArrayElements(pieces('["' + "x".repeat(99) + '"]'), 50)),
    /50 characters/,
  );
});

Deno.test("EX25 conversations come out of a ZIP file; a bomb, a cut file and one without them are refused", async () => {
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const zip = zipSync({
    "user.json": encode({}),
    "export/conversations-000.json": encode([claude]),
    "export/conversations-001.json": encode([{ broken: true }, chatGpt]),
  });
  const items = await Array.fromAsync(zippedConversationItems(bytesOf(zip)));
  assert.deepEqual(told(items), [...told(await itemsOf([claude])), ...told(await itemsOf([chatGpt]))]);
  assert.equal(wrong(items)[1]!.place, "export/conversations-001.json[0]");
  const refused = async (bytes: Uint8Array, bounds = {}) =>
    await Array.fromAsync(zippedConversations(bytesOf(bytes), bounds)).then(
      () => "taken",
      (error) => `${error.code}: ${error.message}`,
    );
  assert.match(
    await refused(zipSync({ "a.json": encode({}) })),
    /^conversations_invalid.*no conversations\.json/,
  );
  assert.match(await refused(new Uint8Array([80, 75, 1, 2, 3])), /^conversations_invalid/);
  const bomb = zipSync({ "conversations.json": new Uint8Array(5_000_000).fill(32) });
  assert.match(await refused(bomb, { ratioFromBytes: 100_000, ratioMax: 50 }), /beyond its bounds/);
  assert.match(await refused(bomb, { memberBytesMax: 1_000_000 }), /beyond its bounds/);
  assert.equal(await refused(bomb, { ratioMax: 5_000 }), "taken");
});

Deno.test("EX26 a Markdown file gives its sections under their headings, as one thread in order", () => {
  const text = [
    "---",
    "date: 2024-05-06",
    'author: "Ada"',
    "---",
    "Before any heading.",
    "# Garden #",
    "Roses.",
    "```",
    "# no heading",
    "```",
    "## Shed",
    "",
    "The key is blue.",
    "",
    "Tools",
    "-----",
    "A spade.",
    "- a list",
    "---",
    "# Empty",
    "# Garden",
    "Roses.",
  ].join("\r\n");
  const items = [...markdownItems({ path: "notes/home.md", text, changed: 5 })];
  const at = Date.parse("2024-05-06");
  assert.deepEqual(told(items).map(({ text, source, at: when }) => [text, source, when]), [
    ["Before any heading.", "notes/home.md", at],
    ["Garden\n\nRoses.\n```\n# no heading\n```", "notes/home.md § Garden", at + 1],
    ["Garden › Shed\n\nThe key is blue.", "notes/home.md § Garden › Shed", at + 2],
    ["Garden › Tools\n\nA spade.\n- a list\n---", "notes/home.md § Garden › Tools", at + 3],
    ["Garden\n\nRoses.", "notes/home.md § Garden", at + 4],
  ]);
  assert.ok(
    told(items).every(({ thread, author }) => thread === "markdown:notes/home.md" && author === "Ada"),
  );
});

Deno.test("EX26 a heading and a field are read in time that grows with their length alone", () => {
  const wide = " ".repeat(1_000_000);
  const text = `---\nauthor: Ada${wide}L\n---\n# Shed #${wide}x ##  \nThe key is blue.`;
  const { author, sections } = markdownDocument({ path: "a.md", text });
  assert.equal(author, `Ada${wide}L`);
  assert.deepEqual(sections, [{ headings: [`Shed #${wide}x`], body: "The key is blue." }]);
});

Deno.test("EX26 signs that close a heading are none of it, and others stay", () => {
  const headingsOf = (heading: string) =>
    markdownDocument({ path: "a.md", text: `${heading}\nThe key is blue.` }).sections.map((each) =>
      each.headings
    );
  for (const heading of ["# Shed", "# Shed #", "#\tShed \t### ", "   # Shed"]) {
    assert.deepEqual(headingsOf(heading), [["Shed"]], heading);
  }
  assert.deepEqual(headingsOf("# C#"), [["C#"]]);
  for (const heading of ["# ##", "# "]) assert.deepEqual(headingsOf(heading), headingsOf("#"), heading);
});

Deno.test("EX26 a section keeps its oid when its file is copied or another section changes", () => {
  const oids = (text: string, changed: number) =>
    told([...markdownItems({ path: "a.md", text, changed })]).map(({ oid }) => oid);
  const [one, two] = oids("# A\nx\n# B\ny", 1);
  assert.deepEqual(oids("# A\nx\n# B\ny", 999), [one, two]);
  const [same, other] = oids("# A\nx\n# B\nz", 2);
  assert.equal(same, one);
  assert.notEqual(other, two);
});

Deno.test("EX27 a text that is too long for one memory is cut between paragraphs, and nothing of it is lost", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.integer({ min: 2, max: 30 }),
      (text, max) => {
        const parts = splitText(text, max);
        assert.ok(parts.every((part) => part.length <= max && part !== ""));
        const bare = (value: string) => value.replaceAll(/\s/g, "");
        assert.equal(bare(parts.join("")), bare(text));
        if (text.isWellFormed()) assert.ok(parts.every((part) => part.isWellFormed()));
      },
    ),
  );
  assert.deepEqual(splitText("one two\n\nthree four", 12), ["one two", "three four"]);
});
