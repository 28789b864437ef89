/** What a process holds: descriptors and threads as the kernel counts them, memory as its own engine does. */
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { WebSocket } from "ws";

export interface Holdings {
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
    descriptors: descriptors.length,
    sockets: descriptors.filter((name) => linkOf(`${folder}/${name}`).startsWith("socket:")).length,
    threads: field("Threads"),
  };
}

/** One that is closed between the listing and the reading has no name any more. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** With this in its environment a Node.js process says on standard error where it can be inspected. */
export const INSPECTED = { NODE_OPTIONS: "--inspect=127.0.0.1:0" };

/**
 * What it can't let go of, in MiB: objects and buffers that are still there when all garbage is collected. What is
 * resident says little of that: it is larger by whatever the collector, and the allocator, haven't given back yet.
 */
export async function keptMiB(output: string): Promise<number> {
  const [, address = ""] = /^Debugger listening on (ws:\S+)$/m.exec(output) ?? [];
  const inspector = new WebSocket(address);
  await once(inspector, "open");
  const ask = async (id: number, method: string, params = {}) => {
    inspector.send(JSON.stringify({ id, method, params }));
    const [answer] = await once(inspector, "message");
    return JSON.parse(String(answer)) as { id: number; result: { result: { value: number } } };
  };
  const bytes = "(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())";
  await ask(1, "HeapProfiler.collectGarbage");
  const { result } = await ask(2, "Runtime.evaluate", { expression: bytes });
  inspector.close();
  await once(inspector, "close");
  return Math.round((result.result.value / 2 ** 20) * 10) / 10;
}
