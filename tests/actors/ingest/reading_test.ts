/** What is read of each kind of file, and what is left out of those that are broken or hostile. */
import assert from "node:assert/strict";
import { zipSync } from "fflate";
import { mboxMessages } from "../../../actors/ingest/mbox.ts";
import { LINE_BYTES_MAX } from "../../../actors/ingest/limits.ts";
import { chunksIn, entriesOf, Files, problemsIn } from "./fixture.ts";

const encoder = new TextEncoder();
const MAIL = `From ada@home Tue Jul 01 10:52:37 2003
From: Ada <ada@home>
Subject: =?utf-8?q?The_b=C3=B6iler?=
Date: Tue, 1 Jul 2003 10:52:37 +0200
Message-ID: <1@home>
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

The boiler needs its f=EAte in March.
>From here on, nothing.

From dan@home Wed Jul 02 08:00:00 2003
From: Dan <dan@home>
Subject: Re: The boiler
In-Reply-To: <1@home>
References: <1@home>
Content-Type: multipart/alternative; boundary=x

--x
Content-Type: text/html

<style>p { color: red }</style><p>I called the <b>plumber</b> &amp; paid.</p>
--x--
`;

Deno.test("IG3 a Markdown file gives its sections with their headings, its date and its author", async () => {
  await using files = await Files.create({
    "garden.md":
      "---\ndate: 2024-05-01\nauthor: Mira\n---\n# Garden\n\nApples.\n\n## Shed\n\nThe blue key.\n",
  });
  const chunks = await chunksIn(files.folder);
  assert.deepEqual(chunks.map(({ text, source }) => [text, source]), [
    ["Garden\n\nApples.", "notes/garden.md § Garden"],
    ["Garden › Shed\n\nThe blue key.", "notes/garden.md § Garden › Shed"],
  ]);
  const { at, author, kind, thread, file } = chunks[1]!;
  assert.deepEqual([at, author, kind], [Date.parse("2024-05-01") + 1, "Mira", "note"]);
  assert.deepEqual([thread, file], ["file:notes/garden.md", "notes/garden.md"]);
});

Deno.test("IG3 plain text gives its paragraphs, as many together as a memory holds", async () => {
  const long = Array.from({ length: 200 }, () => "word").join(" ");
  await using files = await Files.create({ "a.txt": `One.\n\nTwo.\n \n${long}\n\nLast.` });
  assert.deepEqual((await chunksIn(files.folder)).map(({ text }) => text), [
    "One.\n\nTwo.\n\n" + long + "\n\nLast.",
  ]);
  await files.write("a.txt", `${long}\n\n${long}\n\nLast.`);
  assert.deepEqual((await chunksIn(files.folder)).map(({ text }) => text), [long, `${long}\n\nLast.`]);
});

Deno.test("IG3 an mbox gives its messages with subject, sender, date and thread, whatever they are encoded in", async () => {
  await using files = await Files.create({ "mail.mbox": MAIL, "Inbox": MAIL.replaceAll("March", "April") });
  const chunks = await chunksIn(files.folder);
  assert.deepEqual(
    chunks.filter(({ file }) => file === "notes/mail.mbox").map(({ text, source, author, thread, at }) => ({
      text,
      source,
      author,
      thread,
      at,
    })),
    [
      {
        text: "The böiler\n\nThe boiler needs its fête in March.\nFrom here on, nothing.",
        source: "notes/mail.mbox § The böiler",
        author: "Ada",
        thread: "mail:1@home",
        at: Date.parse("2003-07-01T08:52:37Z"),
      },
      {
        text: "Re: The boiler\n\nI called the plumber & paid.",
        source: "notes/mail.mbox § Re: The boiler",
        author: "Dan",
        thread: "mail:1@home",
        at: chunks.at(-1)!.at,
      },
    ],
  );
  assert.ok(
    chunks.some(({ file, kind }) => file === "notes/Inbox" && kind === "mail"),
    "told by its content",
  );
});

