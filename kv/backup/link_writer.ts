/** Writes the chunks of one link as its entries come, and its manifest last: without it the link is not there. */
import { sha256 } from "../blobs.ts";
import { type BackupKey } from "./backup_key.ts";
import { closeChunk, encodePage } from "./chunk_codec.ts";
import { syncFolder, writeWhole } from "./files.ts";
import { chunkRawBytes, pageBytes, pageEntries } from "./limits.ts";
import {
  type ChunkEntry,
  chunkFile,
  type ManifestBody,
  manifestFile,
  placeOfChunk,
  writeManifest,
} from "./manifest.ts";
import type { BackupEntry } from "./source.ts";

export interface LinkWriterOptions {
  /** The folder of the chain. */
  readonly folder: string;
  readonly key: BackupKey | null;
  readonly crash: (point: string) => void;
}

/** What is known of a link before its entries are. */
export type LinkPlan = Omit<ManifestBody, "chunks" | "families" | "thoughts">;

export class LinkWriter {
  readonly #plan: LinkPlan;
  readonly #options: LinkWriterOptions;
  #page: BackupEntry[] = [];
  #pageBytes = 0;
  #pages: Uint8Array[] = [];
  #rawBytes = 0;
  #entries = 0;
  readonly #chunks: ChunkEntry[] = [];
  readonly #families: Record<string, number> = {};

  constructor(plan: LinkPlan, options: LinkWriterOptions) {
    this.#plan = plan;
    this.#options = options;
  }

  /** Bytes written to the disk so far. */
  get bytes(): number {
    return this.#chunks.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async add(entry: BackupEntry): Promise<void> {
    const [key, stored] = entry;
    const family = String(key[0]);
    this.#families[family] = (this.#families[family] ?? 0) + 1;
    this.#page.push(entry);
    this.#pageBytes += (stored?.byteLength ?? 0) + 64;
    if (this.#page.length < pageEntries && this.#pageBytes < pageBytes) return;
    this.#closePage();
    if (this.#rawBytes >= chunkRawBytes) await this.#closeChunk();
  }

  /** @param thoughts how many the log of this link has */
  async finish(thoughts: number): Promise<ManifestBody> {
    this.#closePage();
    await this.#closeChunk();
    const { folder, key, crash } = this.#options;
    const body: ManifestBody = {
      ...this.#plan,
      thoughts,
      families: this.#families,
      chunks: this.#chunks,
    };
    const text = new TextEncoder().encode(await writeManifest(body, key));
    await syncFolder(folder);
    await writeWhole(folder, manifestFile(body.index), text, () => crash("backup.manifest"));
    await syncFolder(folder);
    return body;
  }

  #closePage(): void {
    if (this.#page.length === 0) return;
    const page = encodePage(this.#page);
    this.#pages.push(page);
    this.#rawBytes += page.byteLength;
    this.#entries += this.#page.length;
    this.#page = [];
    this.#pageBytes = 0;
  }

  async #closeChunk(): Promise<void> {
    if (this.#pages.length === 0) return;
    const { folder, key, crash } = this.#options;
    const n = this.#chunks.length;
    const file = chunkFile(this.#plan.index, n);
    const place = placeOfChunk(this.#plan, n);
    const bytes = await closeChunk(this.#pages, key, place);
    await writeWhole(folder, file, bytes);
    this.#chunks.push({
      file,
      bytes: bytes.byteLength,
      sha256: sha256(bytes),
      rawBytes: this.#rawBytes,
      entries: this.#entries,
    });
    this.#pages = [];
    this.#rawBytes = this.#entries = 0;
    crash("backup.chunk");
  }
}
