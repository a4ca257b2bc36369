/** Turns what was answered or thrown into a response, in one place, with the headers that every response has. */
import { type ErrorShape, errorShapeOf, hasErrorShape, statusOf } from "../door/mod.ts";

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; " +
    "frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

export function jsonResponse(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: {
      ...SECURITY_HEADERS,
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
    },
  });
}

/** A text to be saved as a file; `name` is what it is about. */
export function documentResponse(
  text: string,
  { name, format }: { readonly name: string; readonly format: "markdown" | "json" },
): Response {
  const [type, ending] = format === "json" ? ["application/json", "json"] : ["text/markdown", "md"];
  const file = `${name.replaceAll(/[^\p{L}\p{N}_ -]/gu, "_")}.${ending}`;
  return new Response(text, {
    headers: {
      ...SECURITY_HEADERS,
      "content-type": `${type}; charset=utf-8`,
      "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(file)}`,
      "cache-control": "no-store",
    },
  });
}

/** The error in the shape of the contract. `log` hears of what is the program's fault, with all that is known. */
export function errorResponse(error: unknown, log: (error: unknown) => void): Response {
  if (!hasErrorShape(error)) log(error);
  const shape = errorShapeOf(error);
  const status = statusOf(shape);
  if (status === 500 && hasErrorShape(error)) log(error);
  const response = jsonResponse({ error: shape }, status);
  if (status === 503 && shape.retryable) response.headers.set("retry-after", "1");
  if (status === 405) response.headers.set("allow", (shape.details.allow as string[]).join(", "));
  if (status === 401) response.headers.set("www-authenticate", 'Bearer realm="telos"');
  return response;
}

/** A page for people who went to a wrong place or came without what they need. */
export function errorPage(error: unknown, log: (error: unknown) => void): Response {
  if (!hasErrorShape(error)) log(error);
  const shape = errorShapeOf(error);
  return new Response(pageText(shape), {
    status: statusOf(shape),
    headers: {
      ...SECURITY_HEADERS,
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
    },
  });
}

function pageText(shape: ErrorShape): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>TelOS: ${escapeHtml(shape.message)}</title>
<main>
<h1>${escapeHtml(shape.message)}</h1>
<p>${escapeHtml(shape.hint)}</p>
<p><a href="/">To the canvas</a></p>
</main>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
