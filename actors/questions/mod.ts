/**
 * Structured questions about objects, answered through their holographic forms.
 * @module
 */
export { spaceOf } from "./forms.ts";
export type { Answer, Hop, Question, QuestionAnswer } from "./question.ts";
export { Questions } from "./questions.ts";
export { translate } from "./translate.ts";
