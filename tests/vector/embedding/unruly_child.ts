/**
 * A child that speaks the embedder's protocol and fails as its arguments and the texts say: texts "crash", "hang",
 * "nonsense", "short" and "refuse"; arguments "no-load", "refuse-load" and "rss=BYTES". Other texts become vectors that
 * begin with their length and their first character's code.
 */
import { encodeFrame, readFrames, requestSchema } from "../../../vector/embedding/frames.ts";

const rss = Number(Deno.args.find((each) => each.startsWith("rss="))?.slice(4) ?? 1000);
const send = (bytes: Uint8Array) => Deno.stdout.writeSync(bytes);

if (Deno.args.includes("no-load")) {
  console.error("no library here");
  Deno.exit(7);
}
for await (const { header } of readFrames(Deno.stdin.readable, requestSchema)) {
  if (header.type === "load") {
    if (Deno.args.includes("refuse-load")) send(encodeFrame({ type: "failed", message: "it is no model" }));
    else send(encodeFrame({ type: "loaded", rss }));
    continue;
  }
  if (header.texts.includes("crash")) Deno.exit(9);
  if (header.texts.includes("hang")) continue;
  if (header.texts.includes("nonsense")) {
    send(new TextEncoder().encode("this is no frame at all, only words"));
    continue;
  }
  if (header.texts.includes("refuse")) {
    send(encodeFrame({ type: "failed", message: "I will not" }));
    continue;
  }
  const vectors = new Float32Array(header.texts.length * 384);
  header.texts.forEach((text, at) => vectors.set([text.length, text.charCodeAt(0)], at * 384));
  const count = header.texts.length;
  const body = new Uint8Array(vectors.buffer);
  send(
    encodeFrame(
      { type: "vectors", id: header.id, count, rss },
      header.texts.includes("short") ? body.slice(4) : body,
    ),
  );
}
