/** Every bound of the orchestrator; each is an argument too. */

export interface OrchestratorLimits {
  /** Answers that think at the same time; further questions wait. */
  readonly concurrentMax: number;
  /** Questions that wait; one more is refused with `busy`. */
  readonly waitingMax: number;
  /** A question, in UTF-16 code units. */
  readonly questionCharsMax: number;
  /** An answer, in UTF-16 code units; a model that goes on beyond it is stopped and nothing is stored. */
  readonly answerCharsMax: number;
  /** From the question to the last token, waiting included. */
  readonly answerMs: number;
  /** Memories asked for, and earlier exchanges read, before the token budget decides what is used. */
  readonly memoriesMax: number;
  readonly exchangesMax: number;
  /** How long the steward may take to say who answers when no rule does. */
  readonly decisionMs: number;
  /** How long an answer waits for others to free memory of the graphics card. */
  readonly roomMs: number;
  /** Pulls of models at the same time. */
  readonly pullsMax: number;
  /** How long closing waits for answers that are being stored. */
  readonly closeMs: number;
}

export const orchestratorLimits: OrchestratorLimits = {
  concurrentMax: 2,
  waitingMax: 16,
  questionCharsMax: 20_000,
  answerCharsMax: 200_000,
  answerMs: 600_000,
  memoriesMax: 8,
  exchangesMax: 8,
  decisionMs: 5_000,
  roomMs: 120_000,
  pullsMax: 2,
  closeMs: 10_000,
};

/** Memory that the models loaded at one time may take together. */
export const vramBudgetBytes = 8_000_000_000;
/** How long a model is counted that the server may be loading for an answer that was stopped. */
export const unsettledMs = 3_000;
/** What a model takes beyond its file, until the server has shown it: contexts and buffers. */
export const unseenMargin = 1.15;
/** Models whose sizes are remembered, and sizes of each by context. */
export const learnedModelsMax = 256;
export const learnedContextsMax = 8;
/** What a model reads and writes at once, unless its persona's options say `num_ctx`. */
export const contextTokens = 4_096;
/** What an answer may take of it, unless the options say `num_predict`. */
export const answerTokens = 1_024;
/** Bytes of UTF-8 counted as one token: fewer than the 4 of English prose, so that the estimate errs upwards. */
export const bytesPerToken = 3;
/** Tokens that a chat template adds to a message. */
export const messageOverheadTokens = 8;
/** Of what the question leaves free, the part that memories may take before earlier exchanges are fitted in. */
export const memoryShare = 0.5;
/** Of what the question leaves free, the part that the words of others may take. */
export const heardShare = 0.6;
/** Personas that may be asked one question, and that the steward may choose for one. */
export const personasAskedMax = 6;
export const personasDecidedMax = 3;
/** Tokens of the steward's decision. */
export const decisionTokens = 160;
/** Prompts kept with an exchange, bytes of JSON; beyond it they are left out, which is said. */
export const promptsBytesMax = 900_000;
/** Scenarios of a table, and words of each. */
export const scenariosMax = 32;
export const scenarioWordsMax = 200;