Deno.test("IG3 exports of ChatGPT and Claude give their messages, from JSON and from a ZIP file", async () => {
  const claude = [{
    uuid: "c1",
    name: "Boats",
    chat_messages: [{
      uuid: "m1",
      sender: "human",
      text: "What floats?",
      created_at: "2024-01-02T03:04:05Z",
    }],
  }];
  const chatgpt = [{
    conversation_id: "g1",
    title: "Sails",
    mapping: {
      a: {
        message: {
          id: "m",
          author: { role: "user" },
          content: { content_type: "text", parts: ["Which sail?"] },
        },
      },
    },
  }];
  await using files = await Files.create({
    "claude/conversations.json": JSON.stringify(claude),
    "export.zip": zipSync({ "conversations.json": encoder.encode(JSON.stringify(chatgpt)) }),
  });
  const chunks = await chunksIn(files.folder);
  assert.deepEqual(chunks.map(({ text, source, kind, author }) => [text, source, kind, author]), [
    ["What floats?", "Claude: Boats", "message", "human"],
    ["Which sail?", "ChatGPT: Sails", "message", "user"],
  ]);
});

Deno.test("IG5 what is broken or hostile is named and left out, and the rest is taken", async () => {
  await using files = await Files.create({
    "good.txt": "All is well.",
    "picture.txt": new Uint8Array([80, 78, 71, 0, 1, 2]),
    "photo.jpg": "no photo",
    "empty.md": "",
    "endless.txt": `Before.\n\n${"x".repeat(LINE_BYTES_MAX + 1)}\n\nAfter.`,
    "latin.txt": new Uint8Array([
      ...encoder.encode("Right.\n\nWr"),
      0xff,
      ...encoder.encode("ng.\n\nRight again."),
    ]),
    "latin.md": new Uint8Array([...encoder.encode("# A\n\nright\nwr"), 0xff, ...encoder.encode("ng\n")]),
    "bomb.zip": zipSync({ "conversations.json": new Uint8Array(40 * 1024 * 1024).fill(32) }, { level: 9 }),
    "cut.zip": new Uint8Array([0x50, 0x4b, 3, 4, 1, 2]),
    "conversations.json": '[{"uuid": 7}, {"broken',
    "bad.mbox": [
      "From a@b Tue Jul 01 10:52:37 2003\nno headers at all\n\nText of nobody.\n",
      "From a@b Tue Jul 01 10:52:38 2003\nSubject: binary\nContent-Transfer-Encoding: base64\n\n/////w8ODf////////8=\n",
      `From a@b Tue Jul 01 10:52:39 2003\nSubject: headers\n${"X-Long: " + "y".repeat(400_000)}\n\nText.\n`,
      "From a@b Tue Jul 01 10:52:40 2003\nSubject: fine\nContent-Type: multipart/mixed; boundary=none\n\nNo parts.\n",
    ].join("\n"),
    "deep.eml": "Subject: deep\n" + Array.from({ length: 60 }, (_, n) =>
      `Content-Type: multipart/mixed; boundary=b${n}\n\n--b${n}\n`).join("") +
      "Content-Type: text/plain\n\nText.\n",
  });
  await Deno.symlink(files.folder, `${files.folder}/circle`);
  await Deno.symlink("/etc/passwd", `${files.folder}/outside.txt`);
  const problems = await problemsIn(files.folder);
  const expected: Record<string, RegExp> = {
    "notes/picture.txt": /^it is binary$/,
    "notes/photo.jpg": /^it is of no kind that is taken in$/,
    "notes/empty.md": /^it is empty$/,
    "notes/endless.txt, byte 9": /^a line has more than \d+ bytes, it was left out$/,
    "notes/latin.txt, byte 8": /^a passage is not UTF-8, it was left out$/,
    "notes/latin.md": /^1 lines are not UTF-8, they were left out$/,
    "notes/bomb.zip": /unpacks to .* beyond its bounds/,
    "notes/cut.zip": /^Cannot import/,
    "notes/conversations.json: notes/conversations.json[0]": /neither ChatGPT nor Claude/,
    "notes/conversations.json: notes/conversations.json[1]": /breaks off/,
    "notes/bad.mbox, message 1 at byte 0": /no sender, no subject and no date/,
    "notes/bad.mbox, message 2 at byte 70": /cannot be decoded/,
    "notes/deep.eml": /malformed/,
    "notes/circle": /^it is a link, which is not followed$/,
    "notes/outside.txt": /^it is a link, which is not followed$/,
  };
  for (const [place, reason] of Object.entries(expected)) {
    assert.match(problems[place] ?? `nothing at ${place}`, reason);
  }
  assert.ok(
    Object.entries(problems).some(([place, reason]) => /message 3/.test(place) && /malformed/.test(reason)),
  );
  const texts = (await chunksIn(files.folder)).map(({ text }) => text);
  for (const taken of ["All is well.", "Before.", "After.", "Right.", "Right again.", "A\n\nright"]) {
    assert.ok(texts.includes(taken), `"${taken}" was taken: ${JSON.stringify(texts)}`);
  }
});

