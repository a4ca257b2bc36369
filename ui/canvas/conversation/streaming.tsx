/** A text while it comes in. The text node is this component's own: it is made once and Preact never touches it. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { GrowingText } from "../state/growing_text.ts";

export interface StreamingProps {
  readonly words: GrowingText;
  /** Whether nothing has come yet. */
  readonly isThinking: boolean;
  readonly onGrow: () => void;
}

export function Streaming({ words, isThinking, onGrow }: StreamingProps) {
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const node = document.createTextNode("");
    host.current!.append(node);
    const detach = words.attach(node, onGrow);
    return () => {
      detach();
      node.remove();
    };
  }, [words]);
  return (
    <>
      {isThinking
        ? (
          <p class="thinking" role="status">
            <span />
            <span />
            <span />
            <span class="visually-hidden">Thinking</span>
          </p>
        )
        : null}
      <div class="answer-text" ref={host} aria-live="off" />
    </>
  );
}
