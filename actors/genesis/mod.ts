/**
 * Genesis: what a new image holds, as data, and the native methods that come with the program.
 * @module
 */
export { type BlueprintObject, incarnate } from "./blueprint.ts";
export { placeOf } from "./layout.ts";
export { createNatives } from "./natives.ts";
export { newImageBlueprint } from "./new_image.ts";
