/** Words and sentences of texts as curation compares and counts them. Pure. */
import { wordsOf } from "../../vector/mod.ts";
import { COMPARED_CHARACTERS_MAX } from "./limits.ts";

/** Words that only hold others together, of the languages that memories are most often in: they name nothing. */
const FUNCTION_WORDS = new Set(
  ("a an the and or but nor so if then than as at by for from in into of off on onto out over per to up via with " +
    "without within about above across after against along among around before behind below between beyond during " +
    "near since through till toward towards under until upon i me my mine we us our ours you your yours he him his " +
    "she her hers it its they them their theirs this that these those who whom whose which what when where why how " +
    "is am are was were be been being do does did done have has had having will would shall should can could may " +
    "might must not no any all some each every both few more most other another such only own same too very just " +
    "also there here again once ever never always often get got one two " +
    "der die das den dem des ein eine einen einem einer eines und oder aber wenn dann als auch an auf aus bei bis " +
    "durch für gegen hinter im in mit nach neben ohne über um unter von vor wegen zu zum zur zwischen ich mich mir " +
    "mein meine du dich dir dein deine er ihn ihm sein seine sie ihr ihre es wir uns unser unsere euch euer man ist " +
    "sind war waren bin bist wird werden wurde hat haben hatte hatten kann können muss nicht kein keine nur noch " +
    "schon sehr so wie was wer wo wann warum dass dieser diese dieses " +
    "le la les un une des du de et ou mais donc car si que qui quoi dont où à au aux en dans par pour sur avec sans " +
    "sous chez entre je me moi mon ma mes tu te toi ton ta tes il elle lui son sa ses nous notre nos vous votre vos " +
    "ils elles leur leurs ce cet cette ces est sont était étaient être ai as avons avez ont avait ne pas plus très " +
    "el los las una unos unas y o pero porque si que quien cual donde cuando como del al con sin sobre entre hasta " +
    "desde yo mi mis tú tu tus él ella su sus nosotros nuestro es son era eran ser fue ha han muy más no se lo")
    .split(" "),
);

/** Words that make a text longer and say nothing more. */
const FILLERS = new Set(
  ("the a an very really quite just so also indeed actually simply rather too then well sehr auch ja doch halt eben " +
    "wirklich très vraiment aussi donc muy realmente también").split(" "),
);

/** Words on which the sense of a sentence turns. */
const TURNING = new Set(
  ("not no never none nor neither without except unless hardly nothing nobody nicht kein keine keinen nie niemals ohne " +
    "außer ne pas jamais sans aucun rien sin nunca nada excepto").split(" "),
);

const LETTER = /\p{L}/u;
/** Letters of scripts whose words may be of one or two letters. */
const SHORT_SCRIPT =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Hangul}]/u;
const NUMBER = /\d[\d.,:/-]*/gu;
/** What is neither word nor space and changes what is said. */
const SIGNS = /[+#=<>*%$€£@^~|\\?&]|-(?=\d)/gu;

/** The words of a text, folded, in their order. */
export function allWords(text: string): string[] {
  return wordsOf(text.slice(0, COMPARED_CHARACTERS_MAX));
}

/** The words of a text that can tell what it is about. */
export function contentWords(text: string): string[] {
  return allWords(text).filter((word) =>
    !FUNCTION_WORDS.has(word) && LETTER.test(word) && (word.length > 2 || SHORT_SCRIPT.test(word))
  );
}

export function isFiller(word: string): boolean {
  return FILLERS.has(word) && !TURNING.has(word);
}

export function turnsSense(word: string): boolean {
  return TURNING.has(word);
}

/** Numbers and signs of a text in their order: where they differ, so does what is said. */
export function figuresOf(text: string): string {
  const shown = text.slice(0, COMPARED_CHARACTERS_MAX).normalize("NFKC");
  const numbers = shown.match(NUMBER)?.map((number) => number.replace(/[.,:/-]+$/u, "")) ?? [];
  return [...numbers, "|", ...shown.match(SIGNS) ?? []].join(" ");
}

const sentences = new Intl.Segmenter("und", { granularity: "sentence" });

/** The sentences of a text, trimmed. */
export function sentencesOf(text: string): string[] {
  const lines = text.slice(0, COMPARED_CHARACTERS_MAX).split(/\n+/u);
  return lines.flatMap((line) => [...sentences.segment(line)].map(({ segment }) => segment.trim()))
    .filter((sentence) => sentence !== "");
}

/** At most so many characters, cut between words where that is possible. */
export function shortened(text: string, charactersMax: number): string {
  const plain = text.replace(/\s+/gu, " ").trim();
  if (plain.length <= charactersMax) return plain;
  const cut = plain.slice(0, charactersMax - 1);
  const space = cut.lastIndexOf(" ");
  return `${(space > charactersMax / 2 ? cut.slice(0, space) : cut).toWellFormed().trimEnd()}…`;
}
