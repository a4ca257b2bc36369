/**
 * Hands out the canvas: files that the program carries, by plain names only, so that no path can lead out of their
 * place.
 */
import { createHash } from "node:crypto";
import { SECURITY_HEADERS } from "./answers.ts";
import { ServerError } from "./server_error.ts";

/** Where the canvas's files come from. `null` when there is no such file. */
export interface Assets {
  read(name: string): Promise<Uint8Array | null>;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  map: "application/json; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  woff2: "font/woff2",
  webmanifest: "application/manifest+json",
};
const PLAIN_NAME = /^(?:icons\/)?[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9_-]+)*\.([a-z0-9]+)$/;

/** The name and type of the file behind a path; null for a path that can be none. */
export function assetOf(path: string): { name: string; type: string } | null {
  const name = path === "/" ? "index.html" : path.slice(1);
  const type = TYPES[PLAIN_NAME.exec(name)?.[1] ?? ""];
  return type === undefined ? null : { name, type };
}

/** @throws {ServerError} `no_such_route`, or `canvas_missing` when the program came without its canvas */
export async function assetResponse(request: Request, assets: Assets): Promise<Response> {
  const path = new URL(request.url).pathname;
  const asset = assetOf(path);
  const bytes = asset === null ? null : await assets.read(asset.name);
  if (asset === null || bytes === null) {
    if (path === "/") {
      throw new ServerError("canvas_missing", "The canvas is not there", {
        hint: "It is built by `deno task build`. The command line and the API work without it.",
        retryable: true,
      });
    }
    throw new ServerError("no_such_route", `There is no page at "${path.slice(0, 200)}"`, {
      hint: "The canvas is at /.",
    });
  }
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 27)}"`;
  const headers = {
    ...SECURITY_HEADERS,
    "content-type": asset.type,
    "cache-control": "no-cache",
    etag,
  };
  const known = (request.headers.get("if-none-match") ?? "").split(",").map((tag) => tag.trim());
  if (known.includes(etag) || known.includes(`W/${etag}`)) {
    return new Response(null, { status: 304, headers });
  }
  const body = request.method === "HEAD" ? null : bytes as Uint8Array<ArrayBuffer>;
  return new Response(body, { headers });
}
