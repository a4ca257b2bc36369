/**
 * What a renderer of morphs promises. Chosen by a measured spike (5,000 cards, 1280 × 800, headless Chromium without
 * a GPU, two busy cores; frames a second while zooming / panning far out / panning near / dragging): elements for all
 * 41 / 22 / 59 / 47, elements with culling 26 / 9 / 60 / 60, Canvas 2D 60 / 60 / 60 / 60, both (elements for up to
 * 300 cards in sight, painted above) 56 / 60 / 60 / 60. The last is what ships: cards near by are real elements, with
 * focus, text selection by assistive technology and styles; the far view is painted.
 */
import type { Rect } from "../model/geometry.ts";
import type { Link, Morph } from "../model/morphs.ts";
import type { Insets } from "../model/viewport.ts";

export interface RendererEvents {
  /** A morph was chosen, or none. */
  onSelect(oid: string | null): void;
  /** A morph came to rest somewhere, by pointer or by keys. */
  onMove(oid: string, rect: Rect): void;
  /** Asked to open what is selected: Enter or a double click. */
  onOpen(oid: string): void;
  onDelete(oid: string): void;
  /** Called in every frame in which it changed: where the selected morph is on the screen, null when out of sight. */
  onSelectedRect(rect: Rect | null, busy: boolean): void;
  onScale(scale: number): void;
}

export type ZoomStep = "in" | "out" | "natural" | "fit";

export interface MorphRenderer {
  setMorphs(morphs: ReadonlyMap<string, Morph>): void;
  /** `strong` are drawn to be seen, `faint` to be felt. */
  setLinks(links: { readonly faint: readonly Link[]; readonly strong: readonly Link[] }): void;
  select(oid: string | null): void;
  zoom(step: ZoomStep): void;
  /** Brings a morph into the part of the window that no panel covers, and to a size at which it can be read. */
  reveal(oid: string, options?: { readonly readable?: boolean }): void;
  /** Morphs are looked at, and cannot be moved. */
  setReadOnly(readOnly: boolean): void;
  setInsets(insets: Insets): void;
  /** Colours are read anew: the theme has changed. */
  refreshTheme(): void;
  focus(): void;
  destroy(): void;
}
