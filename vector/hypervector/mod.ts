/**
 * FHRR hypervectors: a pure algebra for structure in one long vector, with no store, clock, network or chance in it.
 *
 * What the currency of Mexico is, by analogy: what stands in its record where the dollar stands in that of the USA.
 * ```ts
 * import { atom, cleanup, hologram, planes } from "./mod.ts";
 *
 * const options = { seed: "example" };
 * const text = (value: string) => ({ kind: "data" as const, value });
 * const usa = hologram({ capital: text("Washington"), currency: text("dollar") }, options);
 * const mexico = hologram({ capital: text("Mexico City"), currency: text("peso") }, options);
 * const dollar = planes.fromPhases8(atom("example", "text:dollar"));
 * const noisy = planes.bind(planes.unbind(mexico, usa), dollar);
 * const names = ["Washington", "Mexico City", "dollar", "peso"];
 * const codebook = names.map((name) => ({ name, phases: atom("example", `text:${name}`) }));
 * if (cleanup(noisy, codebook)?.name !== "peso") throw new Error("the analogy was not found");
 * ```
 * @module
 */
export { atom } from "./atom.ts";
export { cleanup, type CleanupOptions, type Codebook, type Resonance } from "./cleanup.ts";
export { CleanupIndex, type IndexAnswer, type LargeCodebook } from "./cleanup_index.ts";
export { encodings } from "./encodings.ts";
export { HypervectorError, type HypervectorErrorCode } from "./errors.ts";
export {
  filler,
  fillerPhases,
  type FillerValue,
  hologram,
  type HologramOptions,
  type HologramSlot,
  role,
  rolePhases,
} from "./hologram.ts";
export { type Phases8, phases8 } from "./phases8.ts";
export { type PhasesF32, phasesF32 } from "./phases_f32.ts";
export { type Planes, planes } from "./planes.ts";
export { calibrate, type Calibration, noiseThreshold } from "./threshold.ts";
export { Workspace } from "./workspace.ts";
export * as hypervectorLimits from "./limits.ts";
