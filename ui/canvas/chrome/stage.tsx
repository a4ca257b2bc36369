/** The canvas itself: hands the morphs to the renderer and what it tells to the actions. */
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { NARROW_WIDTH } from "../limits.ts";
import type { Rect } from "../model/geometry.ts";
import { linksAbout } from "../model/morphs.ts";
import type { Insets } from "../model/viewport.ts";
import { createRenderer } from "../renderer/mod.ts";
import { type App, useApp } from "../state/app.ts";
import { Halo, placeHalo } from "./halo.tsx";

/** The room that the panels take: at the sides of a wide window, from below on a narrow one. */
function insetsOf(app: App): Insets {
  if (innerWidth < NARROW_WIDTH) {
    const sheet = app.store.tab.value !== "none" || app.store.selected.value !== null;
    return { left: 0, right: 0, top: 8, bottom: sheet ? innerHeight * 0.7 : 56 };
  }
  const left = app.store.tab.value === "none" ? 56 : 56 + 372;
  return { left, right: app.store.selected.value === null ? 0 : 396, top: 8, bottom: 8 };
}

export function Stage() {
  const app = useApp();
  const host = useRef<HTMLDivElement>(null);
  const halo = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const { store, actions, stage } = app;
    const renderer = createRenderer(host.current!, {
      onSelect: (oid) => app.inspecting.select(oid),
      onMove: (oid, rect: Rect) => void actions.move(placeOf(oid, rect)),
      onOpen(oid) {
        app.inspecting.select(oid);
        store.inspectorFocus.value = "slots";
      },
      onDelete: (oid) => void actions.remove(oid),
      onSelectedRect: (rect, busy) =>
        placeHalo(halo.current, store.past.value === null ? rect : null, { busy, insets: insetsOf(app) }),
      onScale: (scale) => store.scale.value = scale,
    });
    stage.renderer = renderer;

    /** A size is stored once a person has chosen one; until then the kind of morph decides. */
    function placeOf(oid: string, rect: Rect) {
      const known = store.scene.value.places.get(oid)?.value;
      const morph = store.morphs.value.get(oid);
      const resized = morph !== undefined && (morph.width !== rect.width || morph.height !== rect.height);
      const sized = resized || known?.width !== undefined || known?.height !== undefined;
      const { x, y, width, height } = rect;
      return sized ? { oid, x, y, width, height } : { oid, x, y };
    }

    const stops = [
      effect(() => renderer.setInsets(insetsOf(app))),
      effect(() => renderer.setReadOnly(store.past.value !== null)),
      effect(() => renderer.setMorphs(store.morphs.value)),
      effect(() => {
        const oid = store.toReveal.value;
        if (oid === null || !store.morphs.value.has(oid)) return;
        store.toReveal.value = null;
        renderer.reveal(oid, { readable: false });
      }),
      effect(() => {
        const links = store.links.value;
        const oid = store.selected.value;
        renderer.setLinks({
          faint: store.linksShown.value === "all" ? links : [],
          strong: oid === null ? [] : linksAbout(links, oid),
        });
      }),
      effect(() => {
        const oid = store.selected.value;
        renderer.select(oid);
        const morph = oid === null ? undefined : store.morphs.peek().get(oid);
        if (morph !== undefined) store.announcement.value = `Selected ${morph.title}, ${morph.kind}`;
      }),
      effect(() => {
        document.documentElement.dataset["theme"] = store.theme.value;
        renderer.refreshTheme();
      }),
    ];
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const onScheme = () => renderer.refreshTheme();
    dark.addEventListener("change", onScheme);
    return () => {
      dark.removeEventListener("change", onScheme);
      for (const stop of stops) stop();
      stage.renderer = null;
      renderer.destroy();
    };
  }, []);

  return (
    <div class={app.store.past.value === null ? "stage" : "stage past"}>
      <div
        class="stage-host"
        ref={host}
        tabIndex={0}
        role="application"
        aria-roledescription="canvas"
        aria-label="Canvas of objects. Brackets step through them, arrow keys move the selected one, Enter opens it, question mark lists all keys."
      />
      <Halo element={halo} />
    </div>
  );
}
