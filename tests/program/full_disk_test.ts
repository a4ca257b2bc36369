/** The whole program on a disk without room: what cannot be kept is refused, and everything that was acknowledged stays. */
import assert from "node:assert/strict";
import { Telos } from "./telos.ts";

const mayMount = Deno.build.os === "linux" && Deno.uid() === 0 &&
  (await new Deno.Command("sh", { args: ["-c", "command -v mount"], stdout: "null" }).output()).success;
if (!mayMount) {
  console.log("skipped: PR74 a full disk beneath the program: only root may mount a small file system");
}

const DISK_MEGABYTES = 24;
const REFUSALS = 3;
/** Far more than fit. */
const TRIES_MAX = 2_000;

async function shell(command: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("sh", { args: ["-c", command], stderr: "piped" })
    .output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly message: string;
}

async function set(url: string, slot: string, value: unknown): Promise<Answer> {
  const response = await fetch(`${url}/api/commands`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ command: "SET_SLOT", object: "square", slot, value }),
  });
  const body = await response.json();
  return { status: response.status, code: body.error?.code ?? null, message: body.error?.message ?? "" };
}

Deno.test({
  name:
    "PR74 on a full disk the server refuses in words what it cannot keep, answers what it has, and goes on when there is room; nothing acknowledged is lost",
  ignore: !mayMount,
  fn: async () => {
    await using telos = await Telos.create();
    const disk = telos.image;
    await Deno.mkdir(disk);
    await shell(`mount -t tmpfs -o size=${DISK_MEGABYTES}m tmpfs '${disk}'`);
    try {
      const acknowledged = new Map<string, string>();
      const refused: Answer[] = [];
      const note = (slot: string, value: string, answer: Answer) => {
        if (answer.status === 200) acknowledged.set(slot, value);
        else refused.push(answer);
      };
      const server = await telos.start();
      await shell(`dd if=/dev/zero of='${disk}/filler' bs=4k 2>/dev/null; true`);
      for (let n = 0; refused.length < REFUSALS && n < TRIES_MAX; n++) {
        const value = `${n} ${"full ".repeat(4_000)}`;
        note(`slot_${n}`, value, await set(server.url, `slot_${n}`, value));
      }
      assert.equal(refused.length, REFUSALS, "the disk is full");
      for (const { status, code, message } of refused) {
        assert.deepEqual([status, code], [503, "commit_failed"], message);
        assert.match(message, /full/);
      }
      const health = await (await fetch(`${server.url}/health`)).json();
      assert.ok(["ok", "degraded"].includes(health.status), "it lives");
      const { slots } = await (await fetch(`${server.url}/api/objects/square`)).json();
      for (const [slot, value] of acknowledged) assert.equal(slots[slot], value);
      await Deno.remove(`${disk}/filler`);
      const after = await set(server.url, "room", "there is room again");
      assert.equal(after.status, 200, after.message);
      acknowledged.set("room", "there is room again");
      await server.stop();
      await telos.did("verify");
      const kept = await telos.json<{ slots: Record<string, unknown> }>("inspect", "square");
      for (const [slot, value] of acknowledged) assert.equal(kept.slots[slot], value);
    } finally {
      await shell(`umount --lazy '${disk}'`);
    }
  },
});
