/**
 * The restore drill: the newest chain is restored into a scratch folder, the whole of it verified, a question asked
 * of it, and all of it removed. It is done in a process of its own, so that the server only waits.
 */
import {
  BackupKey,
  type ImageForms,
  keys,
  openStore,
  parsePosition,
  restoreBackup,
  type RestoreResult,
  type Store,
} from "../../kv/mod.ts";
import { createNatives } from "../genesis/mod.ts";
import { derivedKeys, World } from "../world/mod.ts";
import { logPage, questionVectorsMax, wrongNamedMax } from "./limits.ts";

export interface DrillRequest {
  /** The folder of the backups. */
  readonly from: string;
  readonly imageId: string;
  /** Where the image is restored to, and removed from; it must not be there. */
  readonly scratch: string;
  /** The key as text, if the chain is encrypted. */
  readonly key: string | null;
}

export interface DrillOutcome {
  readonly chain: string;
  readonly position: string;
  readonly objects: number;
  readonly thoughts: number;
  /** What was asked, and what came back, in words. */
  readonly answer: string;
}

/** @throws the errors of the restore, DrillError for an image that is restored and not as it must be */
export async function runDrill(request: DrillRequest, forms: ImageForms): Promise<DrillOutcome> {
  const { from, imageId, scratch, key } = request;
  try {
    const restored = await restoreBackup({
      from,
      imageId,
      into: scratch,
      derive: derivedKeys,
      key: key === null ? null : await BackupKey.read(key),
    });
    return await examine(restored, forms);
  } finally {
    await removeScratch(scratch);
  }
}

/** An image came out of the backup that is not as an image must be. */
export class DrillError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "DrillError";
  }
}

async function examine(restored: RestoreResult, forms: ImageForms): Promise<DrillOutcome> {
  const store = await openStore({ folder: restored.folder });
  try {
    const objects = await verifyAll(store, forms);
    if (objects !== restored.objects) {
      throw new DrillError(`${objects} objects are there, where ${restored.objects} were restored`);
    }
    await checkHead(store, restored);
    const thoughts = await countThoughts(store);
    const answer = await ask(store);
    return { chain: restored.from.chain, position: restored.restored, objects, thoughts, answer };
  } finally {
    await store.close();
  }
}

/** Walks all of the image: nothing may be missing, dangling or damaged. @returns how many objects there are */
async function verifyAll(store: Store, forms: ImageForms): Promise<number> {
  const { ok, checked, problems, more } = await store.verify({ forms });
  if (ok) return checked.object ?? 0;
  const named = problems.slice(0, wrongNamedMax).map(({ key, message }) => `${key.join(" ")}: ${message}`);
  const others = problems.length - named.length + more;
  throw new DrillError(
    `The restored image is wrong: ${named.join("; ")}${others > 0 ? ` and ${others} more` : ""}`,
  );
}

/** The log ends with the thought that was restored to. */
async function checkHead(store: Store, { restored }: RestoreResult): Promise<void> {
  const [last] = await store.log({ newest: true, limit: 1, images: false });
  if (last?.position === restored || /^0+$/.test(parsePosition(restored).versionstamp)) return;
  throw new DrillError(`The log ends at ${last?.position ?? "nothing"}, where ${restored} was restored`);
}

async function countThoughts(store: Store): Promise<number> {
  let count = 0;
  let page = await store.log({ limit: logPage, images: false });
  while (page.length === logPage) {
    count += page.length;
    page = await store.log({ limit: logPage, after: page.at(-1)!.position, images: false });
  }
  return count + page.length;
}

/** A message to the root, and a recall: a memory's own vector must find that memory. */
async function ask(store: Store): Promise<string> {
  const world = new World({ store, natives: createNatives(), methods: { run: refuse } });
  world.start((error) => {
    throw error;
  });
  try {
    if (await world.find("genesis") === null) return "it holds no genesis to ask";
    const described = JSON.stringify(await world.send("genesis", "describe"));
    return `genesis describe answered ${described.length} characters; ${await recallOne(store)}`;
  } finally {
    world.stop();
  }
}

function refuse(): never {
  throw new DrillError("a drill runs no methods of the image");
}

async function recallOne(store: Store): Promise<string> {
  const rows: { readonly oid: string; readonly vector: Float32Array }[] = [];
  for await (const { key, value } of store.list<unknown>(["vector"], { limit: questionVectorsMax })) {
    const vector = floatsOf(value);
    if (vector !== null) rows.push({ oid: String(key[2]), vector });
  }
  const asked = rows.at(-1);
  if (asked === undefined) return "there is no memory to recall";
  const same = rows.filter(({ vector }) => vector.length === asked.vector.length);
  const best = same.reduce((a, b) => dot(b.vector, asked.vector) > dot(a.vector, asked.vector) ? b : a);
  // Two memories of one text have the same vector.
  if (dot(best.vector, asked.vector) > dot(asked.vector, asked.vector) * 1.001) {
    throw new DrillError(`A recall of ${asked.oid} found ${best.oid} nearer than itself`);
  }
  if (await store.get(keys.object(asked.oid)) === null) {
    throw new DrillError(`The memory ${asked.oid} has a vector and no object`);
  }
  return `a recall found ${asked.oid} among ${same.length}`;
}

function floatsOf(value: unknown): Float32Array | null {
  const bytes = value instanceof Uint8Array ? value : null;
  if (bytes === null || bytes.byteLength % 4 !== 0) return null;
  return new Float32Array(bytes.slice().buffer);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let n = 0; n < a.length; n++) sum += a[n]! * b[n]!;
  return sum;
}

async function removeScratch(scratch: string): Promise<void> {
  try {
    await Deno.remove(scratch, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
