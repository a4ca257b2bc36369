/** What can be a time. */

/** The farthest a date can be from 1970 (ECMA-262, 21.4.1.1), milliseconds. */
const TIME_MAX = 8.64e15;

/** Whether a value is a time in milliseconds since 1970, as a date can show it. */
export function isTime(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= TIME_MAX;
}
