/**
 * Whether JSON reads back as the very same value: plain objects and lists of text, finite numbers, booleans and null.
 * What is large or deep is not looked through to its end and counts as none.
 */

/** Values and characters looked at. */
const lookedAtMax = 16_384;
const depthMax = 40;

/** @param most how many values and characters are looked at */
export function isJson(value: unknown, most = lookedAtMax): boolean {
  return look(value, most, depthMax) >= 0;
}

/** What is left to be looked at, or a negative number for what is not JSON. */
function look(value: unknown, left: number, depth: number): number {
  switch (typeof value) {
    case "string":
      return left - value.length;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? left - 1 : -1;
    case "boolean":
      return left - 1;
    case "object":
      if (value === null) return left - 1;
      if (depth === 0) return -1;
      return Array.isArray(value) ? lookAtList(value, left, depth) : lookAtRecord(value, left, depth);
    default:
      return -1;
  }
}

function lookAtList(list: readonly unknown[], left: number, depth: number): number {
  // A hole reads as undefined, which is none; a property beside the items would be lost.
  for (let i = 0; i < list.length && left >= 0; i++) left = look(list[i], left - 1, depth - 1);
  return left >= 0 && Object.keys(list).length === list.length ? left : -1;
}

function lookAtRecord(record: object, left: number, depth: number): number {
  const prototype = Object.getPrototypeOf(record);
  if (prototype !== Object.prototype && prototype !== null) return -1;
  for (const name in record) {
    if (left < 0 || name === "__proto__") return -1;
    left = look((record as Record<string, unknown>)[name], left - name.length, depth - 1);
  }
  return left;
}
