/** Says that the connection is lost, and when it is tried again. Nothing is lost meanwhile. */
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../state/app.ts";
import { Icon } from "./icon.tsx";

export function Banner() {
  const { store, sync, clock } = useApp();
  const connection = store.connection.value;
  const until = connection.state === "waiting" ? connection.until : 0;
  const [now, setNow] = useState(clock());
  useEffect(() => {
    if (until === 0) return;
    setNow(clock());
    const timer = setInterval(() => setNow(clock()), 500);
    return () => clearInterval(timer);
  }, [until]);
  // A first hiccup that heals at once is not worth a word.
  if (connection.state !== "waiting" || store.load.value.state !== "ready") return null;
  const seconds = Math.max(0, Math.ceil((connection.until - now) / 1000));
  return (
    <div class="banner" role="status">
      <Icon name="warning" />
      <span>
        The connection to the image is lost.{" "}
        {seconds === 0 ? "Trying again…" : `Trying again in ${seconds} s.`}{" "}
        What you see may be older than what is.
      </span>
      <button type="button" class="button small" onClick={() => sync.reconnect()}>Try now</button>
    </div>
  );
}
