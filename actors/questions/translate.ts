/** Questions in plain words as structured ones, by patterns; where none fits, the error says which there are. */
import { ArgumentError } from "../errors.ts";
import type { Json } from "../object/mod.ts";
import { QUESTION_LENGTH_MAX } from "./limits.ts";
import type { Question } from "./question.ts";

interface Pattern {
  readonly words: RegExp;
  readonly question: (parts: readonly string[]) => Question;
}

const PATTERNS: readonly Pattern[] = [
  {
    words: /^what is to (.+?) (?:as|what) (.+?) is to (.+)$/iu,
    question: ([to, value, from]) => ({
      ask: "analogy",
      to: bare(to!),
      value: valueOf(value!),
      from: bare(from!),
    }),
  },
  {
    words:
      /^(?:which|what) (?:objects?|things?) (?:have|has|with) (?:the )?(.+?)(?: = |=| ⊛ | is | of )(.+)$/iu,
    question: ([role, value]) => ({ ask: "which", role: bare(role!), value: valueOf(value!) }),
  },
  {
    words: /^(?:which|what) (?:objects?|things?) (?:have|has|with) (\S+) (.+)$/iu,
    question: ([role, value]) => ({ ask: "which", role: bare(role!), value: valueOf(value!) }),
  },
  {
    words: /^(?:which|what) (?:objects?|things?) whose (.+?) (?:is|are|=) (.+)$/iu,
    question: ([role, value]) => ({ ask: "which", role: bare(role!), value: valueOf(value!) }),
  },
  {
    words: /^what (?:fills|stands at|is at) (.+?) in (.+)$/iu,
    question: ([role, object]) => fills([role!], object!),
  },
  {
    words: /^(?:what|who) (?:is|are) (.+ of .+)$/iu,
    question: ([path]) => {
      const parts = path!.split(/ of /iu);
      return fills(parts.slice(0, -1).reverse(), parts.at(-1)!);
    },
  },
  {
    words: /^(?:what|who) (?:is|are) (.+['’]s .+)$/iu,
    question: ([path]) => {
      const [object, ...roles] = path!.split(/['’]s /u);
      return fills(roles, object!);
    },
  },
];

/** @throws {ArgumentError} when no pattern fits, with those that there are */
export function translate(words: string): Question {
  const plain = words.trim().replaceAll(/\s+/gu, " ").replace(/[?.!\s]+$/u, "");
  if (plain.length <= QUESTION_LENGTH_MAX) {
    for (const { words: pattern, question } of PATTERNS) {
      const parts = pattern.exec(plain);
      if (parts !== null) return question(parts.slice(1));
    }
  }
  throw new ArgumentError(
    `Cannot translate "${plain.slice(0, 100)}" into a structured question`,
    'Ask "what is ROLE of X", "what is X\'s ROLE", "what fills ROLE in X", "what is to A as B is to C" or ' +
      '"which objects have ROLE = VALUE".',
    { words: plain.slice(0, QUESTION_LENGTH_MAX) },
  );
}

function fills(roles: readonly string[], object: string): Question {
  return { ask: "fills", roles: roles.map(bare), object: bare(object) };
}

/** Without an article in front and quotes around. */
function bare(words: string): string {
  return words.trim().replace(/^(?:the|a|an) (?=\S)/iu, "").replace(/^"(.*)"$/u, "$1");
}

/** A number, a truth value or null as such; everything else is a text. */
function valueOf(words: string): Json {
  const text = words.trim();
  if (text === "true" || text === "false" || text === "null" || /^-?\d+(?:\.\d+)?$/u.test(text)) {
    return JSON.parse(text);
  }
  return bare(text);
}
