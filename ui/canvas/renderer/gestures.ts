/** Pointers and the wheel on the canvas: pan, pinch, drag, resize, click. Holds no morphs; it asks and tells. */
import { CLICK_SLOP } from "../limits.ts";
import type { Point } from "../model/geometry.ts";
import { wheelIntent } from "./wheel.ts";

export type Grip = { readonly kind: "move" | "resize"; readonly oid: string } | { readonly kind: "pan" };

export interface GestureHooks {
  /** What lies under a point of the screen. */
  gripAt(point: Point, pan: boolean): Grip;
  onPress(grip: Grip): void;
  onPan(dx: number, dy: number): void;
  onZoom(at: Point, factor: number): void;
  /** A morph was dragged by this much of the screen since it was pressed. */
  onDrag(grip: Grip, dx: number, dy: number): void;
  onDrop(grip: Grip, moved: boolean): void;
  /** What was dragged goes back to where it was. */
  onCancel(grip: Grip): void;
  onDoubleClick(grip: Grip): void;
}

interface Press {
  readonly grip: Grip;
  readonly start: Point;
  last: Point;
  moved: boolean;
}

/** @returns what takes the listeners away again */
export function listenToGestures(host: HTMLElement, hooks: GestureHooks): () => void {
  const pointers = new Map<number, Point>();
  let press: Press | null = null;
  let spaceHeld = false;
  const removal = new AbortController();
  const { signal } = removal;

  const pointOf = (event: MouseEvent): Point => {
    const { left, top } = host.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };

  function endPress(dropped: boolean): void {
    if (press === null) return;
    const { grip, moved } = press;
    press = null;
    host.classList.remove("panning");
    if (dropped) hooks.onDrop(grip, moved);
  }

  host.addEventListener("pointerdown", (event) => {
    if (event.button > 1) return;
    const point = pointOf(event);
    host.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, point);
    if (pointers.size > 1) return endPress(true);
    const grip = hooks.gripAt(point, spaceHeld || event.button === 1);
    press = { grip, start: point, last: point, moved: false };
    if (grip.kind === "pan") host.classList.add("panning");
    hooks.onPress(grip);
    host.focus({ preventScroll: true });
    event.preventDefault();
  }, { signal });

  host.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (before === undefined) return;
    const point = pointOf(event);
    pointers.set(event.pointerId, point);
    if (pointers.size === 2) return pinch(event.pointerId, before, point);
    if (press === null) return;
    const dx = point.x - press.start.x, dy = point.y - press.start.y;
    if (!press.moved && Math.hypot(dx, dy) < CLICK_SLOP) return;
    press.moved = true;
    if (press.grip.kind === "pan") hooks.onPan(point.x - press.last.x, point.y - press.last.y);
    else hooks.onDrag(press.grip, dx, dy);
    press.last = point;
  }, { signal });

  function pinch(moved: number, before: Point, after: Point): void {
    const other = [...pointers].find(([id]) => id !== moved)![1];
    const middle = { x: (after.x + other.x) / 2, y: (after.y + other.y) / 2 };
    const distance = (point: Point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
    hooks.onPan((after.x - before.x) / 2, (after.y - before.y) / 2);
    hooks.onZoom(middle, distance(after) / distance(before));
  }

  const release = (event: PointerEvent) => {
    if (!pointers.delete(event.pointerId)) return;
    if (pointers.size === 0) endPress(true);
  };
  host.addEventListener("pointerup", release, { signal });
  host.addEventListener("pointercancel", release, { signal });
  host.addEventListener("dblclick", (event) => hooks.onDoubleClick(hooks.gripAt(pointOf(event), false)), {
    signal,
  });

  host.addEventListener("wheel", (event) => {
    event.preventDefault();
    const intent = wheelIntent(event);
    if (intent.kind === "zoom") hooks.onZoom(pointOf(event), intent.factor);
    else hooks.onPan(intent.dx, intent.dy);
  }, { signal, passive: false });

  // Escape while something is dragged takes that back; else it is left to others.
  const giveUp = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || press === null || !press.moved) return;
    event.preventDefault();
    event.stopPropagation();
    const { grip } = press;
    endPress(false);
    hooks.onCancel(grip);
  };
  host.ownerDocument.addEventListener("keydown", giveUp, { signal, capture: true });

  const space = (held: boolean) => (event: KeyboardEvent) => {
    if (event.code !== "Space" || (held && event.target !== host)) return;
    spaceHeld = held;
    host.classList.toggle("grabbing", held);
    if (held) event.preventDefault();
  };
  host.addEventListener("keydown", space(true), { signal });
  host.ownerDocument.addEventListener("keyup", space(false), { signal });
  return () => removal.abort();
}
