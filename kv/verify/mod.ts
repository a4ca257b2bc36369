/**
 * Verifying an image, and putting right what can be put right without a doubt.
 * @module
 */
export type { ImageForms, ObjectFacts, VerifyOptions } from "./options.ts";
export type { Problem, ProblemKind, Repaired, VerifyProgress, VerifyReport } from "./problem.ts";
export { hintOf } from "./problem.ts";
export { verifyDatabase } from "./verify_database.ts";
