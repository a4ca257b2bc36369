/**
 * What has to be asked for so that a process comes to a point by itself: backups, forks, prunings, forgetting. The rest
 * is passed by the work that goes on anyway.
 */
import { filesWith, keys, openStore } from "../../kv/mod.ts";
import { isThere } from "./backups.ts";
import { checkImage } from "./check_image.ts";
import { ask, post, type Worker } from "./worker.ts";

export interface Driven {
  readonly image: string;
  readonly workers: readonly Worker[];
  /** Texts that were forgotten: in the end no byte of them may be left. */
  readonly secrets: Set<string>;
  /** What was asked to be forgotten, without an answer so far. */
  asked: { readonly oid: string; readonly text: string } | null;
}

/** Memories of a thought whose record, once it is undone, is too large for one atomic operation of a pruning. */
const HEAVY = 300;

/** Asks once for what leads to the point. @throws {TypeError} when the server is gone */
export async function drive(url: string, point: string, driven: Driven): Promise<void> {
  switch (point.split(".")[0]) {
    case "backup":
      return void await post(url, { command: "BACKUP", full: false });
    case "fork":
      return await fork(url, driven);
    case "prune":
    case "rewrite":
      return await prune(url, driven);
    case "forget":
      return await forget(url, driven);
  }
}

function forkOf({ image }: Driven): string {
  return `${image}.fork`;
}

async function fork(url: string, driven: Driven): Promise<void> {
  await removeFork(driven);
  await post(url, { command: "FORK", folder: forkOf(driven) });
}

/** A fork that is there is a whole image. */
export async function inspectFork(driven: Driven, killedAt: string | null): Promise<string[]> {
  if (!await isThere(forkOf(driven))) return [];
  if (killedAt?.startsWith("fork.")) return [`a fork that was killed at ${killedAt} left an image`];
  const store = await openStore({ folder: forkOf(driven) });
  try {
    return (await checkImage(store)).map((fault) => `fork: ${fault}`);
  } finally {
    await store.close();
    await removeFork(driven);
  }
}

async function removeFork(driven: Driven): Promise<void> {
  if (await isThere(forkOf(driven))) await Deno.remove(forkOf(driven), { recursive: true });
}

/** Up to a thought that nobody is going to undo: every worker has done something since. */
async function prune(url: string, { workers }: Driven): Promise<void> {
  const number = Math.floor(performance.now() * 1_000);
  const memories = Array.from({ length: HEAVY }, (_, n) => ({ text: `torture ${number} ${n}: a note` }));
  const made = await post(url, { command: "REMEMBER_MANY", memories });
  const before = await post(url, { command: "UNDO", position: made });
  while (workers.some(({ acknowledged }) => (acknowledged.at(-1)?.position ?? "") <= before)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    // Who waits for a process that is gone waits in vain.
    await fetch(`${url}/health`).then((response) => response.body?.cancel());
  }
  await post(url, { command: "PRUNE", before });
}

async function forget(url: string, driven: Driven): Promise<void> {
  const text = `torture secret ${crypto.randomUUID()}`;
  const { result } = await ask(url, { command: "REMEMBER", text });
  const { oid } = result as { oid: string };
  driven.asked = { oid, text };
  await post(url, { command: "FORGET", object: oid });
  driven.secrets.add(text);
  driven.asked = null;
}

/** What was asked to be forgotten and not answered is a secret if that was decided. For an image that nobody has open. */
export async function settleAsked(driven: Driven): Promise<void> {
  const { asked } = driven;
  if (asked === null) return;
  const store = await openStore({ folder: driven.image });
  try {
    if (await store.get(keys.object(asked.oid)) === null) driven.secrets.add(asked.text);
  } finally {
    await store.close();
  }
  driven.asked = null;
}

/** Where secrets are left that should be gone. */
export async function secretsLeft({ image, secrets }: Driven): Promise<string[]> {
  const left: string[] = [];
  for (const secret of secrets) {
    for (const file of await filesWith(image, secret)) left.push(`"${secret}" is still in ${file}`);
  }
  return left;
}
