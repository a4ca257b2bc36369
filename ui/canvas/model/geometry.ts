/** Points, rectangles and distances of the canvas's plane. Pure. */
export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Rect extends Point {
  readonly width: number;
  readonly height: number;
}

export function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

export function center(rect: Rect): Point {
  return { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 };
}

export function contains(rect: Rect, point: Point): boolean {
  return point.x >= rect.x && point.x < rect.x + rect.width && point.y >= rect.y &&
    point.y < rect.y + rect.height;
}

export function intersects(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** The smallest rectangle around all; null around none. */
export function bounds(rects: Iterable<Rect>): Rect | null {
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  for (const { x, y, width, height } of rects) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  return left === Infinity ? null : { x: left, y: top, width: right - left, height: bottom - top };
}

export function inflate(rect: Rect, by: number): Rect {
  return { x: rect.x - by, y: rect.y - by, width: rect.width + 2 * by, height: rect.height + 2 * by };
}

/** Side of the squares by which `covered` finds what is near; near the size of a morph. */
const NEAR = 256;

/** Of items from the lowest to the topmost: those of which `part` lies beneath another. */
export function covered<T extends Rect>(items: Iterable<T>, part: (item: T) => Rect): Set<T> {
  const all = [...items];
  const squares = new Map<string, number[]>();
  for (const [n, item] of all.entries()) {
    for (const square of squaresOf(item)) {
      const there = squares.get(square);
      if (there === undefined) squares.set(square, [n]);
      else there.push(n);
    }
  }
  /** From the topmost down, so that a pile is seen at once. */
  const isBeneath = (n: number, rect: Rect, square: string): boolean => {
    const there = squares.get(square) ?? [];
    for (let i = there.length - 1; i >= 0 && there[i]! > n; i--) {
      if (intersects(all[there[i]!]!, rect)) return true;
    }
    return false;
  };
  return new Set(all.filter((item, n) => {
    const rect = part(item);
    for (const square of squaresOf(rect)) if (isBeneath(n, rect, square)) return true;
    return false;
  }));
}

function* squaresOf({ x, y, width, height }: Rect): Generator<string> {
  for (let column = Math.floor(x / NEAR); column * NEAR < x + width; column++) {
    for (let row = Math.floor(y / NEAR); row * NEAR < y + height; row++) yield `${column} ${row}`;
  }
}

export type Direction = "left" | "right" | "up" | "down";

/**
 * The item one comes to when going from `from` in a direction: the nearest by distance, where going sideways counts
 * double and what lies more sideways than ahead does not count.
 */
export function neighbor<T extends Rect>(from: Rect, items: Iterable<T>, direction: Direction): T | null {
  const start = center(from);
  let best: T | null = null;
  let bestDistance = Infinity;
  for (const item of items) {
    const { x, y } = center(item);
    const dx = x - start.x, dy = y - start.y;
    const ahead = direction === "left" ? -dx : direction === "right" ? dx : direction === "up" ? -dy : dy;
    const aside = direction === "left" || direction === "right" ? Math.abs(dy) : Math.abs(dx);
    if (ahead <= 0 || aside > ahead * 1.5) continue;
    const distance = ahead + 2 * aside;
    if (distance < bestDistance) {
      bestDistance = distance;
      best = item;
    }
  }
  return best;
}

/** Where the ray from the middle of a rectangle towards a point leaves it. */
export function edgePoint(rect: Rect, towards: Point): Point {
  const from = center(rect);
  const dx = towards.x - from.x, dy = towards.y - from.y;
  if (dx === 0 && dy === 0) return from;
  const scale = Math.min(
    dx === 0 ? Infinity : rect.width / 2 / Math.abs(dx),
    dy === 0 ? Infinity : rect.height / 2 / Math.abs(dy),
  );
  return { x: from.x + dx * scale, y: from.y + dy * scale };
}
