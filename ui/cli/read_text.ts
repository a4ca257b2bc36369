/**
 * Text that a person hands in, from a file or, for `-`, from standard input: UTF-8 within a bound. What is not is
 * refused, so that nothing is kept whose letters were lost on the way.
 */
import { CliError } from "./cli_error.ts";
import type { CliEnvironment } from "./environment.ts";
import { readChunks } from "./exchange/files.ts";

/** Where text comes from, for `readText`. */
export interface TextSource {
  /** A path, or `-` for standard input. */
  readonly from: string;
  readonly bytesMax: number;
}

/** @throws {CliError} `wrong_use` for what cannot be read, is larger, or is no UTF-8 */
export async function readText(
  { from, bytesMax }: TextSource,
  environment: Pick<CliEnvironment, "stdin">,
): Promise<string> {
  if (from !== "-") return await readTextFile(from, bytesMax);
  return await textOf(environment.stdin(), { from: "Standard input", bytesMax });
}

/** The same of a file, whatever its name. @throws {CliError} `wrong_use` as `readText` does */
export async function readTextFile(path: string, bytesMax: number): Promise<string> {
  return await textOf(readChunks(path), { from: path, bytesMax });
}

/** A leading byte order mark is no part of the text. */
async function textOf(chunks: AsyncIterable<Uint8Array>, { from, bytesMax }: TextSource): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let bytes = 0;
  let text = "";
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > bytesMax) break;
      text += decoder.decode(chunk, { stream: true });
    }
    if (bytes <= bytesMax) return text + decoder.decode();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new CliError("wrong_use", `${from} must be UTF-8: it is not`, {
      hint: "Convert it, for example with `iconv -f latin1 -t utf-8`.",
      details: { from },
      cause,
    });
  }
  throw new CliError("wrong_use", `${from} must have <= ${bytesMax} bytes: it has more`, {
    hint: "Split it, or choose another file.",
    details: { from, bytesMax },
  });
}
