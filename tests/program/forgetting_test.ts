/** Forgetting in the program as a person runs it, under the permissions of `deno task start`. */
import assert from "node:assert/strict";
import { forgottenSchema, type RecallHit } from "../../ui/protocol.ts";
import { Telos } from "./telos.ts";

const SECRET = "the marmalade recipe of great-aunt Ottilie has saffron and three quinces";

async function filesWith(folder: string, text: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("grep", { args: ["-r", "-l", "-a", "-i", "-F", text, folder] })
    .output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

Deno.test("FO6 under the permissions of deno task start what is forgotten is erased to the last byte", async () => {
  await using telos = await Telos.create();
  const server = await telos.start();
  const remember = async (text: string) =>
    ((await server.command({ command: "REMEMBER", text })).result as { oid: string }).oid;
  await remember("the harbour was quiet on the first of May");
  const oid = await remember(SECRET);
  await server.command({
    command: "SET_SLOT",
    object: oid,
    slot: "text_chunk",
    value: `${SECRET}, and honey`,
  });
  assert.notDeepEqual(await filesWith(telos.image, "great-aunt"), []);

  const { result } = await server.command({ command: "FORGET", object: oid, wait: true });
  assert.equal(forgottenSchema.parse(result).state, "erased", server.said);
  for (const words of ["great-aunt", "marmalad", "ottili", "quinc"]) {
    assert.deepEqual(await filesWith(telos.image, words), [], words);
  }
  const hits = await server.get<RecallHit[]>("/api/recall?q=quiet%20harbour");
  assert.match(hits[0]!.text, /harbour was quiet/);
  await remember("life goes on after the file was written anew");
  assert.equal((await server.stop()).code, 0);
  const { out } = await telos.run(["verify", "--forgotten", SECRET]);
  assert.equal(out, "No file of the image holds it.\n");
  // Alone, without a server, the command erases as well.
  const other = (await telos.json<{ result: { oid: string } }>("remember", `${SECRET} once more`)).result.oid;
  const alone = await telos.json<{ result: { state: string } }>("forget", other);
  assert.equal(alone.result.state, "erased");
  assert.deepEqual(await filesWith(telos.image, "quinc"), []);
  assert.equal((await telos.run(["verify"])).code, 0);
});
