/** Says in words what is wrong with a value that does not have the shape of the contract. Pure. */
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
      if (issue.input === undefined && path !== "") {
        return `${subject} is missing or of the wrong type: it must be ${withArticle(issue.expected)}`;
      }
      return `${subject} must be ${withArticle(issue.expected)}`;
    case "unrecognized_keys": {
      const known = issue.keys.map((key) => `"${path === "" ? key : `${path}.${key}`}"`).join(", ");
      return `${known} ${issue.keys.length === 1 ? "is" : "are"} not known here`;
    }
    case "too_small":
    case "too_big":
      return `${subject} is out of bounds: ${lowerFirst(issue.message)}`;
    default:
      return `${subject}: ${lowerFirst(issue.message)}`;
  }
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
