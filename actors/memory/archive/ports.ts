/** What the archive actor needs from the memory that owns it. */
import type { Archive, ArchiveRow } from "../../../vector/archive/mod.ts";
import type { ArchiveSettings } from "./settings.ts";

/** The rows of a seal: those of `space` that live at position `watermark`, from the image's truth. */
export interface SealableRows {
  readonly space: { readonly id: string; readonly dimensions: number };
  readonly watermark: string;
  readonly rows: AsyncIterable<ArchiveRow>;
}

/** The actor calls them; a rejection is a failure that it backs off from, with the message as its reason. */
export interface ArchivePorts {
  /** The slots of `archive_manager` now, by name. Later changes come as `SETTINGS_CHANGED`. */
  settings(): Promise<Readonly<Record<string, unknown>>>;
  /** Opens the archive in the folder of that name within the image (`Archive.open`), with `onChanged` passed on. */
  open(settings: ArchiveSettings, onChanged: () => void): Promise<Archive>;
  /** The archive is open, but does not serve yet: from now on the owner masks every death in it as it is committed. */
  attach(archive: Archive): void;
  /** Every death (deletion or replacement of a row) committed after `position`, from the log; "" means all. */
  deaths(position: string): AsyncIterable<{ readonly id: string; readonly position: string }>;
  /**
   * The archive serves every row up to `watermark`: working memory may drop those, and must hold all that are newer.
   * Called after opening, after each seal, and when damage has put the watermark back.
   */
  serve(archive: Archive, watermark: string): void | Promise<void>;
  /** The rows born after `position` ("" for all that live), as of a position read now, or up to `upTo`. */
  rows(position: string, signal: AbortSignal, upTo?: string): Promise<SealableRows>;
  /** The archive is closed, or about to be opened anew: search without it. */
  detach(): void;
}
