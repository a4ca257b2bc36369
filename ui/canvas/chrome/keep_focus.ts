/**
 * The keyboard is never left without a place: when what had the focus goes from the page, the panel that it stood in
 * has it (`data-focus-home`), else the canvas.
 */
export function keepFocus(document: Document, toCanvas: () => void): () => void {
  let last: Element | null = null;
  let home: HTMLElement | null = null;
  const onFocus = (event: FocusEvent) => {
    if (!(event.target instanceof Element)) return;
    last = event.target;
    home = last.closest<HTMLElement>("[data-focus-home]");
  };
  const look = () => {
    if (last === null || last.isConnected) return;
    last = null;
    if (document.activeElement !== null && document.activeElement !== document.body) return;
    if (home?.isConnected) home.focus({ preventScroll: true });
    else toCanvas();
  };
  const observer = new MutationObserver(look);
  document.addEventListener("focusin", onFocus);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    document.removeEventListener("focusin", onFocus);
    observer.disconnect();
  };
}