Deno.test("IG6 of an mbox of any size no more is read than up to the message that is asked for", async () => {
  let pulled = 0;
  const message = encoder.encode(
    `From a@b Tue Jul 01 10:52:37 2003\nSubject: x\n\n${"line\n".repeat(2_000)}\n`,
  );
  async function* endless() {
    for (;;) {
      pulled += message.length;
      yield await Promise.resolve(message);
    }
  }
  let taken = 0;
  for await (const { bytes } of mboxMessages(endless())) {
    assert.ok(bytes!.length < message.length);
    taken++;
    assert.ok(pulled <= (taken + 1) * message.length, `${pulled} bytes were read for ${taken} messages`);
    if (taken === 1_000) break;
  }
});

Deno.test("IG6 a message over the bound is passed over without being held, and the next one is read", async () => {
  async function* chunks() {
    yield encoder.encode("From a@b Tue Jul 01 10:52:37 2003\nSubject: large\n\n");
    for (let n = 0; n < 100; n++) yield await Promise.resolve(encoder.encode("x".repeat(1_000)));
    yield encoder.encode("\n\nFrom a@b Tue Jul 01 10:52:38 2003\nSubject: small\n\nText.\n");
  }
  const messages = await Array.fromAsync(mboxMessages(chunks(), 10_000));
  assert.equal(messages.length, 2);
  assert.equal(messages[0]!.bytes, null);
  assert.match(new TextDecoder().decode(messages[1]!.bytes!), /^Subject: small\n\nText\.\n$/);
});

Deno.test("IG6 a line that begins like a message and never ends is not held", async () => {
  const line = new Uint8Array(64 * 1024).fill(120);
  async function* chunks() {
    yield encoder.encode("From a@b Tue Jul 01 10:52:37 2003 ");
    for (let n = 0; n < 4_000; n++) yield await Promise.resolve(line);
    yield encoder.encode("\n\nFrom a@b Tue Jul 01 10:52:38 2003\nSubject: small\n\nText.\n");
  }
  const messages = await Array.fromAsync(mboxMessages(chunks(), 10_000));
  assert.deepEqual(messages.map(({ bytes }) => bytes?.length ?? null), [null, 22]);
});

Deno.test("IG7 from whichever mark the reading goes on, exactly the rest is read", async () => {
  await using files = await Files.create({
    "a/x.txt": "One.\n\nTwo.",
    "a.md": `# T\n\n${"word ".repeat(700)}\n\n## U\n\nMore.`,
    "b/mail.mbox": MAIL,
    "b/none.bin": "\0",
    "c.txt": "Last.",
  });
  const all = await entriesOf(files.folder);
  assert.ok(all.length > 9);
  for (const [at, { mark }] of all.entries()) {
    assert.deepEqual(await entriesOf(files.folder, mark), all.slice(at + 1), `behind entry ${at}`);
  }
});
