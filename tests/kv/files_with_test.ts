import assert from "node:assert/strict";
import fc from "fast-check";
import { filesWith, ValueError } from "../../kv/mod.ts";
import { withFolder } from "./support.ts";

Deno.test("KV139 a text is found in the files below a folder, however it lies there, and only where it is", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/below`);
    const text = 'say "größe"';
    const forms: [string, Uint8Array][] = [
      ["utf8", new TextEncoder().encode(`x${text}y`)],
      ["json", new TextEncoder().encode(JSON.stringify({ text }))],
      ["utf16", new Uint8Array(Uint16Array.from(text, (char) => char.charCodeAt(0)).buffer)],
      ["latin1", Uint8Array.from(text, (char) => char.charCodeAt(0))],
      ["without", new TextEncoder().encode('say "große"')],
      ["empty", new Uint8Array()],
    ];
    for (const [name, bytes] of forms) await Deno.writeFile(`${folder}/below/${name}`, bytes);
    const found = (await filesWith(folder, text)).map((path) => path.slice(folder.length));
    assert.deepEqual(found, ["/below/json", "/below/latin1", "/below/utf16", "/below/utf8"]);
    await assert.rejects(filesWith(folder, "abc"), ValueError);
  }));

Deno.test("KV139 a text is found wherever it stands in a file of several pieces", () =>
  withFolder(async (folder) => {
    const size = 2_200_000;
    const text = "the needle in it";
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.nat(size), fc.integer({ min: -20, max: 20 }).map((by) => (1 << 20) + by)),
        async (at) => {
          const bytes = new Uint8Array(size + text.length).fill(120);
          bytes.set(new TextEncoder().encode(text), at);
          await Deno.writeFile(`${folder}/file`, bytes);
          assert.equal((await filesWith(folder, text)).length, 1);
        },
      ),
      { numRuns: 40 },
    );
  }));
