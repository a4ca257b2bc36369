/** The work that the archive actor has done for it: opening, following a change, sealing, closing. */
import type { Archive, SealPhase } from "../../../vector/archive/mod.ts";
import type { ArchivePorts } from "./ports.ts";
import { type ArchiveSettings, readArchiveSettings } from "./settings.ts";

/** What opening gives. */
export interface OpenedArchive {
  readonly archive: Archive;
  readonly settings: ArchiveSettings;
  readonly problems: readonly string[];
}

/** Reads the settings, opens the archive, masks what died since its watermark, and lets it serve. */
export async function openArchive(
  ports: ArchivePorts,
  options: { readonly settings: ArchiveSettings; readonly onChanged: () => void },
): Promise<OpenedArchive> {
  const { settings, problems } = readArchiveSettings(await ports.settings(), options.settings);
  const archive = await ports.open(settings, options.onChanged);
  try {
    ports.attach(archive);
    await serveArchive(ports, archive);
  } catch (error) {
    ports.detach();
    await archive.close();
    throw error;
  }
  return { archive, settings, problems };
}

/** Masks what died since the watermark, and says that the archive serves up to it. */
export async function serveArchive(ports: ArchivePorts, archive: Archive): Promise<void> {
  const { watermark } = archive;
  for await (const { id, position } of ports.deaths(watermark)) archive.mask(id, position);
  await ports.serve(archive, watermark);
}

/** How to seal. */
export interface SealOrder {
  readonly replace: boolean;
  readonly keepPrevious: boolean;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: SealPhase, rows: number) => void;
}

/**
 * Seals what is newer than the archive, or all that lives where the archive wants it or the space has changed; then
 * merges the segments that have become many.
 */
export async function sealArchive(
  ports: ArchivePorts,
  archive: Archive,
  order: SealOrder,
): Promise<void> {
  let replace = order.replace || archive.wantsReplace || archive.manifest === null;
  let source = await ports.rows(replace ? "" : archive.watermark, order.signal);
  if (!replace && source.space.id !== archive.manifest?.space.id) {
    replace = true;
    source = await ports.rows("", order.signal);
  }
  const manifest = await archive.seal(source.rows, {
    space: source.space,
    watermark: source.watermark,
    replace,
    keepPrevious: order.keepPrevious,
    signal: order.signal,
    onPhase: order.onPhase,
  });
  await ports.serve(archive, manifest.watermark);
  await mergeSegments(ports, archive, order);
}

/** Makes one of neighbouring segments while there are such, of what lives of their rows. */
async function mergeSegments(ports: ArchivePorts, archive: Archive, order: SealOrder): Promise<void> {
  for (let run = archive.wantsMerge; run !== null; run = archive.wantsMerge) {
    const { space, rows } = await ports.rows(run.after, order.signal, run.upTo);
    // Of another space nothing is left to be merged: the next seal replaces all.
    if (space.id !== archive.manifest?.space.id) return;
    await archive.seal(rows, {
      space,
      watermark: run.upTo,
      merge: run,
      keepPrevious: order.keepPrevious,
      signal: order.signal,
      onPhase: order.onPhase,
    });
  }
}

/** Lets go of an archive; `null` is none. */
export async function closeArchive(ports: ArchivePorts, archive: Archive | null): Promise<void> {
  ports.detach();
  await archive?.close();
}
