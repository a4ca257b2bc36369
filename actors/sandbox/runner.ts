/**
 * The program of a sandbox process. It gives up every permission before anything else, then loads QuickJS from the
 * bytes that the host sends, tries to read, write, connect and run, says what it could, and serves one call after
 * another until its input ends. Nothing here is asynchronous once it serves: an answer is waited for in place.
 */
import type { Ask, Interpreter } from "./interpreter.ts";
import type { FromRunner, Powers } from "./protocol.ts";

const PERMISSIONS = ["read", "write", "net", "env", "run", "sys", "ffi", "import"] as const;

function revokeEverything(): void {
  for (const name of PERMISSIONS) Deno.permissions.revokeSync({ name } as Deno.PermissionDescriptor);
}

/** @returns false only when the attempt was refused for want of permission */
function could(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotCapable);
  }
}

function tryEverything(probe: string): Powers {
  return {
    read: could(() => Deno.readFileSync(probe)),
    write: could(() => Deno.writeFileSync(`${probe}.telos`, new Uint8Array(1))),
    net: could(() => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close()),
    env: could(() => Deno.env.get("PATH")),
    run: could(() => new Deno.Command(probe).spawn().kill("SIGKILL")),
    sys: could(() => Deno.hostname()),
    ffi: could(() => Deno.dlopen(probe, {}).close()),
  };
}

async function serve(interpreter: Interpreter): Promise<void> {
  const { readFrameSync, writeFrameSync } = await import("./frames.ts");
  const { toRunnerSchema } = await import("./protocol.ts");
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const encoder = new TextEncoder();
  const send = (message: FromRunner) => writeFrameSync(Deno.stdout, encoder.encode(JSON.stringify(message)));
  const receive = () => {
    const bytes = readFrameSync(Deno.stdin);
    return bytes === null ? null : toRunnerSchema.parse(JSON.parse(decoder.decode(bytes)));
  };
  for (let message = receive(); message !== null; message = receive()) {
    const { type, id } = message;
    if (type === "answer") throw new Error("an answer came that nobody waits for");
    if (type === "check") {
      const check = interpreter.check(message.source);
      send({ type: "checked", id, check, spent: interpreter.spent });
    } else {
      const ask: Ask = (request) => {
        send({ type: "request", id, request });
        const answer = receive();
        // The host is gone: so is the reason to be.
        if (answer === null) Deno.exit(0);
        if (answer.type !== "answer" || answer.id !== id) {
          throw new Error("the answer is not to this request");
        }
        return answer.answer;
      };
      const outcome = interpreter.run(message, ask);
      send({ type: "result", id, outcome, spent: interpreter.spent });
    }
    if (interpreter.spent) return;
    interpreter.prepare();
  }
}

export async function main(): Promise<void> {
  revokeEverything();
  const { readFrameSync, writeFrameSync } = await import("./frames.ts");
  const { helloSchema } = await import("./protocol.ts");
  const { Interpreter } = await import("./interpreter.ts");
  const hello = readFrameSync(Deno.stdin);
  const wasm = readFrameSync(Deno.stdin);
  if (hello === null || wasm === null) return;
  const { probe } = helloSchema.parse(JSON.parse(new TextDecoder().decode(hello)));
  const interpreter = await Interpreter.load(wasm as Uint8Array<ArrayBuffer>, () => performance.now());
  interpreter.prepare();
  const ready: FromRunner = { type: "ready", powers: tryEverything(probe) };
  writeFrameSync(Deno.stdout, new TextEncoder().encode(JSON.stringify(ready)));
  await serve(interpreter);
}

if (import.meta.main) await main();
