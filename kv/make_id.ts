/** The ids that the store makes. */

/** A UUIDv7: random, with the time in front, so that ids made one after another stand together. */
export function makeId(now: number): string {
  const time = Math.floor(now).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${crypto.randomUUID().slice(15)}`;
}
