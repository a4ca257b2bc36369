/** What a writer was shown stands in what it wrote, and in where that comes from: it must not have been forgotten. */
import type { Provenance } from "../object/mod.ts";
import { wasForgotten, type World, type WorldTransaction } from "../world/mod.ts";
import { KernelError } from "./errors.ts";

export interface Made {
  readonly world: World;
  readonly provenance: Provenance;
  /** The words in which a reason is told. */
  readonly sentence: (reason: string) => string;
}

/** @throws {KernelError} `generation_failed` when something that it was made of was forgotten meanwhile */
export async function mustBeKnown(
  tx: WorldTransaction,
  { world, provenance: { sources }, sentence }: Made,
): Promise<void> {
  if (!await wasForgotten(world, tx, sources.map(({ oid }) => oid))) return;
  const reason = "something that its writer was shown was forgotten meanwhile";
  throw new KernelError("generation_failed", sentence(reason), { hint: "Send it again.", retryable: true });
}
