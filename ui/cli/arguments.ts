/** Checks and reads what stands on the command line. Pure. */
import type { WireValue } from "../protocol.ts";
import { CliError } from "./cli_error.ts";

/** JSON where the text is JSON, else the text itself. */
export function valueOf(text: string): WireValue {
  try {
    return JSON.parse(text) as WireValue;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
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
