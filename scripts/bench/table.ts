/** The rows of the bench as a table for people. Pure. */
import type { RowReport } from "./row.ts";
import { rounded } from "./statistics.ts";

const HEADS = ["row", "ours", "baseline", "ratio", "required", "met"] as const;

export function tableOf(rows: readonly RowReport[]): string {
  const cells = rows.map((row) => [
    row.row,
    figure(row.ours, row.unit),
    figure(row.baseline, row.unit),
    row.ratio === null ? "–" : row.ratio.toFixed(2),
    `${row.bound} ${row.required}${row.oursMax === null ? "" : `, ours at most ${row.oursMax} ${row.unit}`}`,
    row.met ? "yes" : "NO",
  ]);
  const widths = HEADS.map((head, column) =>
    Math.max(head.length, ...cells.map((cell) => cell[column]!.length))
  );
  const line = (cell: readonly string[]) =>
    cell.map((text, at) => text.padEnd(widths[at]!)).join("  ").trimEnd();
  const notes = rows.flatMap(({ row, what, how, beside }) => [
    `${row}: ${what}`,
    `  ${how}`,
    ...(Object.keys(beside).length === 0
      ? []
      : [`  ${Object.entries(beside).map(([name, value]) => `${name} ${value}`).join(", ")}`]),
  ]);
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [line(HEADS), rule, ...cells.map(line), "", ...notes, ""].join("\n");
}

function figure(value: number | null, unit: string): string {
  return value === null ? "not measured" : `${rounded(value)} ${unit}`;
}
