/** Two sources line by line: what stands in both, and what in one of them only. Pure. */

export interface DiffLine {
  readonly mark: "same" | "added" | "removed";
  readonly text: string;
}

/** Longer sources are shown whole, one below the other. */
const LINES_COMPARED_MAX = 400;

/** By the longest common subsequence of lines. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  if (Math.max(a.length, b.length) > LINES_COMPARED_MAX) {
    return [
      ...a.map((text) => ({ mark: "removed", text }) as const),
      ...b.map((text) => ({ mark: "added", text }) as const),
    ];
  }
  const common = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i]![j] = a[i] === b[j]
        ? common[i + 1]![j + 1]! + 1
        : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const lines: DiffLine[] = [];
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ mark: "same", text: a[i]! });
      i++;
      j++;
    } else if (j >= b.length || i < a.length && common[i + 1]![j]! >= common[i]![j + 1]!) {
      lines.push({ mark: "removed", text: a[i++]! });
    } else lines.push({ mark: "added", text: b[j++]! });
  }
  return lines;
}
