/** What stands on the canvas before there is anything: loading, that it failed, or that it is empty. */
import { useApp } from "../state/app.ts";
import { Icon } from "./icon.tsx";

export function LoadScreen() {
  const { store, sync } = useApp();
  const load = store.load.value;
  if (load.state === "loading") {
    return (
      <div class="load-screen" role="status" aria-label="Loading the canvas">
        <div class="skeletons" aria-hidden="true">
          {[0, 1, 2, 3, 4, 5].map((n) => <div key={n} class="skeleton" />)}
        </div>
      </div>
    );
  }
  if (load.state === "failed") {
    return (
      <div class="load-screen" role="alert">
        <div class="notice">
          <Icon name="warning" size={28} />
          <h1>{load.problem.message}</h1>
          <p>{load.problem.hint}</p>
          <button type="button" class="button primary" onClick={() => void sync.load()}>Try again</button>
        </div>
      </div>
    );
  }
  if (store.morphs.value.size > 0) return null;
  return (
    <div class="load-screen passive">
      <div class="notice">
        <Icon name="objects" size={28} />
        <h1>Nothing stands on this canvas</h1>
        <p>
          Undo what took it away, or search for an object with <kbd>Ctrl K</kbd> and put it here.
        </p>
      </div>
    </div>
  );
}
