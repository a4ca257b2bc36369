/** How deep data is nested, told without recursion: what comes from outside may be deeper than the stack. Pure. */

/** Whether lists and objects lie more than so deep in one another. */
export function isNestedDeeper(value: unknown, depthMax: number): boolean {
  let level = [value].filter(isContainer);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > depthMax) return true;
    level = level.flatMap((each) => Object.values(each).filter(isContainer));
  }
  return false;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
