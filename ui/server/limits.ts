/** The bounds of the server. Each may be set for a test; what ships is `serverLimits`. */
export interface ServerLimits {
  /** Bytes of one request body. */
  readonly bodyBytesMax: number;
  /** A body that has not come in wholly by then is given up. */
  readonly bodyMs: number;
  /** An archive of which nothing more comes for this long is given up; how long all of it takes is not bounded. */
  readonly importIdleMs: number;
  /** Archives that are taken in at one time. */
  readonly importsMax: number;
  /** Nesting of JSON in a body. */
  readonly jsonDepthMax: number;
  /** Bytes that wait for one client of the stream. */
  readonly streamBufferBytesMax: number;
  /** A client that leaves a full buffer untouched for this long is cut off; it may come back and catch up. */
  readonly streamStallMs: number;
  /** Streams at one time. */
  readonly streamsMax: number;
  readonly heartbeatMs: number;
  /** What a browser waits before it joins again. */
  readonly reconnectMs: number;
  /** At shutdown, requests under way have this long to end. */
  readonly shutdownMs: number;
}

export const serverLimits: ServerLimits = {
  bodyBytesMax: 16 * 1024 * 1024,
  bodyMs: 30_000,
  importIdleMs: 30_000,
  importsMax: 4,
  jsonDepthMax: 64,
  streamBufferBytesMax: 1024 * 1024,
  streamStallMs: 5_000,
  streamsMax: 256,
  heartbeatMs: 15_000,
  reconnectMs: 500,
  shutdownMs: 5_000,
};

export const IDEMPOTENCY_KEY_LENGTH_MAX = 200;
