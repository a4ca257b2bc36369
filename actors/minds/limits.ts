/** Every bound of the minds: how long a server may take, how much it may say, how much is quoted. */

/** How long a mind's server may take; each is an argument too, so that tests need not wait. */
export interface MindTimeouts {
  /** Any short request (what is installed, what is loaded), from asking to the whole answer. */
  readonly connectMs: number;
  /** From the request to the first token; loading a model from disk counts. */
  readonly firstTokenMs: number;
  /** Silence between two tokens. */
  readonly betweenTokensMs: number;
  /** Silence between two reports of a pull; the server checks large files without a word. */
  readonly pullSilenceMs: number;
  /** From asking for an unload until the server's list confirms it. */
  readonly unloadMs: number;
}

export const mindTimeouts: MindTimeouts = {
  connectMs: 5_000,
  firstTokenMs: 120_000,
  betweenTokensMs: 30_000,
  pullSilenceMs: 300_000,
  unloadMs: 10_000,
};

/** How often the list of loaded models is read while waiting for an unload. */
export const unloadPollMs = 50;

/** One line of a streamed answer, in characters. */
export const streamLineCharsMax = 1_048_576;
/** The whole of an answer that is not streamed, in bytes. */
export const answerBytesMax = 8 * 1_048_576;
/** How much of a nonsensical answer an error quotes, in characters. */
export const quotedNonsenseCharsMax = 200;
/** A model's name. */
export const modelNameCharsMax = 200;

/** Models of a server whose length of context is remembered, and that are asked for it at a time. */
export const contextsKnownMax = 1_000;
export const showsAtOnceMax = 8;

/** Characters up to which a server is to hold a text of a JSON schema. */
export const heldLengthMax = 256;

/** How often the chooser looks for a better mind. */
export const probeIntervalMs = 5_000;
/** How long one probe of one mind may take. */
export const probeTimeoutMs = 2_000;
/** How long a question waits for a fresh probe before it takes what is known. */
export const askProbeTimeoutMs = 500;

/** How many memories the recall mind quotes, and how many characters of each. */
export const recallQuotesMax = 5;
export const recallQuoteCharsMax = 600;
/** A memory below this cosine similarity is not worth quoting. */
export const recallRelevanceMin = 0.2;

/** When a failing request is tried again, and when a failing model is no longer asked. */
export interface BreakerBounds {
  /** Failures in a row after which a model rests. */
  readonly failuresMax: number;
  /** Its first rest; each further failure doubles it, up to `restMaxMs`. */
  readonly restMs: number;
  readonly restMaxMs: number;
}

export interface SteadyBounds extends BreakerBounds {
  /** Tries of one request that fails before its first token. */
  readonly attemptsMax: number;
  /** The longest wait before the second try; it doubles with each, up to `backOffMaxMs`. */
  readonly backOffMs: number;
  readonly backOffMaxMs: number;
  /** Models whose failures are remembered. */
  readonly modelsMax: number;
}

export const steadyBounds: SteadyBounds = {
  failuresMax: 3,
  restMs: 10_000,
  restMaxMs: 300_000,
  attemptsMax: 3,
  backOffMs: 400,
  backOffMaxMs: 2_000,
  modelsMax: 64,
};

/** How often another mind may go on with one answer. */
export const seamsMax = 3;

/** What the mind in a process of this program may take; each is an argument too. */
export interface LocalBounds {
  readonly threads: number;
  /** From starting it to the loaded model. */
  readonly loadMs: number;
  /** From one token to the next; reading the prompt counts. */
  readonly tokenMs: number;
  /** From asking it to stop, or to end, until it is killed. */
  readonly stopMs: number;
  /** Nobody asks for so long, and it ends. */
  readonly idleMs: number;
  /** Memory of its process; more, and it is killed. */
  readonly rssBytesMax: number;
  /** Tokens of an answer, when the persona does not say. */
  readonly tokensMax: number;
  /** How much of what it said last is told. */
  readonly saidCharsMax: number;
}

export const localBounds: LocalBounds = {
  threads: 2,
  loadMs: 120_000,
  tokenMs: 120_000,
  stopMs: 2_000,
  idleMs: 300_000,
  rssBytesMax: 3_000_000_000,
  tokensMax: 512,
  saidCharsMax: 500,
};

/** One message between the local mind and its child, in characters. */
export const localLineCharsMax = 4 * 1_048_576;
/** Files of a local model. */
export const localFilesMax = 64;
