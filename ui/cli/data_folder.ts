/** Where the image and the fetched models are when nobody says: the places that the platform keeps for them. Pure. */
import { posix, win32 } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/** Null when the environment names no home. */
export function defaultImageFolder(env: Env, platform: typeof Deno.build.os): string | null {
  if (platform === "windows") {
    const base = env.LOCALAPPDATA || (env.USERPROFILE && win32.join(env.USERPROFILE, "AppData", "Local"));
    return base ? win32.join(base, "telos") : null;
  }
  const home = env.HOME;
  if (platform === "darwin") {
    return home ? posix.join(home, "Library", "Application Support", "telos") : null;
  }
  // The specification says that a relative XDG_DATA_HOME is to be ignored.
  if (env.XDG_DATA_HOME && posix.isAbsolute(env.XDG_DATA_HOME)) return posix.join(env.XDG_DATA_HOME, "telos");
  return home ? posix.join(home, ".local", "share", "telos") : null;
}

/** Where fetched models are kept; null when the environment names no home. */
export function defaultModelCache(env: Env, platform: typeof Deno.build.os): string | null {
  if (platform === "windows") {
    const base = env.LOCALAPPDATA || (env.USERPROFILE && win32.join(env.USERPROFILE, "AppData", "Local"));
    return base ? win32.join(base, "telos", "models") : null;
  }
  const home = env.HOME;
  if (platform === "darwin") return home ? posix.join(home, "Library", "Caches", "telos", "models") : null;
  if (env.XDG_CACHE_HOME && posix.isAbsolute(env.XDG_CACHE_HOME)) {
    return posix.join(env.XDG_CACHE_HOME, "telos", "models");
  }
  return home ? posix.join(home, ".cache", "telos", "models") : null;
}
