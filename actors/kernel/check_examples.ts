/** Runs the examples that methods of the image keep, on scratch copies: whether what was shown once still holds. */
import { keys } from "../../kv/mod.ts";
import { ImageError } from "../errors.ts";
import type { MethodSlot } from "../object/mod.ts";
import { ProposalFault } from "./errors.ts";
import { CHECKED_OBJECTS_MAX } from "./limits.ts";
import { type ProofParts, prove } from "./scratch.ts";

export interface ExamplesReport {
  /** Methods that keep examples, and their examples. */
  readonly methods: number;
  readonly examples: number;
  readonly failed: readonly {
    readonly object: string;
    readonly oid: string;
    readonly selector: string;
    readonly reason: string;
  }[];
}

/** @param name only this object's own methods; absent: those of the whole image */
export async function checkExamples(
  parts: ProofParts,
  name: string | undefined,
  signal?: AbortSignal,
): Promise<ExamplesReport> {
  const { world } = parts;
  const report = { methods: 0, examples: 0, failed: [] as ExamplesReport["failed"][number][] };
  for await (const oid of name === undefined ? allObjects(parts) : [await world.resolve(name)]) {
    signal?.throwIfAborted();
    const resident = await world.registry.load(oid);
    if (resident === null || resident.state === "quarantined") continue;
    for (const [selector, slot] of Object.entries(resident.context.slots)) {
      if (slot.kind !== "method" || slot.examples === undefined || slot.examples.length === 0) continue;
      report.methods++;
      report.examples += slot.examples.length;
      const reason = await reasonOfFailure(parts, { oid, selector, slot }, signal);
      if (reason !== null) {
        report.failed.push({ object: resident.context.name ?? oid, oid, selector, reason });
      }
    }
  }
  return report;
}

async function* allObjects({ world }: ProofParts): AsyncGenerator<string> {
  for await (const { key } of world.store.list(keys.objects(), { limit: CHECKED_OBJECTS_MAX })) {
    yield key.at(-1) as string;
  }
}

async function reasonOfFailure(
  parts: ProofParts,
  { oid, selector, slot }: { readonly oid: string; readonly selector: string; readonly slot: MethodSlot },
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const examples = slot.examples ?? [];
  const claim = { receiver: oid, holder: oid, selector, examples, effects: slot.effects, message: null };
  try {
    await prove(parts, claim, signal);
    return null;
  } catch (error) {
    if (error instanceof ProposalFault || error instanceof ImageError && !error.retryable) {
      return error.message;
    }
    throw error;
  }
}
