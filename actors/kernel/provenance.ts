/** Where a generated method comes from, as its slot keeps it. */
import type { Provenance } from "../object/mod.ts";
import type { Gathered } from "./gather.ts";
import type { Written } from "./writer.ts";

export async function provenanceOf(
  written: Written,
  more: {
    readonly attempts: number;
    readonly gathered: Gathered;
    /** Empty while nobody has said yes. */
    readonly approver: string;
    readonly at: number;
  },
): Promise<Provenance> {
  const { similar, memories } = more.gathered;
  return {
    ...written.by,
    prompt: written.prompt,
    promptHash: await sha256(written.prompt),
    attempts: more.attempts,
    approver: more.approver,
    sources: [
      ...similar.map(({ oid, label }) => ({ kind: "method" as const, oid, label })),
      ...memories.map(({ oid, text }) => ({ kind: "memory" as const, oid, label: text.slice(0, 100) })),
    ],
    at: more.at,
    failed: null,
  };
}

/** Hexadecimal. */
export async function sha256(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(bytes).toHex();
}
