/**
 * Builds the kernel of the exact index: assembles `kernel.wat` into WebAssembly. A build step only; nothing that runs
 * imports it, and its result is not kept in the repository.
 */
import wabt from "wabt";

/** @returns the bytes of the module, to be written as `exact.wasm`; throws with the line when the text is at fault */
export async function buildKernel(): Promise<Uint8Array<ArrayBuffer>> {
  const source = await Deno.readTextFile(new URL("kernel.wat", import.meta.url));
  const tools = await wabt();
  const features = { simd: true, relaxed_simd: true, sat_float_to_int: true, bulk_memory: true };
  const module = tools.parseWat("kernel.wat", source, features);
  try {
    module.validate();
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}
