/**
 * Which files of a folder hold a text, byte for byte: the proof that what was forgotten is gone. Not for the process
 * that has the image open: closing a file that it shares with SQLite would drop SQLite's locks on it.
 */
import { Buffer } from "node:buffer";
import { ValueError } from "./errors.ts";

const pieceBytes = 1 << 20;
const textCharsMin = 4;
const textCharsMax = 10_000;
/** Looks at a folder in which files come and go. */
const looksMax = 20;

/**
 * Paths of the files in `folder`, and in those below it, that hold the text: as UTF-8, as JSON escapes it, in UTF-16, or
 * in Latin-1.
 * @throws ValueError for a text of less than 4 characters or more than 10,000
 */
export async function filesWith(folder: string, text: string): Promise<string[]> {
  if (text.length < textCharsMin || text.length > textCharsMax) {
    throw new ValueError(
      `Cannot look for a text of ${text.length} characters as it must have ${textCharsMin} to ${textCharsMax}`,
      { characters: text.length },
    );
  }
  const escaped = JSON.stringify(text).slice(1, -1);
  const forms = [
    Buffer.from(text, "utf8"),
    Buffer.from(escaped, "utf8"),
    Buffer.from(text, "utf16le"),
    Buffer.from(text, "latin1"),
  ];
  const needles = [...new Set(forms.map(charsOf))];
  for (let looks = 1;; looks++) {
    try {
      const found: string[] = [];
      for await (const path of filesBelow(folder)) if (await holds(path, needles)) found.push(path);
      return found.sort();
    } catch (error) {
      // A file that got another name meanwhile would be missed: everything is looked at again.
      if (!(error instanceof Deno.errors.NotFound) || looks === looksMax) throw error;
    }
  }
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isFile, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isFile) yield path;
    else if (isDirectory) yield* filesBelow(path);
  }
}

/** Bytes as characters of the same number: strings are searched several times as fast as buffers. */
function charsOf(bytes: Buffer): string {
  return bytes.toString("latin1");
}

/** Read piece by piece, each with the end of the one before it. */
async function holds(path: string, needles: readonly string[]): Promise<boolean> {
  const overlap = Math.max(...needles.map(({ length }) => length)) - 1;
  const piece = Buffer.alloc(pieceBytes);
  let kept = "";
  using file = await Deno.open(path);
  for (;;) {
    const read = await file.read(piece);
    if (read === null) return false;
    const chars = kept + charsOf(piece.subarray(0, read));
    if (needles.some((needle) => chars.includes(needle))) return true;
    kept = chars.slice(-overlap);
  }
}
