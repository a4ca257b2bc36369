import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bounds,
  center,
  contains,
  covered,
  edgePoint,
  intersects,
  neighbor,
  type Rect,
} from "../../../ui/canvas/model/geometry.ts";
import { SCALE_MAX, SCALE_MIN } from "../../../ui/canvas/limits.ts";
import {
  between,
  fit,
  rectToScreen,
  reveal,
  toScreen,
  toWorld,
  zoomAt,
} from "../../../ui/canvas/model/viewport.ts";

const coordinate = fc.double({ min: -1e5, max: 1e5, noNaN: true });
const point = fc.record({ x: coordinate, y: coordinate });
const extent = fc.double({ min: 1, max: 2000, noNaN: true });
const rect = fc.record({ x: coordinate, y: coordinate, width: extent, height: extent });
const scale = fc.double({ min: SCALE_MIN, max: SCALE_MAX, noNaN: true });
const viewport = fc.record({ x: coordinate, y: coordinate, scale }, { noNullPrototype: true });
const near = (a: number, b: number, tolerance = 1e-3) =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b)), `${a} is not near ${b}`);

Deno.test("CA10 a point taken to the screen and back is the same point", () => {
  fc.assert(fc.property(viewport, point, (view, at) => {
    const back = toWorld(view, toScreen(view, at));
    near(back.x, at.x);
    near(back.y, at.y);
  }));
});

Deno.test("CA10 what is under the pointer stays under it while zooming, and the scale stays in bounds", () => {
  fc.assert(
    fc.property(viewport, point, fc.double({ min: 0.01, max: 50, noNaN: true }), (view, at, factor) => {
      const before = toWorld(view, at);
      const zoomed = zoomAt(view, at, factor);
      const after = toScreen(zoomed, before);
      assert.ok(zoomed.scale >= SCALE_MIN && zoomed.scale <= SCALE_MAX);
      near(after.x, at.x);
      near(after.y, at.y);
    }),
  );
});

Deno.test("CA10 fitting shows the whole rectangle, as far as the smallest scale allows", () => {
  const size = { width: 1200, height: 800 };
  fc.assert(fc.property(rect, (all) => {
    const shown = rectToScreen(fit(all, size), all);
    near(center(shown).x, 600);
    near(center(shown).y, 400);
    assert.ok(shown.width <= 1200 && shown.height <= 800);
  }));
});

Deno.test("CA10 revealing brings a rectangle into the free part, and moves nothing when it is there", () => {
  const size = { width: 1200, height: 800 };
  const insets = { left: 300, right: 200, top: 40, bottom: 30 };
  fc.assert(fc.property(rect, (morph) => {
    const small = { ...morph, width: Math.min(300, morph.width), height: Math.min(300, morph.height) };
    const view = reveal({ x: 0, y: 0, scale: 1 }, small, size, insets);
    const shown = rectToScreen(view, small);
    assert.ok(shown.x >= 300 - 1e-6 && shown.x + shown.width <= 1000 + 1e-6);
    assert.ok(shown.y >= 40 - 1e-6 && shown.y + shown.height <= 770 + 1e-6);
    const again = reveal(view, small, size, insets);
    near(again.x, view.x);
    near(again.y, view.y);
  }));
});

Deno.test("CA10 a glide begins and ends where it should", () => {
  fc.assert(fc.property(viewport, viewport, (from, to) => {
    for (const [t, end] of [[0, from], [1, to]] as const) {
      const at = between(from, to, t);
      near(at.x, end.x);
      near(at.y, end.y);
      near(at.scale, end.scale);
    }
  }));
});

Deno.test("CA11 rectangles intersect when one has a point of the other", () => {
  fc.assert(fc.property(rect, rect, (a, b) => {
    assert.equal(intersects(a, b), intersects(b, a));
    if (contains(a, b) || contains(a, center(b))) assert.ok(intersects(a, b));
    const all = bounds([a, b])!;
    assert.ok(intersects(all, a) && intersects(all, b));
  }));
  assert.equal(bounds([]), null);
});

Deno.test("CA11 what lies beneath another is found as by looking at all", () => {
  const small = fc.record({
    x: fc.integer({ min: -900, max: 900 }),
    y: fc.integer({ min: -900, max: 900 }),
    width: fc.integer({ min: 1, max: 600 }),
    height: fc.integer({ min: 1, max: 600 }),
  });
  const middle = (each: Rect): Rect => ({ ...each, y: each.y + each.height / 2, height: 1 });
  fc.assert(fc.property(fc.array(small, { maxLength: 20 }), (items) => {
    const beneath = items.filter((item, n) =>
      items.slice(n + 1).some((above) => intersects(above, middle(item)))
    );
    assert.deepEqual([...covered(items, middle)], beneath);
  }));
});

Deno.test("CA11 a line leaves a morph at its edge", () => {
  fc.assert(fc.property(rect, point, (morph, towards) => {
    const { x, y } = edgePoint(morph, towards);
    const { x: middleX, y: middleY } = center(morph);
    if (towards.x === middleX && towards.y === middleY) return;
    const byX = Math.abs(x - middleX) / (morph.width / 2), byY = Math.abs(y - middleY) / (morph.height / 2);
    near(Math.max(byX, byY), 1, 1e-2);
  }));
});

Deno.test("CA12 going in a direction comes to the nearest morph that lies there", () => {
  const at = (x: number, y: number) => ({ x, y, width: 10, height: 10 });
  const from = at(0, 0);
  const items = [at(100, 0), at(50, 5), at(0, 80), at(-40, 0), at(30, 200)];
  assert.equal(neighbor(from, items, "right"), items[1]);
  assert.equal(neighbor(from, items, "left"), items[3]);
  assert.equal(neighbor(from, items, "down"), items[2]);
  assert.equal(neighbor(from, items, "up"), null);
});
