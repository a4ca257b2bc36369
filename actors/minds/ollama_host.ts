/** Reads `OLLAMA_HOST` the way Ollama itself does, and refuses in words what cannot be an address. */
import { MindError } from "./errors.ts";

export const defaultOllamaHost = "http://127.0.0.1:11434";

/**
 * `host`, `host:port`, `:port` or a whole URL, as one URL without a trailing slash. The addresses a server
 * binds to reach every interface (`0.0.0.0`, `[::]`) mean this machine to a client.
 * @throws MindError `mind_host_invalid`
 */
export function ollamaHost(text: string | undefined): string {
  const given = text?.trim() ?? "";
  if (given === "") return defaultOllamaHost;
  const explicit = given.includes("://");
  const address = explicit ? given : `http://${given.startsWith(":") ? `127.0.0.1${given}` : given}`;
  if (!URL.canParse(address)) throw invalid(given, "it is not an address");
  const url = new URL(address);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw invalid(given, "it must be http or https");
  if (url.search !== "" || url.hash !== "") throw invalid(given, "it must not have a query");
  const hostname = url.hostname === "0.0.0.0" || url.hostname === "[::]" ? "127.0.0.1" : url.hostname;
  const standard = url.protocol === "https:" ? "443" : "80";
  const port = url.port !== "" ? url.port : explicit ? standard : "11434";
  const credentials = url.username === "" ? "" : `${url.username}:${url.password}@`;
  return `${url.protocol}//${credentials}${hostname}:${port}${url.pathname}`.replace(/\/+$/, "");
}

function invalid(given: string, why: string): MindError {
  return new MindError("mind_host_invalid", `Cannot use "${given}" as Ollama's host: ${why}`, {
    hint: `Give OLLAMA_HOST as host:port or as a URL, such as ${defaultOllamaHost}.`,
    details: { given },
  });
}
