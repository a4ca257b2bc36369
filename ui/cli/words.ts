/** Figures as a person reads them. Pure. */
import type { HistoryView } from "../protocol.ts";

/** `12.3 MB` */
export function bytesInWords(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1_000 && unit < units.length - 1; unit++) value /= 1_000;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** `2026-11-27 10:00:00` in UTC */
export function timeInWords(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").slice(0, 19);
}

/** `all`, `30 days`, `1000 thoughts`: how long history is kept */
export function keptInWords({ keep, days, thoughts }: HistoryView["policy"]): string {
  return { all: "all", days: `${days} days`, thoughts: `${thoughts} thoughts` }[keep];
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
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
