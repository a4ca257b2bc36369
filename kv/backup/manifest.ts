/**
 * The manifest of one link of a chain: what it holds, from where to where, with the SHA-256 of each chunk and of the
 * manifest before it. It carries its own checksum, and a signature when the chain is encrypted.
 */
import { z } from "zod";
import { sha256 } from "../blobs.ts";
import { isPosition } from "../position.ts";
import type { BackupKey } from "./backup_key.ts";
import { chunksMax, linksMax } from "./limits.ts";

const position = z.string().refine(isPosition);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().min(0);

const chunkForm = z.object({
  file: z.string().regex(/^\d{6}-\d{5}\.chunk$/),
  /** Of the file, as it is on disk. */
  bytes: count,
  sha256: digest,
  /** Once decrypted and decompressed. */
  rawBytes: count,
  entries: count,
});

const bodyForm = z.object({
  v: z.literal(1),
  imageId: z.string().min(1).max(100),
  chain: z.string().regex(/^[0-9a-z-]{1,80}$/),
  index: z.number().int().min(0).max(linksMax),
  kind: z.enum(["full", "incremental"]),
  schema: z.number().int().min(1),
  /** The epoch of the image when it was backed up. */
  epoch: z.number().int().min(1),
  /** Exclusive; of a full one, the oldest position whose before-images the image held. */
  from: position,
  /** Inclusive: the image as of here, and the log up to here. */
  to: position,
  /** Time of `to`, in ms. */
  at: z.number(),
  /** When the backup was made, in ms. */
  made: z.number(),
  /** Oldest position whose before-images the image held. */
  horizon: position,
  thoughts: count,
  /** Entries by family of key. */
  families: z.record(z.string(), count),
  compression: z.literal("zstd"),
  encryption: z.object({ algorithm: z.literal("AES-256-GCM"), keyId: z.string() }).nullable(),
  chunks: z.array(chunkForm).max(chunksMax),
  /** SHA-256 of the file of the manifest before; null for the first. */
  previous: digest.nullable(),
});

const manifestForm = bodyForm.extend({ checksum: digest, signature: digest.nullable() });

export type ManifestBody = z.infer<typeof bodyForm>;
export type Manifest = z.infer<typeof manifestForm>;
export type ChunkEntry = z.infer<typeof chunkForm>;

/** The file of a manifest, within its chain. */
export function manifestFile(index: number): string {
  return `${String(index).padStart(6, "0")}.json`;
}

/** The file of a chunk, within its chain. */
export function chunkFile(index: number, n: number): string {
  return `${String(index).padStart(6, "0")}-${String(n).padStart(5, "0")}.chunk`;
}

/** What a chunk is encrypted for: it opens nowhere else. */
export function placeOfChunk(
  { imageId, chain, index }: Pick<ManifestBody, "imageId" | "chain" | "index">,
  n: number,
): string {
  return `telos backup 1 ${imageId} ${chain} ${index} ${n}`;
}

/** Bytes of the files of a link, the manifest not counted. */
export function bytesOf({ chunks }: Pick<ManifestBody, "chunks">): number {
  return chunks.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The text of a manifest's file. */
export async function writeManifest(given: ManifestBody, key: BackupKey | null): Promise<string> {
  const body = bodyForm.parse(given);
  const checksum = checksumOf(body);
  const signature = key === null ? null : await key.sign(checksum);
  return `${JSON.stringify({ ...body, checksum, signature }, null, 1)}\n`;
}

/** The manifest in a text, or what is wrong with it in words. */
export async function readManifest(text: string, key: BackupKey | null): Promise<Manifest | string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return "is cut or altered: it is no JSON";
  }
  const parsed = manifestForm.safeParse(value);
  if (!parsed.success) return `is altered: ${z.prettifyError(parsed.error)}`;
  const { checksum, signature, ...body } = parsed.data;
  if (checksumOf(body) !== checksum) return "is altered: it does not have its checksum";
  if (key !== null && body.encryption?.keyId === key.id && signature !== await key.sign(checksum)) {
    return "is altered: it does not have the signature of the key";
  }
  return parsed.data;
}

/** Of the fields in the order of the form, as JSON without spaces. */
function checksumOf(body: ManifestBody): string {
  return sha256(new TextEncoder().encode(JSON.stringify(body)));
}
