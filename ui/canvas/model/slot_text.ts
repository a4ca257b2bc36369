/** Slot values as a person reads and writes them. Pure. */
import { hasFiniteNumbers, roundedIn, type WireValue } from "../../protocol.ts";

export type SlotForm = "text" | "json" | "reference" | "method";

export type Parsed = { readonly ok: true; readonly value: WireValue } | {
  readonly ok: false;
  readonly reason: string;
};

function single(value: WireValue, key: string): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const inside = value[key];
  return typeof inside === "string" ? inside : null;
}

/** The name or oid that a value refers to; null when it is no reference. */
export function referenceOf(value: WireValue): string | null {
  return single(value, "$ref");
}

export function formOf(value: WireValue): SlotForm {
  if (referenceOf(value) !== null) return "reference";
  if (single(value, "$method") !== null) return "method";
  return typeof value === "string" ? "text" : "json";
}

/** What the editor shows for a value in its own form. */
export function formatSlot(value: WireValue): string {
  return referenceOf(value) ?? single(value, "$method") ??
    (typeof value === "string" ? value : JSON.stringify(value, null, pretty(value) ? 2 : undefined));
}

function pretty(value: WireValue): boolean {
  return typeof value === "object" && value !== null && JSON.stringify(value).length > 60;
}

/** The value in one line. */
export function previewOf(value: WireValue, length: number): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

export function parseSlot(text: string, form: SlotForm): Parsed {
  switch (form) {
    case "text":
      return { ok: true, value: text };
    case "reference": {
      const name = text.trim();
      return name === ""
        ? { ok: false, reason: "A reference needs the name or the oid of an object" }
        : { ok: true, value: { $ref: name } };
    }
    case "method":
      return text.trim() === ""
        ? { ok: false, reason: 'A method needs a source, such as (self) => self.get("width")' }
        : { ok: true, value: { $method: text } };
    case "json":
      return parseJson(text);
  }
}

/** Why a number in JSON cannot be stored as it is written; null when all can. */
function numberProblem(json: string, value: WireValue): string | null {
  if (!hasFiniteNumbers(value)) {
    return `A number is too large to be stored: numbers go up to ${Number.MAX_VALUE}`;
  }
  const rounded = roundedIn(json);
  return rounded === null ? null : `The number ${rounded.slice(0, 40)} cannot be stored exactly: ` +
    `whole numbers are exact up to ${Number.MAX_SAFE_INTEGER}. As a text, in quotes, it is kept`;
}

function parseJson(text: string): Parsed {
  if (text.trim() === "") return { ok: false, reason: "JSON must not be empty: write null, or choose Text" };
  try {
    const value = JSON.parse(text) as WireValue;
    const reason = numberProblem(text, value);
    return reason === null ? { ok: true, value } : { ok: false, reason };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ok: false, reason: `This is not JSON: ${plainSyntax(error.message)}` };
  }
}

function plainSyntax(message: string): string {
  return message.replace(/^JSON\.parse: /, "").replace(/ in JSON at position.*$/, "").replace(
    /,? ?".*" is not.*$/,
    "",
  );
}

/**
 * The arguments of a message, as JSON values separated by commas. A lone word without quotes is taken as text, since
 * that is what a person means by it.
 */
export function parseArguments(
  text: string,
): { ok: true; values: WireValue[] } | { ok: false; reason: string } {
  const trimmed = text.trim();
  if (trimmed === "") return { ok: true, values: [] };
  try {
    const values = JSON.parse(`[${trimmed}]`) as WireValue[];
    const reason = numberProblem(trimmed, values);
    return reason === null ? { ok: true, values } : { ok: false, reason };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (/^[\p{L}_][\p{L}\p{N} _'!?.-]*$/u.test(trimmed)) return { ok: true, values: [trimmed] };
    return {
      ok: false,
      reason: 'Arguments are JSON values with commas between them, such as 2, "text", {"a": 1}',
    };
  }
}

export type SlotNameProblem = string | null;

/** Why a slot cannot have this name; null when it can. */
export function slotNameProblem(name: string, taken: Iterable<string>): SlotNameProblem {
  if (name.trim() === "") return "A slot needs a name";
  if (name.length > 200) return `A name has at most 200 characters: this one has ${name.length}`;
  for (const each of taken) if (each === name) return `There is a slot "${name}" already`;
  return null;
}
