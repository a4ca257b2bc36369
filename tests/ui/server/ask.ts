/** Asks an application directly, as a browser or a program on this machine would. */
import { createServer, type CreateServerOptions, type Server } from "../../../ui/server/mod.ts";
import type { ErrorBody } from "../../../ui/protocol.ts";
import { MemoryDoor } from "../../support/memory_door.ts";

export const TOKEN = "a-token-that-only-the-test-knows";

export function makeServer(
  options: Partial<CreateServerOptions> = {},
): { app: Server; door: MemoryDoor; lines: string[] } {
  const door = new MemoryDoor();
  const lines: string[] = [];
  const app = createServer({
    door,
    assets: { read: () => Promise.resolve(null) },
    token: TOKEN,
    log: (line) => lines.push(line),
    ...options,
  });
  return { app, door, lines };
}

export async function ask(app: Server, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (!headers.has("host")) headers.set("host", "localhost:4680");
  return await app.fetch(new Request(`http://localhost:4680${path}`, { ...init, headers }));
}

export function post(app: Server, body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  return ask(app, "/api/commands", {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  });
}

export async function errorOf(response: Response): Promise<ErrorBody["error"]> {
  return (await response.json() as ErrorBody).error;
}
