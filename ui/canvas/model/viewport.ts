/** What part of the plane the window shows: `screen = world * scale + offset`. Pure. */
import { SCALE_MAX, SCALE_MIN } from "../limits.ts";
import { clamp, type Point, type Rect } from "./geometry.ts";

export interface Viewport {
  /** Screen pixels. */
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}
/** Screen pixels at each side that panels cover. */
export interface Insets {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export const NO_INSETS: Insets = { left: 0, right: 0, top: 0, bottom: 0 };

export function toScreen(viewport: Viewport, point: Point): Point {
  return { x: point.x * viewport.scale + viewport.x, y: point.y * viewport.scale + viewport.y };
}

export function toWorld(viewport: Viewport, point: Point): Point {
  return { x: (point.x - viewport.x) / viewport.scale, y: (point.y - viewport.y) / viewport.scale };
}

export function rectToScreen(viewport: Viewport, rect: Rect): Rect {
  return {
    ...toScreen(viewport, rect),
    width: rect.width * viewport.scale,
    height: rect.height * viewport.scale,
  };
}

/** The part of the plane that a window of this size shows. */
export function visibleRect(viewport: Viewport, size: Size): Rect {
  return {
    ...toWorld(viewport, { x: 0, y: 0 }),
    width: size.width / viewport.scale,
    height: size.height / viewport.scale,
  };
}

export function panBy(viewport: Viewport, dx: number, dy: number): Viewport {
  return { ...viewport, x: viewport.x + dx, y: viewport.y + dy };
}

/** Zooms so that what is under `at` (screen) stays under it. */
export function zoomAt(viewport: Viewport, at: Point, factor: number): Viewport {
  const scale = clamp(viewport.scale * factor, SCALE_MIN, SCALE_MAX);
  const held = toWorld(viewport, at);
  return { scale, x: at.x - held.x * scale, y: at.y - held.y * scale };
}

function freeRect(size: Size, insets: Insets): Rect {
  return {
    x: insets.left,
    y: insets.top,
    width: Math.max(1, size.width - insets.left - insets.right),
    height: Math.max(1, size.height - insets.top - insets.bottom),
  };
}

/** Shows all of a rectangle, at most at its natural size. */
export function fit(rect: Rect, size: Size, insets: Insets = NO_INSETS, margin = 48): Viewport {
  const free = freeRect(size, insets);
  const scale = clamp(
    Math.min((free.width - 2 * margin) / rect.width, (free.height - 2 * margin) / rect.height, 1),
    SCALE_MIN,
    SCALE_MAX,
  );
  return {
    scale,
    x: free.x + free.width / 2 - (rect.x + rect.width / 2) * scale,
    y: free.y + free.height / 2 - (rect.y + rect.height / 2) * scale,
  };
}

/** Pans as little as is needed to have a rectangle in sight. The same viewport when it already is. */
export function reveal(viewport: Viewport, rect: Rect, size: Size, insets: Insets = NO_INSETS): Viewport {
  const free = freeRect(size, insets);
  const shown = rectToScreen(viewport, rect);
  const margin = 32;
  const shift = (from: number, length: number, start: number, extent: number) => {
    if (length > extent - 2 * margin) return start + extent / 2 - (from + length / 2);
    if (from < start + margin) return start + margin - from;
    const over = from + length - (start + extent - margin);
    return over > 0 ? -over : 0;
  };
  const dx = shift(shown.x, shown.width, free.x, free.width);
  const dy = shift(shown.y, shown.height, free.y, free.height);
  return dx === 0 && dy === 0 ? viewport : panBy(viewport, dx, dy);
}

/** Between two viewports, `t` from 0 to 1; the scale goes evenly by factors. */
export function between(from: Viewport, to: Viewport, t: number): Viewport {
  return {
    x: from.x + (to.x - from.x) * t,
    y: from.y + (to.y - from.y) * t,
    scale: from.scale * Math.pow(to.scale / from.scale, t),
  };
}
