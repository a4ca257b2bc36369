/**
 * Genesis: what a new image holds, as data, how a world is declared, and the native methods that come with the program.
 * @module
 */
export { type BlueprintObject, incarnate } from "./blueprint.ts";
export { BLUEPRINT_FORMAT, type DeclaredWorld, declareWorld } from "./blueprint_document.ts";
export { BlueprintError } from "./blueprint_error.ts";
export { placeOf } from "./layout.ts";
export { createNatives } from "./natives.ts";
export { newImageBlueprint } from "./new_image.ts";
export { VITAL_NAMES } from "./vital.ts";
