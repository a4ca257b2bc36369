/** Checks and reads what stands on the command line. Pure. */
import {
  asOfSchema,
  hasFiniteNumbers,
  positionSchema,
  roundedIn,
  timeOf,
  type WireValue,
} from "../protocol.ts";
import { CliError } from "./cli_error.ts";
import { VALUE_SHOWN_MAX } from "./limits.ts";

/**
 * JSON where the text is JSON, else the text itself.
 * @throws {CliError} `wrong_use` for text that begins as JSON and is none, and for numbers that are too large or
 * would be rounded
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
  if (!hasFiniteNumbers(value)) {
    throw new CliError("wrong_use", `The value ${clip(text)} has a number too large to be stored`, {
      hint: `Numbers go up to ${Number.MAX_VALUE}; a text is given as ${clip(JSON.stringify(text))}`,
      details: { value: clip(text) },
    });
  }
  const rounded = roundedIn(text);
  if (rounded === null) return value;
  throw new CliError("wrong_use", `The number ${clip(rounded)} cannot be stored exactly`, {
    hint: `Whole numbers are exact up to ${Number.MAX_SAFE_INTEGER}; as a text, in quotes, it is kept: ` +
      `'${clip(JSON.stringify(rounded))}'`,
    details: { value: clip(text) },
  });
}

/** Words that say something. @throws {CliError} `wrong_use` for words that are none */
export function requireWords(
  text: string,
  nothing: { readonly message: string; readonly hint: string },
): void {
  if (text.trim() === "") throw new CliError("wrong_use", nothing.message, { hint: nothing.hint });
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

/** A parser for an option that takes a time: milliseconds since 1970, or a date as ISO 8601 has it. @throws {CliError} */
export function moment(option: string): (text: string) => number {
  return (text) => {
    const value = /^\d{1,4}$/.test(text) ? null : timeOf(text);
    if (value !== null) return value;
    throw new CliError("wrong_use", `${option} must be a time: it is "${clip(text)}"`, {
      hint: "Write for example 2026-11-27 or 2026-11-27T10:00Z.",
      details: { option, value: clip(text) },
    });
  };
}

/**
 * A parser for a point of the image's history: a position, or a time; `shownBy` is the command that shows positions.
 * @throws {CliError} `wrong_use`
 */
export function pointInTime(option: string, shownBy = "telos history"): (text: string) => string {
  return (text) => {
    if (asOfSchema.safeParse(text).success) return text;
    throw notAPoint(text, { option, what: "a position or a time", shownBy });
  };
}

/** A parser for a position. @throws {CliError} `wrong_use` */
export function position(option: string): (text: string) => string {
  return (text) => {
    if (positionSchema.safeParse(text).success) return text;
    throw notAPoint(text, { option, what: "a position", shownBy: "telos history" });
  };
}

function notAPoint(
  text: string,
  { option, what, shownBy }: { readonly option: string; readonly what: string; readonly shownBy: string },
): CliError {
  return new CliError("wrong_use", `${option} must be ${what}: it is "${clip(text)}"`, {
    hint: `${shownBy} shows positions; a time is written 2026-11-27T10:00Z.`,
    details: { option, value: clip(text) },
  });
}

/** A parser for an option `name=value` that may be given again. @throws {CliError} `wrong_use` */
export function oneMoreSlot(
  text: string,
  before: Readonly<Record<string, string | number | boolean>> = {},
): Record<string, string | number | boolean> {
  const at = text.indexOf("=");
  const value = at < 1 ? null : valueOf(text.slice(at + 1));
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return { ...before, [text.slice(0, at)]: value };
  }
  throw new CliError(
    "wrong_use",
    `--slot must be NAME=VALUE with a text, a number, true or false: it is "${clip(text)}"`,
    {
      hint: "Write for example --slot mood=calm.",
      details: { option: "--slot", value: clip(text) },
    },
  );
}
