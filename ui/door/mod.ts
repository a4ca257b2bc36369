/**
 * The way into a living image, here or behind a server.
 * @module
 */
export * from "./door.ts";
export * from "./error_shape.ts";
export * from "./exchange_door.ts";
export { describeIssues, pathsOf } from "./issue_words.ts";
export { LocalDoor } from "./local_door.ts";
export * from "./remote_door.ts";
export * from "./remote_error.ts";
export { WrongShapeError } from "./wrong_shape_error.ts";
