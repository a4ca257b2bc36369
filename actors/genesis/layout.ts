/** Where the objects of a new image stand on its canvas: a grid whose columns are families, read from the top. */

const COLUMN_WIDTH = 250;
const ROW_HEIGHT = 140;

/** Column by column, from the left; each from the top. Every object of a new image has its place. */
const COLUMNS: readonly (readonly string[])[] = [
  [
    "memory_manager",
    "archive_manager",
    "backup_manager",
    "history_manager",
    "orchestrator",
    "hypervector_prototype",
    "shape",
    "kernel",
  ],
  [
    "genesis",
    "context_fractal_prototype",
    "exchange_prototype",
    "concept_fractal_prototype",
    "counter",
    "rectangle",
    "proposal_prototype",
  ],
  ["morph", "system_morph", "persona_morph", "memory_morph", "message_morph", "square"],
  ["persona_prototype", "ALFRED", "BRICK", "ROBIN", "BABS", "greeter", "curator"],
];

/** The place of an object of the new image, in canvas units; undefined for one that has none. */
export function placeOf(name: string): { readonly x: number; readonly y: number } | undefined {
  for (const [column, names] of COLUMNS.entries()) {
    const row = names.indexOf(name);
    if (row === -1) continue;
    const x = (column - COLUMNS.length / 2) * COLUMN_WIDTH;
    const y = (row - names.length / 2) * ROW_HEIGHT;
    return { x, y };
  }
  return undefined;
}
