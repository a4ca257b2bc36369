/**
 * The one door to what draws morphs. The rest of the canvas knows this interface and nothing of how it is done.
 * @module
 */
export type { MorphRenderer, RendererEvents, ZoomStep } from "./renderer.ts";
export { createRenderer } from "./hybrid_renderer.ts";
