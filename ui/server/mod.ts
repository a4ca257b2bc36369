/**
 * The web server over a door: commands in, one ordered stream out, the canvas handed out.
 * @module
 */
export type { Assets } from "./assets_route.ts";
export { type ServerLimits, serverLimits } from "./limits.ts";
export * from "./server.ts";
export * from "./server_error.ts";
export * from "./server_file.ts";
export * from "./start_server.ts";
