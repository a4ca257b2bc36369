/** The bounds of what a thought says about itself. */
import { Buffer } from "node:buffer";
import { LimitError } from "./errors.ts";
import { isJson } from "./is_json.ts";
import { detailBytesMax, whoCharactersMax, whyCharactersMax } from "./limits.ts";
import type { ThoughtInfo } from "./record.ts";
import { seal } from "./sealed.ts";

/** An upper bound of the bytes it takes. @throws LimitError for a description beyond its bounds. */
export function checkInfo(info: ThoughtInfo): number {
  const words: [string, string | undefined, number][] = [
    ["who", info.who, whoCharactersMax],
    ["why", info.why, whyCharactersMax],
    ["kind", info.kind, whoCharactersMax],
    ["undoes", info.undoes, whoCharactersMax],
    ["parent", info.parent, whoCharactersMax],
    ["persona", info.persona, whoCharactersMax],
    ["model", info.model, whoCharactersMax],
  ];
  let bytes = 200;
  for (const [name, text, limit] of words) {
    if (text === undefined) continue;
    if (text.length > limit) {
      throw new LimitError(
        `Cannot describe a thought as its "${name}" must be at most ${limit} characters: it is ${text.length}`,
        { limit, actual: text.length, field: name },
      );
    }
    bytes += boundText(text);
  }
  if (info.detail === undefined || info.detail === null) return bytes;
  const detail = seal(info.detail, ["detail of the thought"]).byteLength;
  if (detail > detailBytesMax) {
    throw new LimitError(
      `Cannot describe a thought as its detail must be at most ${detailBytesMax} bytes: it is ${detail}`,
      { limit: detailBytesMax, actual: detail, field: "detail" },
    );
  }
  return bytes + Math.max(detail, jsonBytes(info.detail));
}

/** Bytes in a record that is kept as JSON: escapes may make it several times as long. */
function jsonBytes(detail: unknown): number {
  return isJson(detail, Infinity) ? Buffer.byteLength(JSON.stringify(detail)) : 0;
}

/** An escape takes six bytes in JSON, and no character more; long text is looked at. */
function boundText(text: string): number {
  return 16 + (text.length < 200 ? text.length * 6 : JSON.stringify(text).length * 3);
}
