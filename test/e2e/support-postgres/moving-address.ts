/** An address that leads to one database server and later to another, as a virtual IP or a proxy does. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface MovingAddress {
  /** The same database by this address. */
  urlOf(url: string): string;
  /** New connections lead there; those that stand are cut. */
  moveTo(port: number): void;
  destroy(): Promise<void>;
}

export async function openMovingAddress(firstPort: number): Promise<MovingAddress> {
  let target = firstPort;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      // A side that fails is closed, and takes the other with it: that is what a dead machine looks like.
      one.on("error", () => one.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  const disconnect = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    urlOf: (url) => {
      const moved = new URL(url);
      moved.port = String(port);
      return moved.href;
    },
    moveTo: (next) => {
      target = next;
      disconnect();
    },
    destroy: async () => {
      disconnect();
      await new Promise((closed) => server.close(closed));
    },
  };
}
