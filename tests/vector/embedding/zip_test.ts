import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import fc from "fast-check";
import { readZipMember } from "../../../vector/embedding/zip.ts";
import { zipOf } from "./fixture.ts";

const member = fc.record({
  name: fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8})?\.json$/),
  bytes: fc.uint8Array({ maxLength: 2000 }),
  deflated: fc.boolean(),
});

Deno.test("VE9 every member of an archive comes out as it went in, stored or deflated", async () => {
  const members = fc.uniqueArray(member, { selector: ({ name }) => name, minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(members, async (members) => {
      const archive = await zipOf(members);
      for (const { name, bytes } of members) {
        equal(await readZipMember(archive, name), Uint8Array.from(bytes));
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("VE9 an archive that was cut, altered or lacks the member is refused in words", async () => {
  const bytes = new TextEncoder().encode("x".repeat(5000) + "y");
  const archive = await zipOf([{ name: "a.json", bytes, deflated: true }]);
  await rejects(readZipMember(archive, "b.json"), /no member "b.json"/);
  await rejects(readZipMember(archive.slice(0, -30), "a.json"), /no end of directory|cut/);
  await rejects(readZipMember(new Uint8Array(10), "a.json"), /no ZIP archive/);
  // The directory says one byte less than there is.
  const lying = archive.slice();
  const directory = lying.findLastIndex((_, at) =>
    lying[at] === 0x50 && lying[at + 1] === 0x4b && lying[at + 2] === 1
  );
  new DataView(lying.buffer).setUint32(directory + 24, bytes.length - 1, true);
  await rejects(readZipMember(lying, "a.json"), /more than the 5000 bytes/);
});
