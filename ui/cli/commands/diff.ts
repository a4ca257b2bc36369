/** `telos diff`: what differs between two points, in words or as JSON. */
import type { DiffView, WireValue } from "../../protocol.ts";
import { pointInTime } from "../arguments.ts";
import type { Define } from "../context.ts";
import { VALUE_SHOWN_MAX } from "../limits.ts";
import { counted } from "../words.ts";

export const defineDiff: Define = (program, run) => {
  program.command("diff")
    .description("what differs between two points of the image, or of one object")
    .argument("<from>", "a position, or a time such as 2026-11-27T10:00Z", pointInTime("<from>"))
    .argument("[to]", "the same; default: now", pointInTime("[to]"))
    .option("--object <name>", "only this object: a name or an oid")
    .option("--json", "print {from, to, thoughts, objects, places, names, more}")
    .addHelpText(
      "after",
      "\nExample:\n  telos diff 2026-11-27T10:00Z\n  telos diff 000001-0000000000000a160000-0000 --object lamp",
    )
    .action(run(async (context, [from = "", to], options) => {
      const query = {
        from,
        ...(to === undefined ? {} : { to }),
        ...(typeof options.object === "string" ? { object: options.object } : {}),
      };
      context.show(await context.withDoor((door) => door.diff(query)), describeDiff);
    }));
};

type ObjectDiff = DiffView["objects"][number];
type SlotDiff = ObjectDiff["slots"][number];

const MARKS = { same: " ", added: "+", removed: "-" } as const;

/** The differences in words, an object a paragraph. */
export function describeDiff(diff: DiffView): string {
  const { objects, places, thoughts, more } = diff;
  const head = `${diff.from} → ${diff.to}: ${counted(thoughts, "thought")}`;
  if (objects.length === 0 && places.length === 0) return `${head}, and nothing differs.`;
  const lines = [head];
  for (const object of objects) lines.push("", ...describeObject(object, diff));
  const owners = new Set(places.map(({ oid }) => oid));
  for (const oid of owners) {
    if (objects.some((object) => object.oid === oid)) continue;
    lines.push("", ...placesOf(oid, diff).map((line) => `${diff.names[oid] ?? oid} ${line}`));
  }
  if (more > 0) lines.push("", `and ${more} more`);
  return lines.join("\n");
}

function describeObject(object: ObjectDiff, diff: DiffView): string[] {
  const { oid, name, change, renamed, parents, slots } = object;
  const words = { made: "was made", deleted: "was deleted", changed: "changed" }[change];
  const lines = [`${name ?? "(no name)"} ${words}  ${oid}`];
  if (renamed !== undefined) lines.push(`  name: ${renamed.before ?? "none"} → ${renamed.after ?? "none"}`);
  const named = (list: readonly string[]) =>
    list.map((each) => diff.names[each] ?? each).join(", ") || "none";
  if (parents !== undefined) lines.push(`  parents: ${named(parents.before)} → ${named(parents.after)}`);
  for (const slot of slots) lines.push(...describeSlot(slot, diff).map((line) => `  ${line}`));
  return [...lines, ...placesOf(oid, diff).map((line) => `  ${line}`)];
}

function describeSlot({ slot, before, after, hunks }: SlotDiff, diff: DiffView): string[] {
  if (hunks !== undefined) {
    return [
      `${slot}:`,
      ...hunks.flatMap((hunk) => [
        `  @@ ${hunk.before} → ${hunk.after} @@`,
        ...hunk.lines.map(({ kind, text }) => `  ${MARKS[kind]} ${text}`),
      ]),
    ];
  }
  if (before === undefined) return [`+ ${slot}: ${valueInWords(after, diff)}`];
  if (after === undefined) return [`- ${slot}: ${valueInWords(before, diff)}`];
  return [`${slot}: ${valueInWords(before, diff)} → ${valueInWords(after, diff)}`];
}

function valueInWords(value: WireValue | undefined, { names }: DiffView): string {
  if (
    typeof value === "object" && value !== null && !Array.isArray(value) && typeof value.$ref === "string"
  ) {
    return names[value.$ref] ?? value.$ref;
  }
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= VALUE_SHOWN_MAX ? text : `${text.slice(0, VALUE_SHOWN_MAX)}…`;
}

function placesOf(oid: string, { places }: DiffView): string[] {
  return places.filter((place) => place.oid === oid).map(({ canvas, before, after }) => {
    const [was, is] = [before, after].map((place) => place === null ? "nowhere" : `${place.x}, ${place.y}`);
    return `stood on ${canvas}: ${was} → ${is}`;
  });
}
