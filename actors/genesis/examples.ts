/** A small worked example to play with: shapes that delegate, and objects whose methods are written in the image. */
import type { BlueprintObject } from "./blueprint.ts";

export const examples: readonly BlueprintObject[] = [
  {
    name: "shape",
    parents: ["genesis"],
    slots: {
      doc: "Something with a width and a height. Send it area, or scale 2.",
      width: 3,
      height: 4,
      area: { $native: "shape.area" },
      scale: { $native: "shape.scale" },
    },
  },
  {
    name: "rectangle",
    parents: ["shape"],
    slots: { doc: "A shape that is wider.", width: 6 },
  },
  {
    name: "square",
    parents: ["rectangle"],
    slots: {
      doc: "Inherits area from shape, two parents up; its own side is both width and height.",
      width: 5,
      height: 5,
      perimeter: {
        $method: '(self) => 2 * (self.get("width") + self.get("height"))',
        doc: "Twice the sum of the sides; written in the image, so change it and send it again.",
      },
    },
  },
  {
    name: "counter",
    parents: ["genesis"],
    slots: {
      doc: "Counts. Send it increment, and undo it.",
      count: 0,
      increment: {
        $method:
          '(self, by = 1) => {\n  self.set("count", self.get("count") + by);\n  return self.get("count");\n}',
        doc: "Adds 1, or the number given, to count.",
      },
      reset: { $method: '(self) => self.set("count", 0)', doc: "Sets count to 0." },
    },
  },
  {
    name: "greeter",
    parents: ["genesis"],
    slots: {
      doc: "Says hello in its own words. Extend it and change greeting.",
      greeting: "Hello",
      greet: {
        $method: '(self, whom = "world") => `${self.get("greeting")}, ${whom}!`',
        doc: "Greets whom, or the world.",
      },
    },
  },
];
