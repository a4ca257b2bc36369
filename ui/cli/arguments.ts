/** Checks and reads what stands on the command line. Pure. */
import type { WireValue } from "../protocol.ts";
import { CliError } from "./cli_error.ts";
import { VALUE_SHOWN_MAX } from "./limits.ts";

/**
 * JSON where the text is JSON, else the text itself.
 * @throws {CliError} `wrong_use` for text that begins as JSON and is none, and for numbers that are too large
 */
export function valueOf(text: string): WireValue {
  let value: WireValue;
  try {
    value = JSON.parse(text) as WireValue;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (!/^\s*[{["]/.test(text)) return text;
    throw new CliError("wrong_use", `The value ${clip(text)} begins as JSON and is none: ${error.message}`, {
      hint: `Correct it, or give it as a JSON text: ${clip(JSON.stringify(text))}`,
      details: { value: clip(text) },
      cause: error,
    });
  }
  if (isFinite(value)) return value;
  throw new CliError("wrong_use", `The value ${clip(text)} has a number too large to be stored`, {
    hint: `Numbers go up to ${Number.MAX_VALUE}; a text is given as ${clip(JSON.stringify(text))}`,
    details: { value: clip(text) },
  });
}

/** False when there is a number in it that JSON cannot say again. Goes through it without recursion. */
function isFinite(value: WireValue): boolean {
  const open: WireValue[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === "number" && !Number.isFinite(next)) return false;
    if (typeof next !== "object" || next === null) continue;
    for (const child of Object.values(next) as WireValue[]) open.push(child);
  }
  return true;
}

function clip(text: string): string {
  return text.length <= VALUE_SHOWN_MAX ? text : `${text.slice(0, VALUE_SHOWN_MAX)}…`;
}

/** A parser for an option that takes a whole number. @throws {CliError} `wrong_use` */
export function wholeNumber(option: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new CliError(
      "wrong_use",
      `${option} must be a whole number from ${min} to ${max}: it is "${text}"`,
      {
        hint: "Correct it and run the command again.",
        details: { option, value: text, min, max },
      },
    );
  };
}
