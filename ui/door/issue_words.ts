/**
 * Says in words what is wrong with a value that does not have the shape of the contract: for every door the same. What the
 * contract says of a bound in words of its own stands; else they are made of the bound. Pure.
 */
import type { z } from "zod";
import { ERROR_VALUES_SHOWN_MAX } from "./limits.ts";

type Issue = z.core.$ZodIssue;

/** One line: `"memories[3].text" must be a string; "colour" is not known`. */
export function describeIssues(error: z.ZodError): string {
  const lines = error.issues.slice(0, ERROR_VALUES_SHOWN_MAX).map(describeIssue);
  const more = error.issues.length - lines.length;
  return lines.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

/** The paths that are wrong, as `details.paths` of the error. */
export function pathsOf(error: z.ZodError): string[] {
  return error.issues.flatMap(pathsOfIssue).slice(0, ERROR_VALUES_SHOWN_MAX);
}

/** The path of what is wrong, or of each field that is not known there. */
function pathsOfIssue(issue: Issue): string[] {
  if (issue.code !== "unrecognized_keys") return [pathText(issue.path)];
  return issue.keys.map((key) => pathText([...issue.path, key]));
}

function describeIssue(issue: Issue): string {
  const path = pathText(issue.path);
  const subject = path === "" ? "it" : `"${path}"`;
  switch (issue.code) {
    case "invalid_type":
      // Parsed with `reportInput`, so that what is absent can be told from what is something else.
      if (issue.input === undefined && path !== "") {
        return `${subject} is missing: it must be ${withArticle(issue.expected)}`;
      }
      return `${subject} must be ${withArticle(issue.expected)}`;
    case "invalid_value":
      return `${subject} must be one of ${issue.values.map(String).join(", ")}`;
    case "invalid_union":
      return `${subject}: ${
        isOwn(issue) ? lowerFirst(issue.message) : "it has none of the shapes it may have"
      }`;
    case "unrecognized_keys": {
      const known = issue.keys.map((key) => `"${path === "" ? key : `${path}.${key}`}"`).join(", ");
      return `${known} ${issue.keys.length === 1 ? "is" : "are"} not known here`;
    }
    case "too_small":
    case "too_big":
      return `${subject} is out of bounds: ${isOwn(issue) ? lowerFirst(issue.message) : boundInWords(issue)}`;
    default:
      return `${subject}: ${lowerFirst(issue.message)}`;
  }
}

/** Whether the contract has words of its own for it. */
function isOwn({ message }: Issue): boolean {
  return !/^(?:Too (?:small|big): expected|Invalid input)/.test(message);
}

const UNITS: Readonly<Record<string, string>> = { string: "character", array: "element", set: "element" };

function boundInWords(issue: Extract<Issue, { code: "too_small" | "too_big" }>): string {
  const { input, origin } = issue;
  const [sign, bound] = issue.code === "too_small" ? [">", issue.minimum] : ["<", issue.maximum];
  const unit = UNITS[origin];
  if (unit === undefined) {
    return `it must be ${sign}${issue.inclusive === false ? "" : "="} ${bound}${is(input)}`;
  }
  if (issue.code === "too_small" && bound === 1) return "it must not be empty";
  const has = typeof input === "string" || Array.isArray(input) ? ` and has ${input.length}` : "";
  return `it must have ${sign}= ${bound} ${unit}${bound === 1 ? "" : "s"}${has}`;
}

function is(input: unknown): string {
  return typeof input === "number" ? ` and is ${input}` : "";
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? String(part) : `${text}.${String(part)}`,
    "",
  );
}

function withArticle(noun: string): string {
  if (noun === "null") return noun;
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
