/** The native methods that come with the program, under stable names that slots of the image refer to. */
import { ArgumentError } from "../errors.ts";
import type { NativeMethod, NativeTable } from "../world/mod.ts";
import { hypervectorNatives } from "./hypervector_natives.ts";

const read = (doc: string, run: NativeMethod["run"]): NativeMethod => ({ doc, effect: "read", run });
const write = (doc: string, run: NativeMethod["run"]): NativeMethod => ({ doc, effect: "write", run });

function text(argument: unknown, what: string): string {
  if (typeof argument !== "string") {
    throw new ArgumentError(
      `${what} must be a text: it is ${JSON.stringify(argument) ?? "missing"}`,
      `Give ${what}.`,
    );
  }
  return argument;
}

const objectNatives: Record<string, NativeMethod> = {
  "object.describe": read("Says in a line what the object is.", (self) => {
    const slots = self.ownSlots().map(([name, slot]) =>
      slot.kind === "data" ? `${name}: ${JSON.stringify(slot.value)}` : `${name} (${slot.kind})`
    );
    const parents = self.chain().slice(1).map((each) => each.name ?? each.oid);
    return `${self.name ?? self.oid}${parents.length > 0 ? ` ← ${parents.join(" ← ")}` : ""}` +
      (slots.length > 0 ? ` { ${slots.join(", ")} }` : "");
  }),
  "object.slotNames": read("The names of its own slots.", (self) => self.ownSlots().map(([name]) => name)),
  "object.chain": read(
    "The names along the chain in which slots are searched.",
    (self) => self.chain().map((each) => each.name ?? each.oid),
  ),
  "object.understands": read(
    "Whether somebody along the chain has a slot for the selector.",
    (self, [selector]) => self.understands(text(selector, "the selector")),
  ),
  "object.protocol": read("Every selector it understands, with who holds it.", (self) => {
    const held = new Map<string, string>();
    for (const each of self.chain()) {
      for (const [name] of each.ownSlots()) if (!held.has(name)) held.set(name, each.name ?? each.oid);
    }
    return [...held].map(([selector, holder]) => ({ selector, holder }));
  }),
};

const exampleNatives: Record<string, NativeMethod> = {
  "shape.area": read("Width times height.", (self) => self.number("width") * self.number("height")),
  "shape.scale": write("Multiplies width and height by a factor.", (self, [factor = 2]) => {
    if (typeof factor !== "number" || !Number.isFinite(factor)) {
      throw new ArgumentError("The factor must be a number", "Send scale with a number, such as 2.");
    }
    self.set("width", self.number("width") * factor);
    self.set("height", self.number("height") * factor);
    return self.send("area");
  }),
};

/** The table of all natives; `services` are those that ask a running part of the system. */
export function createNatives(services: Readonly<Record<string, NativeMethod>> = {}): NativeTable {
  return new Map(Object.entries({ ...objectNatives, ...exampleNatives, ...hypervectorNatives, ...services }));
}
