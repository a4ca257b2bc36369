/**
 * Who may talk to the server. On loopback: only pages and programs that name it by a loopback name, so that no
 * foreign page can reach the image through the person's browser (DNS rebinding, cross-site requests). Elsewhere:
 * only who has the token.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { ServerError } from "./server_error.ts";

export interface GuardOptions {
  readonly token: string;
  /** True when the server listens beyond loopback. */
  readonly requireToken: boolean;
  /** Names beside the loopback ones by which the server may be called. */
  readonly hosts?: readonly string[];
}

/**
 * Browsers keep cookies by host alone: the port in the name, as the caller sees it, keeps servers on one machine apart.
 * @param host as in the header, `localhost:4680`
 */
export function tokenCookieOf(host: string): string {
  return `telos_token_${/:(\d{1,5})$/.exec(host)?.[1] ?? "80"}`;
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** @throws {ServerError} `host_refused`, `origin_refused`, `token_required` or `token_wrong` */
export function checkCaller(request: Request, options: GuardOptions): void {
  const host = (request.headers.get("host") ?? "").toLowerCase();
  if (!options.requireToken) checkHost(host, options.hosts ?? []);
  checkOrigin(request, host);
  checkToken(request, host, options);
}

function checkHost(host: string, more: readonly string[]): void {
  const name = host.replace(/:\d+$/, "");
  if (LOOPBACK.has(name) || more.includes(name)) return;
  throw new ServerError("host_refused", `The server does not answer to the name "${name.slice(0, 200)}"`, {
    hint: "Use the address that `telos start` printed.",
    details: { host: host.slice(0, 200) },
  });
}

/** A browser tells where a request comes from; programs that are no browser say nothing. */
function checkOrigin(request: Request, host: string): void {
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  const navigation = request.method === "GET" && request.headers.get("sec-fetch-mode") === "navigate";
  const originOk = origin === null || hostOf(origin) === host;
  const siteOk = site === null || site === "same-origin" || site === "none" || navigation;
  if (originOk && siteOk) return;
  throw new ServerError("origin_refused", "A page from elsewhere may not talk to this image", {
    hint: "Open the canvas at the address that `telos start` printed.",
    details: { origin: origin?.slice(0, 200) ?? null },
  });
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host.toLowerCase() : null;
}

function checkToken(request: Request, host: string, options: GuardOptions): void {
  const given = tokensOf(request, host);
  if (given.length === 0) {
    if (!options.requireToken) return;
    throw new ServerError("token_required", "This server answers only to who has its token", {
      hint:
        "Open the address with ?token= that `telos start` printed, or send authorization: Bearer <token>. " +
        "The token is also in server.json in the image's folder.",
    });
  }
  // Each is compared, so that the time does not tell which of them is right.
  if (given.filter((token) => sameToken(token, options.token)).length > 0) return;
  // A cookie that another server left behind on this host must not lock the person out of this one.
  if (!options.requireToken && request.headers.get("authorization") === null) return;
  throw new ServerError("token_wrong", "The token is not this server's", {
    hint: "The token is new at each start: take the address that `telos start` printed last.",
  });
}

/** The bearer token, else what cookies of the name hold: a browser may keep several, for different paths. */
function tokensOf(request: Request, host: string): string[] {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (bearer !== undefined) return [bearer];
  const cookie = tokenCookieOf(host);
  const found: string[] = [];
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const [name, value] = pair.trim().split("=", 2);
    if (name === cookie && value !== undefined) found.push(value);
  }
  return found;
}

/** Compares in a time that tells nothing of where two tokens differ. */
export function sameToken(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** Loopback addresses need no token: who reaches them is on this machine. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}
