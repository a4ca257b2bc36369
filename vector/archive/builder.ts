/**
 * The archive's child process: run by itself, or as a hidden command of the compiled program through
 * `runArchiveChild`. The first frame on its input says whether it builds one segment and ends, or serves searches until
 * its input ends. It speaks in frames on standard output and says nothing else there.
 */
import { constants, getPriority, setPriority } from "node:os";
import { buildSegment } from "./build_segment.ts";
import { PipeFrames } from "./frames.ts";
import { compileKernel } from "./list_layout.ts";
import type { BuildRequest, ServeRequest, ToChild } from "./messages.ts";
import { writeAllSync } from "./segment_files.ts";
import { serveSegments } from "./serve_segments.ts";

/** The permissions that the child needs: usearch is native code, and looks for itself among the installed packages. */
export const archiveChildPermissions: readonly string[] = [
  "--allow-ffi",
  "--allow-read",
  "--allow-write",
  "--allow-sys=uid,getPriority,setPriority",
  "--allow-env=PREBUILDS_ONLY,ELECTRON_RUN_AS_NODE,npm_config_arch,npm_config_platform,LIBC,ARM_VERSION," +
  "NODE_BINDINGS_ARROW,NODE_BINDINGS_COMPILED_DIR",
];

/** Speaks with the parent until it is done. Throws when the parent does not speak the language. */
export async function runArchiveChild(): Promise<void> {
  const frames = new PipeFrames<ToChild>(Deno.stdin);
  const write = (frame: Uint8Array) => {
    try {
      writeAllSync(Deno.stdout, frame);
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      // The program that asked has died: there is nobody to build, to search or to complain for.
      Deno.exit(1);
    }
  };
  const first = await frames.next();
  if (first === null) return;
  const { header, body } = first;
  if (header.type === "build") {
    // Whoever asks meanwhile comes first; a priority that is lower already cannot be raised by everybody.
    const { PRIORITY_BELOW_NORMAL } = constants.priority;
    if (getPriority() < PRIORITY_BELOW_NORMAL) setPriority(PRIORITY_BELOW_NORMAL);
    await buildSegment({ ...header, kernel: compileKernel(body) }, frames as PipeFrames<BuildRequest>, write);
  } else if (header.type === "serve") {
    await serveSegments(frames as PipeFrames<ServeRequest>, write);
  } else throw new Error(`the first frame must be "build" or "serve": it is "${header.type}"`);
}

if (import.meta.main) await runArchiveChild();
