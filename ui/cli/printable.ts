/** Text that others may have written, on its way to a terminal. */

/**
 * Control characters, which could clear a screen or write over a line, become `\ufffd`; ends of lines and tabs stay. C0, C1
 * and DEL of ECMA-48.
 */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what is looked for
  return text.replaceAll(/\r(?!\n|$)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, "\ufffd");
}
