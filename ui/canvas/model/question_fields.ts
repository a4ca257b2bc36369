/** A structured question as texts in fields, and back. Pure. */
import { type StructuredQuestion, structuredQuestionSchema, type WireValue } from "../../protocol.ts";

/** All fields of all kinds; a kind has some of them. */
export interface QuestionFields {
  readonly object: string;
  /** By commas. */
  readonly roles: string;
  readonly role: string;
  readonly value: string;
  readonly to: string;
  readonly from: string;
}

/** What is there goes into every field that may hold it, so that another kind begins with it. */
export function formOfQuestion(question: StructuredQuestion): QuestionFields {
  switch (question.ask) {
    case "fills": {
      const { object, roles } = question;
      return { object, roles: roles.join(", "), role: roles[0] ?? "", value: "", to: object, from: "" };
    }
    case "which": {
      const { role } = question;
      return { object: "", roles: role, role, value: textOf(question.value), to: "", from: "" };
    }
    case "analogy": {
      const { to, from } = question;
      return { object: to, roles: "", role: "", value: textOf(question.value), to, from };
    }
  }
}

/** Null while something is missing. */
export function questionOfForm(
  ask: StructuredQuestion["ask"],
  fields: QuestionFields,
): StructuredQuestion | null {
  const { object, role, to, from } = fields;
  const roles = fields.roles.split(",").map((each) => each.trim()).filter((each) => each !== "");
  const isValued = fields.value.trim() !== "";
  const value = valueOf(fields.value);
  const made = ask === "fills"
    ? { ask, object, roles }
    : !isValued
    ? null
    : ask === "which"
    ? { ask, role, value }
    : { ask, to, value, from };
  const parsed = structuredQuestionSchema.safeParse(made);
  return parsed.success ? parsed.data : null;
}

/** A text that would be read as something else is written as JSON. */
function textOf(value: WireValue): string {
  return typeof value === "string" && valueOf(value) === value ? value : JSON.stringify(value);
}

/** What can be read as JSON is that; everything else is a text. */
function valueOf(text: string): WireValue {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text.trim();
    throw error;
  }
}
