/** Ports for servers that end and come back on the same address. */
import { createServer } from "node:net";

/** Below the range from which the system takes ports for outgoing calls and for `listen(0)`: nobody takes one in between. */
const FROM = 20_000;
const COUNT = 10_000;

/** So many ports that are free now. Each search begins at another port, so that two processes seldom try the same ones. */
export async function freePorts(count: number, start = Math.floor(Math.random() * COUNT)): Promise<number[]> {
  const found: number[] = [];
  for (let next = start; found.length < count; next += 1) {
    const port = FROM + (next % COUNT);
    if (await isFree(port)) found.push(port);
  }
  return found;
}

export async function freePort(start?: number): Promise<number> {
  const [port = 0] = await freePorts(1, start);
  return port;
}

async function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once("error", () => resolve(false));
  server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  return await promise;
}
