/**
 * `manifest.json`: which segments serve, what they hold, and which of their rows are masked. It is the one thing that
 * makes a segment part of the archive, and it is replaced whole by an atomic rename, after a flush to the disk.
 */
import { z } from "zod";
import { ArchiveError } from "./errors.ts";
import { manifestBytesMax, manifestVersion, segmentsMax } from "./limits.ts";
import { writeAll } from "./segment_files.ts";

/** The manifest that serves, and the one before it, which serves if a segment of the first is damaged. */
export const manifestFile = "manifest.json";
/** See `manifestFile`. */
export const previousManifestFile = "manifest.previous.json";

const fileSum = z.object({ bytes: z.number().int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) });

const segment = z.object({
  file: z.string().regex(/^segment-\d{8}$/),
  rows: z.number().int().min(1),
  watermark: z.string(),
  graph: fileSum,
  rowsFile: fileSum,
  expansionSearch: z.number().int().min(1),
  lists: z.object({
    file: fileSum,
    steps: z.array(z.object({ probes: z.number().int().min(1), similarity: z.number() })).min(1).readonly(),
  }).nullable().default(null),
  recall: z.number().min(0).max(1),
});

const manifest = z.object({
  version: z.literal(manifestVersion),
  sequence: z.number().int().min(0),
  sealedAt: z.number(),
  space: z.object({ id: z.string().min(1), dimensions: z.number().int().min(1) }),
  watermark: z.string(),
  segments: z.array(segment).max(segmentsMax),
  masked: z.array(z.tuple([z.string(), z.string()])),
});

/** One sealed segment: rows, sums of its files, the sampled recall it was let in with. */
export type SegmentRecord = z.infer<typeof segment>;

/**
 * What the archive holds: every row of `space` born up to `watermark` (a position), in `segments` in the order of their
 * own watermarks; `masked` rows (id, position of death) are never answered. `sealedAt` is in milliseconds.
 */
export type ArchiveManifest = z.infer<typeof manifest>;

/** The manifest in a file, null when there is none, or why it cannot be read. Throws `archive_newer`. */
export async function readManifest(
  path: string,
): Promise<ArchiveManifest | null | { readonly problem: string }> {
  let text: string;
  try {
    const { size } = await Deno.stat(path);
    if (size > manifestBytesMax) {
      return { problem: `${path} must have <= ${manifestBytesMax} bytes: it has ${size}` };
    }
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return { problem: `${path} is not JSON: ${(error as Error).message}` };
  }
  const version = (data as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version > manifestVersion) {
    throw new ArchiveError(
      "archive_newer",
      `Cannot open ${path} as its version must be <= ${manifestVersion}: it is ${version}`,
      {
        hint:
          "Use the newer program that wrote it, or delete the archive's folder: it is remade from the image",
        details: { path, version },
      },
    );
  }
  if (version !== manifestVersion && typeof version === "number") {
    return { problem: `${path} is of an older form (${version}): it is remade from the image` };
  }
  const parsed = manifest.safeParse(data);
  return parsed.success ? parsed.data : { problem: `${path} is damaged: ${z.prettifyError(parsed.error)}` };
}

/** Writes a manifest so that a crash leaves the old one or the new one, whole. */
export async function writeManifest(folder: string, name: string, content: ArchiveManifest): Promise<void> {
  const temporary = `${folder}/${name}.writing`;
  {
    using file = await Deno.open(temporary, { write: true, create: true, truncate: true });
    await writeAll(file, new TextEncoder().encode(JSON.stringify(manifest.parse(content))));
    await file.sync();
  }
  await Deno.rename(temporary, `${folder}/${name}`);
  await syncFolder(folder);
}

/** Flushes the names in a folder to the disk; Windows has no such call and needs none. */
export async function syncFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using file = await Deno.open(folder, { read: true });
  await file.sync();
}
