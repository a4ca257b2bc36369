/** What is to be imported, told by what it is: an archive, an export of conversations, or Markdown. */
import { join } from "node:path";
import { MARKDOWN_BYTES_MAX, MARKDOWN_DEPTH_MAX, MARKDOWN_FILES_MAX } from "../../../actors/exchange/mod.ts";
import {
  conversationItems,
  type Item,
  markdownItems,
  zippedConversationItems,
} from "../../../actors/exchange/importers/mod.ts";
import { CliError } from "../cli_error.ts";
import { readTextFile } from "../read_text.ts";
import { readChunks, readHead, reading } from "./files.ts";

export type Source =
  | { readonly kind: "archive"; readonly chunks: () => AsyncIterable<Uint8Array>; readonly head: string }
  | { readonly kind: "memories"; readonly what: string; readonly items: () => AsyncIterable<Item> };

const HEAD_BYTES = 64 * 1024;
const MARKDOWN = /\.(?:md|markdown)$/i;

/** @throws {CliError} `wrong_use` for what cannot be read, or is of no kind that is known */
export async function sourceOf(path: string): Promise<Source> {
  const { isDirectory } = await reading(path, () => Deno.stat(path));
  if (isDirectory) {
    return { kind: "memories", what: "Markdown", items: () => folderItems(path) };
  }
  if (MARKDOWN.test(path)) {
    return {
      kind: "memories",
      what: "Markdown",
      items: () => fileItems(path, path.replaceAll("\\", "/").split("/").at(-1)!),
    };
  }
  const bytes = await readHead(path, HEAD_BYTES);
  const head = new TextDecoder().decode(bytes).replace(/^\ufeff/, "").trimStart();
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    return {
      kind: "memories",
      what: "conversations",
      items: () => zippedConversationItems(readChunks(path)),
    };
  }
  if (head.startsWith("[")) {
    return {
      kind: "memories",
      what: "conversations",
      items: () => conversationItems(decoded(readChunks(path)), "conversations"),
    };
  }
  if (/^\{"telos":"archive"/.test(head)) {
    return { kind: "archive", chunks: () => readChunks(path), head: head.split("\n")[0]! };
  }
  throw new CliError("wrong_use", `Cannot import ${path} as it is of no kind that is known`, {
    hint: head.startsWith("{")
      ? "An archive begins with its head line, as `telos export` writes it; a blueprint is forged with `telos forge`."
      : "Known are archives, exports of ChatGPT and Claude (ZIP or conversations.json), and folders of Markdown.",
    details: { path },
  });
}

async function* folderItems(folder: string): AsyncGenerator<Item> {
  for (const path of await markdownFiles(folder)) yield* fileItems(join(folder, path), path);
}

/** A file that cannot be read is a problem of its own; the others are read. */
async function* fileItems(file: string, path: string): AsyncGenerator<Item> {
  try {
    const text = await readTextFile(file, MARKDOWN_BYTES_MAX);
    const changed = (await Deno.stat(file)).mtime?.getTime();
    yield* markdownItems({ path, text, changed });
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    yield { problem: { place: path, reason: error.message } };
  }
}

/** Paths below the folder, with `/`, in order; hidden ones and links are passed over. @throws {CliError} over a bound */
async function markdownFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  const open = [""];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const entries = await reading(
      join(folder, path),
      () => Array.fromAsync(Deno.readDir(join(folder, path))),
    );
    for (const { name, isDirectory, isFile } of entries) {
      if (name.startsWith(".")) continue;
      const below = path === "" ? name : `${path}/${name}`;
      if (isDirectory && below.split("/").length <= MARKDOWN_DEPTH_MAX) open.push(below);
      if (isFile && MARKDOWN.test(name)) found.push(below);
    }
    if (found.length > MARKDOWN_FILES_MAX) {
      throw new CliError(
        "wrong_use",
        `Cannot import ${folder} as it has more than ${MARKDOWN_FILES_MAX} files`,
        {
          hint: "Import its folders one by one.",
          details: { folder, filesMax: MARKDOWN_FILES_MAX },
        },
      );
    }
  }
  return found.sort();
}

/** A file that is no UTF-8 shows it in the texts, where each broken character stands as U+FFFD. */
async function* decoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}
