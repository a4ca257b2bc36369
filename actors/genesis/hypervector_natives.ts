/**
 * The hypervector algebra as messages. A vector in a message is a symbol, which stands for its atom, or a list of
 * phases in radians; answers are lists of phases, so that they can be sent on.
 */
import { atom, type PhasesF32, phasesF32, type Planes, planes } from "../../vector/hypervector/mod.ts";
import { ArgumentError } from "../errors.ts";
import type { NativeMethod, Receiver } from "../world/mod.ts";
import { BUNDLED_NUMBERS_MAX } from "./limits.ts";

function vectorOf(self: Receiver, argument: unknown): PhasesF32 {
  const dimensions = self.number("dimensions");
  if (typeof argument === "string") {
    return phasesF32.fromPhases8(atom(String(self.get("seed")), argument, dimensions));
  }
  if (Array.isArray(argument) && argument.every((phase) => typeof phase === "number")) {
    if (argument.length !== dimensions) {
      throw new ArgumentError(
        `A vector must have ${dimensions} phases: this one has ${argument.length}`,
        "Give a symbol, or phases of the prototype's own dimension.",
      );
    }
    return Float32Array.from(argument);
  }
  throw new ArgumentError(
    "A vector is a symbol (text) or a list of phases",
    'Send for example bind "role" "filler".',
  );
}

/** Before any of the vectors is made. */
function checkBundle(self: Receiver, count: number): void {
  const countMax = Math.floor(BUNDLED_NUMBERS_MAX / Math.max(1, self.number("dimensions")));
  if (count <= countMax) return;
  throw new ArgumentError(
    `A bundle sent as a message must have <= ${countMax} vectors: this one has ${count}`,
    "Bundle in groups, then bundle the groups.",
    { count, countMax },
  );
}

const method = (doc: string, run: (self: Receiver, args: readonly unknown[]) => unknown): NativeMethod => ({
  doc,
  effect: "read",
  run,
});

const asPlanes = (self: Receiver, argument: unknown): Planes => planes.fromPhases(vectorOf(self, argument));

export const hypervectorNatives: Readonly<Record<string, NativeMethod>> = {
  "hypervector.bind": method(
    "bind a b: the phases of a ⊛ b.",
    (self, [a, b]) => [...phasesF32.bind(vectorOf(self, a), vectorOf(self, b))],
  ),
  "hypervector.unbind": method(
    "unbind ab b: what was bound to b in ab.",
    (self, [a, b]) => [...phasesF32.unbind(vectorOf(self, a), vectorOf(self, b))],
  ),
  "hypervector.bundle": method(
    "bundle a b …: the phases of the sum.",
    (self, args) => {
      const vectors = args.length === 1 && Array.isArray(args[0]) && typeof args[0][0] !== "number"
        ? args[0]
        : args;
      checkBundle(self, vectors.length);
      return [...planes.toPhases(planes.bundle(vectors.map((each) => asPlanes(self, each))))];
    },
  ),
  "hypervector.similarity": method(
    "similarity a b: the mean cosine of the phase differences, -1 to 1.",
    (self, [a, b]) => phasesF32.similarity(vectorOf(self, a), vectorOf(self, b)),
  ),
};
