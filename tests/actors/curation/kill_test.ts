/** What a kill in the midst of a run leaves: whole concepts alone, and the rest for the next run. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { keys } from "../../../kv/mod.ts";
import { openTestImage } from "../../support/image.ts";
import { curate } from "./scene.ts";

const child = fileURLToPath(new URL("dying_curation.ts", import.meta.url));

for (const [point, n] of [["commit.decided", 2], ["commit.voted", 3]] as const) {
  Deno.test(`CU10 killed at ${point} the image holds whole concepts, and the next run makes the rest once`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const died = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--unstable-kv", "--quiet", "--frozen", child, folder, point, String(n)],
        stderr: "inherit",
      }).output();
      assert.equal(died.signal, "SIGKILL", new TextDecoder().decode(died.stdout));
      await using test = await openTestImage({ folder });
      const { door, image } = test;
      const before = (await door.curation()).concepts;
      assert.ok(before.length < 3, `${before.length} concepts before it was killed`);
      for (const { oid, sources } of before) {
        assert.equal(sources, 5);
        assert.ok(await image.store.get(keys.hypervector(oid)) !== null);
      }
      assert.equal((await door.verify()).ok, true);
      assert.deepEqual((await door.checkMemory()).problems, []);
      await curate(door);
      const after = (await door.curation()).concepts;
      assert.deepEqual(after.map(({ sources }) => sources), [5, 5, 5]);
      assert.ok(before.every(({ oid }) => after.some((each) => each.oid === oid)));
      assert.equal((await curate(door)).entries.length, 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
