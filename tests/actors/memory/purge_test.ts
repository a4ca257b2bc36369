/** What is forgotten goes out of the archive's files whatever state that is in, and is not called erased before. */
import { deepStrictEqual as equal, notDeepStrictEqual as differs } from "node:assert/strict";
import { type ImageWithMemory, isSealed, memoryUntil, openWithMemory, threshold } from "./fixture.ts";

const request = { who: "a test" };
const texts = Array.from({ length: 60 }, (_, n) => `note ${n} about topic${n}`);

/** Files of an archive that name a memory. */
async function naming(folder: string, oid: string): Promise<string[]> {
  const named: string[] = [];
  for await (const { name } of Deno.readDir(`${folder}/archive`)) {
    const bytes = new TextDecoder("latin1").decode(await Deno.readFile(`${folder}/archive/${name}`));
    if (bytes.includes(oid)) named.push(name);
  }
  return named;
}

const toBeErased = async ({ image }: ImageWithMemory) =>
  (await image.store.get<string[]>(["meta", "forgetting"]))?.value;

async function sealed(folder: string): Promise<string[]> {
  await using image = await openWithMemory({ folder });
  await threshold(image, 40);
  const oids = await image.remember(...texts);
  await isSealed(image, 60);
  await image.image.operations.setSlot("archive_manager", "enabled", false, request);
  return oids;
}

Deno.test("FO6 while the archive does not answer what is forgotten is not called erased; then it is", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const oids = await sealed(folder);
    let isBroken = true;
    await using image = await openWithMemory({
      folder,
      onArchiveChild: (child) => isBroken && child.kill("SIGKILL"),
    });
    await memoryUntil(image, ({ archive }) => archive.restarts > 0);
    const { value } = await image.image.forgetting.forget(oids[5]!, request);
    equal(value.state, "forgotten");
    await memoryUntil(image, ({ archive }) => archive.restarts > 1);
    equal(await toBeErased(image), [oids[5]]);
    isBroken = false;
    const again = await image.image.forgetting.forget(oids[6]!, { ...request, wait: true });
    equal(again.value.state, "erased");
    equal(await toBeErased(image), []);
    equal(await naming(folder, oids[5]!), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("FO1 no byte of what is erased is left in the files of an archive that is damaged", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const oids = await sealed(folder);
    const file = `${folder}/archive/segment-00000001.usearch`;
    await Deno.truncate(file, 100);
    differs(await naming(folder, oids[5]!), []);
    await using image = await openWithMemory({ folder });
    const { value } = await image.image.forgetting.forget(oids[5]!, { ...request, wait: true });
    equal(value.state, "erased");
    equal(await naming(folder, oids[5]!), []);
    equal((await image.recall("topic7", 1))[0], texts[7]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("FO1 no byte of what is erased is left in the folder that the archive had before", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const oids = await sealed(folder);
    await Deno.writeTextFile(`${folder}/archive/somebody's.txt`, "not of the archive");
    await using image = await openWithMemory({ folder });
    await memoryUntil(image, ({ L2, archive }) => L2.rows === 60 && archive.state === "idle");
    await image.image.operations.setSlot("archive_manager", "folder", "elsewhere", request);
    await memoryUntil(image, ({ L2, archive }) => L2.rows === 0 && archive.state === "idle");
    const { value } = await image.image.forgetting.forget(oids[5]!, { ...request, wait: true });
    equal(value.state, "erased");
    equal(await naming(folder, oids[5]!), []);
    equal(await Deno.readTextFile(`${folder}/archive/somebody's.txt`), "not of the archive");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
