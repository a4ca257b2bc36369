/** The bounds of the command line. */

/** How long to wait for the server of an image that is locked. */
export const CONNECT_MS_MAX = 10_000;
export const CONNECT_POLL_MS = 100;
/** How long `start`, and `health` without a server, wait to know what is in use before they print it. */
export const START_REPORT_MS_MAX = 1_500;
/** How long `ask` waits to hear that its stream is joined. */
export const STREAM_OPEN_MS_MAX = 2_000;
/** How long `ask` waits, after Ctrl-C, to hear that the answer was stopped. */
export const CANCEL_MS_MAX = 3_000;
/** Between two looks at a backup under way, and between two lines about it. */
export const BACKUP_POLL_MS = 100;
export const BACKUP_SAY_MS = 2_000;
/** Bytes of a text or a question from standard input: 100,000 characters, however long each is. */
export const TEXT_BYTES_MAX = 400_000;
/** Bytes of a method's source file. */
export const METHOD_BYTES_MAX = 1_048_576;
/** How many letters of a refused value the refusal shows. */
export const VALUE_SHOWN_MAX = 80;
/** How many letters of a thought's reason one line shows. */
export const WHY_SHOWN_MAX = 100;
/** Long work says how far it is this often. */
export const PROGRESS_MS = 1_000;
/** Characters of memories that go in one request, however many memories that are. */
export const INGEST_CHARACTERS = 1_000_000;
/** Malformed records that are named on standard error. */
export const PROBLEMS_SHOWN_MAX = 20;
/** Problems of an image that are shown to a person; `--json` has more. */
export const VERIFY_PROBLEMS_SHOWN_MAX = 50;
/** How long the doctor waits for an answer from another program. */
export const DOCTOR_ANSWER_MS_MAX = 3_000;
/** Room that the doctor takes for a moment, to see that it is there. */
export const DOCTOR_PROBE_BYTES = 16 * 1024 * 1024;
/** Work that is to be stopped and has not begun yet is asked to stop again after this, in ms. */
export const STOP_AGAIN_MS = 100;
/** Between two looks at a run of curation, and looks until its part must be there. */
export const CURATION_POLL_MS = 100;
export const CURATION_POLLS_MAX = 150;
/** Characters of what was wrong with a method that is being made. */
export const FAULT_SHOWN_MAX = 300;
/** A method that is there within this time is not spoken of. */
export const STAGE_UNSAID_MS = 1_000;
/** While a stage of a method that is being made lasts, how long it has been is said again after this. */
export const STAGE_SAID_AGAIN_MS = 15_000;
