/** A TCP proxy on loopback that cuts each connection after some bytes have come back through it. */

export interface CuttingProxy extends AsyncDisposable {
  readonly url: string;
  readonly cuts: number;
}

/** `bytesBeforeCut` is asked once for each connection. */
export function cuttingProxy(upstreamPort: number, bytesBeforeCut: () => number): CuttingProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const running: Promise<void>[] = [];
  const state = { cuts: 0 };

  async function carry(client: Deno.Conn): Promise<void> {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: upstreamPort });
    const ends = [client, server];
    for (const end of ends) open.add(end);
    const close = () => {
      for (const end of ends) {
        if (open.delete(end)) end.close();
      }
    };
    let left = bytesBeforeCut();
    const back = pass(server, client, (bytes) => {
      const allowed = Math.min(bytes, left);
      left -= bytes;
      if (left <= 0) state.cuts++;
      return allowed;
    }).finally(close);
    await Promise.all([pass(client, server, (bytes) => bytes).finally(close), back]);
  }

  const accepting = (async () => {
    for await (const client of listener) running.push(carry(client));
  })();

  return {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    get cuts() {
      return state.cuts;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const end of open) end.close();
      open.clear();
      await accepting;
      await Promise.all(running);
    },
  };
}

/** Copies until either end is closed, by whomever, or fewer bytes are allowed than have come. */
async function pass(from: Deno.Conn, to: Deno.Conn, allow: (bytes: number) => number): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  try {
    for (;;) {
      const read = await from.read(buffer);
      if (read === null) return;
      const allowed = allow(read);
      for (let written = 0; written < allowed;) written += await to.write(buffer.subarray(written, allowed));
      if (allowed < read) return;
    }
  } catch (error) {
    const isClosed = error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
      error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
      error instanceof Deno.errors.ConnectionAborted;
    if (!isClosed) throw error;
  }
}
