/** What a process holds, as the kernel counts it. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface Holdings {
  readonly residentMiB: number;
  readonly descriptors: number;
  readonly sockets: number;
  readonly threads: number;
}

/** `null` where the kernel doesn't say. */
export function holdingsOf(pid: number): Holdings | null {
  if (process.platform !== "linux") return null;
  const folder = `/proc/${pid}/fd`;
  const descriptors = readdirSync(folder);
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  return {
    residentMiB: Math.round(field("VmRSS") / 1_024),
    descriptors: descriptors.length,
    sockets: descriptors.filter((name) => linkOf(`${folder}/${name}`).startsWith("socket:")).length,
    threads: field("Threads"),
  };
}

/** One that is closed between the listing and the look has no name any more. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
