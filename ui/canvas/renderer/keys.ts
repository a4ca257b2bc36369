/** What a key on the canvas means. Pure. */
import { NUDGE, NUDGE_FAR } from "../limits.ts";
import type { Direction } from "../model/geometry.ts";
import type { ZoomStep } from "./renderer.ts";

export interface KeyInput {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}
export type KeyIntent =
  | { readonly kind: "zoom"; readonly step: ZoomStep }
  /** Moves the selected morph, or the view when none is selected. World units. */
  | { readonly kind: "nudge"; readonly dx: number; readonly dy: number }
  | { readonly kind: "resize"; readonly dx: number; readonly dy: number }
  /** Selects the next morph in a direction. */
  | { readonly kind: "go"; readonly direction: Direction }
  | { readonly kind: "step"; readonly by: 1 | -1 }
  | { readonly kind: "open" | "delete" | "deselect" };

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

export function keyIntent(input: KeyInput): KeyIntent | null {
  const { key } = input;
  if (input.ctrlKey || input.metaKey) return null;
  const direction = DIRECTIONS[key];
  if (direction !== undefined) return arrow(direction, input);
  switch (key) {
    case "+":
    case "=":
      return { kind: "zoom", step: "in" };
    case "-":
    case "_":
      return { kind: "zoom", step: "out" };
    case "0":
      return { kind: "zoom", step: "natural" };
    case "1":
      return { kind: "zoom", step: "fit" };
    case "]":
      return { kind: "step", by: 1 };
    case "[":
      return { kind: "step", by: -1 };
    case "Enter":
      return { kind: "open" };
    case "Delete":
    case "Backspace":
      return { kind: "delete" };
    case "Escape":
      return { kind: "deselect" };
    default:
      return null;
  }
}

function arrow(direction: Direction, { altKey, shiftKey }: KeyInput): KeyIntent {
  if (altKey && !shiftKey) return { kind: "go", direction };
  const far = shiftKey && !altKey ? NUDGE_FAR : NUDGE;
  const dx = direction === "left" ? -far : direction === "right" ? far : 0;
  const dy = direction === "up" ? -far : direction === "down" ? far : 0;
  return { kind: altKey ? "resize" : "nudge", dx, dy };
}
