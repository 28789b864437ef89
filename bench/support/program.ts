/** A program under measurement, in a process of its own: it says its port, and when asked the processor time it has used. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

export interface Program extends AsyncDisposable {
  readonly port: number;
  /** Of the admin side; 0: it has none. */
  readonly adminPort: number;
  readonly child: ChildProcess;
  /** Processor time since its start, in ms. */
  processorMs(): Promise<number>;
  /** Resident memory, in MB. */
  memoryMb(): Promise<number>;
}

type Ports = Pick<Program, "port" | "adminPort">;

interface Usage {
  readonly processorMs: number;
  readonly memoryMb: number;
}

/** `script`: a module that calls `report` when it listens. `fsyncMs`: each fsync takes so much longer; needs `strace`. */
export async function startProgram(script: URL, args: readonly string[], fsyncMs = 0): Promise<Program> {
  const child = fork(script, args, {
    // The log on standard output is discarded by the system.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    ...(fsyncMs > 0 && { execPath: "strace", execArgv: [...slowed(fsyncMs), process.execPath] }),
  });
  const ports = await portsOf(child, script.pathname);
  const usage = async (): Promise<Usage> => {
    child.send("usage");
    const [answer] = (await once(child, "message")) as [Usage];
    return answer;
  };
  return {
    ...ports,
    child,
    processorMs: async () => (await usage()).processorMs,
    memoryMb: async () => (await usage()).memoryMb,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      // Under a tracer the program is not the child itself; it ends when nobody listens to it any more.
      child.disconnect();
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Only these calls are traced: the others run at full speed. */
function slowed(fsyncMs: number): string[] {
  const calls = "fsync,fdatasync";
  const inject = `inject=${calls}:delay_exit=${fsyncMs * 1_000}`;
  return ["-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", `trace=${calls}`, "-e", inject];
}

async function portsOf(child: ChildProcess, name: string): Promise<Ports> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`${name} exited with ${code} before it was ready`);
  });
  const [ports] = (await Promise.race([once(child, "message"), ended])) as [Ports];
  ended.catch(() => undefined);
  return ports;
}

/** Says the ports to whoever measures, and answers for the resources used. */
export function report(port: number, adminPort = 0): void {
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ processorMs: (user + system) / 1_000, memoryMb: process.memoryUsage.rss() / 1_048_576 });
  });
  process.once("disconnect", () => process.exit());
  process.send?.({ port, adminPort });
}
