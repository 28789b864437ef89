import { spawn } from "node:child_process";
import type { Environment } from "../../settings/read.ts";

export interface Desktop {
  readonly platform: NodeJS.Platform;
  readonly env: Environment;
}

/** The program that opens an address in the browser; `null`: there is no desktop here. */
export function browserCommand({ platform, env }: Desktop): readonly [program: string, ...args: string[]] | null {
  const isSet = (name: string) => (env[name] ?? "") !== "";
  if (isSet("CI")) return null;
  switch (platform) {
    case "darwin":
      return ["open"];
    case "win32":
      return ["cmd", "/c", "start"];
    default:
      return isSet("DISPLAY") || isSet("WAYLAND_DISPLAY") ? ["xdg-open"] : null;
  }
}

/** Opens it where there is a desktop. Resolves to why it can't; `null`: it is open, or there is none. */
export async function openBrowser(url: string, desktop: Desktop): Promise<string | null> {
  const command = browserCommand(desktop);
  if (command === null) return null;
  const [program, ...args] = command;
  const { promise, resolve } = Promise.withResolvers<string | null>();
  // Detached: Ctrl-C is for the demo, and not for the browser.
  const child = spawn(program, [...args, url], { stdio: "ignore", detached: true, env: { ...desktop.env } });
  child.once("error", (error: NodeJS.ErrnoException) => resolve(`${program}: ${error.code}`));
  child.once("exit", (code) => resolve(code === 0 ? null : `${program} ended with ${code}`));
  child.unref();
  return await promise;
}
