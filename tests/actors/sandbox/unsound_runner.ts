/** A sandbox process that is not what it should be, in the way that its first argument says. For tests. */
import { readFrameSync, writeFrameSync } from "../../../actors/sandbox/frames.ts";

const way = Deno.args[0];
const encoder = new TextEncoder();
const say = (message: unknown) => writeFrameSync(Deno.stdout, encoder.encode(JSON.stringify(message)));
const hear = () => JSON.parse(new TextDecoder().decode(readFrameSync(Deno.stdin) ?? encoder.encode("null")));
const no = { read: false, write: false, net: false, env: false, run: false, sys: false, ffi: false };

if (way === "dies") Deno.exit(3);
if (way === "throws") throw new Error(`no room at ${import.meta.url}`);
const hello = hear();
readFrameSync(Deno.stdin);
if (way === "silent") {
  hear();
} else {
  let read = false;
  if (way === "reads") {
    Deno.openSync(hello.probe).close();
    read = true;
  }
  say({ type: "ready", powers: { ...no, read } });
  const { id, receiver } = hear();
  const returned = (value: unknown, intents: unknown[]) =>
    say({ type: "result", id, outcome: { kind: "returned", value, intents }, spent: false });
  switch (way) {
    case "writes_unshown":
      returned(1, [{ kind: "set_slot", oid: "secret", slot: "x", value: 1 }]);
      break;
    case "refers_unshown":
      returned({ $ref: "secret" }, []);
      break;
    case "writes_undeclared":
      returned(1, [{ kind: "set_slot", oid: receiver, slot: "x", value: 1 }]);
      break;
    case "writes_parents":
      returned(1, [{ kind: "set_slot", oid: receiver, slot: "parent*", value: [] }]);
      break;
    case "writes_native":
      returned(1, [{ kind: "set_slot", oid: receiver, slot: "x", value: { $native: "steal" } }]);
      break;
    case "reads_unshown":
      say({ type: "request", id, request: { kind: "read", oid: "secret" } });
      break;
    case "calls_unshown":
      say({
        type: "request",
        id,
        request: {
          kind: "native",
          receiver,
          holder: receiver,
          selector: "go",
          native: "steal",
          arguments: [],
          intents: [],
          bounds: [],
        },
      });
      break;
    case "misses_unshown":
    case "misses_with_unshown": {
      const isOf = way === "misses_unshown";
      const notUnderstood = {
        receiver: isOf ? "secret" : receiver,
        selector: "steal",
        arguments: isOf ? [] : [{ $ref: "secret" }],
      };
      const failure = { name: "Error", message: "", stack: "", receiver, selector: "go", notUnderstood };
      say({ type: "result", id, outcome: { kind: "failed", failure }, spent: false });
      break;
    }
    case "other_call":
      say({ type: "result", id: id + 1, outcome: { kind: "returned", value: 1, intents: [] }, spent: false });
      break;
    case "wrong_shape":
      say({ type: "result", id, outcome: { kind: "returned" } });
      break;
    case "garbage":
      writeFrameSync(Deno.stdout, encoder.encode("not JSON"));
      break;
    case "giant_frame":
      Deno.stdout.writeSync(new Uint8Array([255, 255, 255, 255]));
      break;
    case "twice":
      returned(1, []);
      returned(2, []);
      break;
    default:
      Deno.exit(4);
  }
  hear();
}
