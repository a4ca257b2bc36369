/** Bytes in words. Pure. */
const UNITS = ["KB", "MB", "GB", "TB"] as const;

/** `512 bytes`, `1.5 KB`: decimal units. */
export function describeBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  const power = Math.min(UNITS.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1_000 ** power).toFixed(1)} ${UNITS[power - 1]}`;
}
