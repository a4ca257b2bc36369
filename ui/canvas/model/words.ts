/** Figures and times as a person reads them. Pure: the time of now comes in. */
import type { ErrorBody, HistoryView, Usage } from "../../protocol.ts";

export function bytesInWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes, unit = -1;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function countInWords(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** `all of it is kept`, `30 days are kept`: how long history is. */
export function keptInWords({ keep, days, thoughts }: HistoryView["policy"]): string {
  return {
    all: "all of it is kept",
    days: `${countInWords(days, "day")} are kept`,
    thoughts: `${countInWords(thoughts, "thought")} are kept`,
  }[keep];
}

/** How long ago, in the largest unit that fits. */
export function agoInWords(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.round(hours / 24);
  return days < 30 ? `${days} d ago` : new Date(at).toISOString().slice(0, 10);
}

/** How far ahead, in the largest unit that fits. */
export function inWords(at: number, now: number): string {
  const minutes = Math.ceil((at - now) / 60_000);
  if (minutes <= 1) return "within a minute";
  if (minutes < 60) return `in ${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `in ${hours} h` : `in ${Math.round(hours / 24)} d`;
}

/** The part of a position that changes from thought to thought. */
export function positionInWords(position: string): string {
  const [epoch, stamp, n] = position.split("-");
  if (stamp === undefined || n === undefined) return position;
  const short = stamp.replace(/0{4}$/, "").replace(/^0+/, "") || "0";
  return `${Number(epoch)}·${short}${n === "0000" ? "" : `·${Number(n)}`}`;
}

/** A name within a sentence: where it has a direction of its own, that ends with it. */
export function isolated(name: string): string {
  return /[\p{Bidi_Control}\p{Script=Arabic}\p{Script=Hebrew}]/u.test(name) ? `\u2068${name}\u2069` : name;
}

/** One line of sentences, each with an end: a reason and what to do about it. */
export function sentences(...texts: readonly (string | undefined)[]): string {
  return texts.map((text) => text?.trim() ?? "").filter((text) => text !== "")
    .map((text) => /[.!?…:]$/.test(text) ? text : `${text}.`).join(" ");
}

export type Problem = ErrorBody["error"];

/** A problem that was found before anything was sent. */
export function localProblem(message: string): Problem {
  return { code: "invalid_here", message, hint: "Correct it and try again.", retryable: false, details: {} };
}

/** The names that an error suggests instead of the wrong one. */
export function suggestionsOf(problem: Problem): string[] {
  const nearest = problem.details["nearest"];
  return Array.isArray(nearest) ? nearest.filter((each): each is string => typeof each === "string") : [];
}

/** `34.2 tokens/s`; empty for an answer of one token. */
export function speedOf({ tokens, first_token_ms, total_ms }: Usage): string {
  const seconds = (total_ms - first_token_ms) / 1_000;
  return tokens < 2 || seconds <= 0 ? "" : `${((tokens - 1) / seconds).toFixed(1)} tokens/s`;
}

/** `210 tokens read, 58 written; first after 0.4 s, all after 2.1 s` */
export function costInWords({ prompt_tokens, tokens, first_token_ms, total_ms }: Usage): string {
  const read = prompt_tokens === null ? "" : `${prompt_tokens} tokens read, `;
  return `${read}${tokens} written; first after ${secondsInWords(first_token_ms)}, all after ${
    secondsInWords(total_ms)
  }`;
}

/** `0.4 s` */
export function secondsInWords(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
