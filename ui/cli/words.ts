/** Figures as a person reads them. Pure. */
import type { HistoryView } from "../protocol.ts";

/** `1 memory`, `2 memories`, `0 files`; `many` where it is not `one` with an s. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `all 3 memories of ~/notes are here already`, `the one memory of …` */
export function allHere(memories: number, of: string): string {
  return memories === 1
    ? `the one memory of ${of} is here already`
    : `all ${memories} memories of ${of} are here already`;
}

/** `12.3 MB` */
export function bytesInWords(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1_000 && unit < units.length - 1; unit++) value /= 1_000;
  return unit === 0 ? counted(value, "byte") : `${value.toFixed(1)} ${units[unit]}`;
}

/** `2026-11-27 10:00:00` in UTC */
export function timeInWords(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").slice(0, 19);
}

/** `all`, `30 days`, `1000 thoughts`: how long history is kept */
export function keptInWords({ keep, days, thoughts }: HistoryView["policy"]): string {
  return { all: "all", days: counted(days, "day"), thoughts: counted(thoughts, "thought") }[keep];
}

/** `5 minutes` */
export function ageInWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const [count, unit] = seconds < 90
    ? [seconds, "second"]
    : seconds < 5_400
    ? [Math.round(seconds / 60), "minute"]
    : seconds < 172_800
    ? [Math.round(seconds / 3_600), "hour"]
    : [Math.round(seconds / 86_400), "day"];
  return counted(count, unit);
}
