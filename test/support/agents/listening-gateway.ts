import type { Duplex } from "node:stream";
import type { Upgrade } from "../../../src/agents/socket.ts";
import { type Listening, listen } from "../../../src/http/server.ts";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "../assembled-gateway.ts";

export type ListeningGateway = AssembledGateway & {
  readonly url: string;
  /** `ws://…` of a path. */
  readonly socketUrl: (path: string) => string;
  /** Ends every connection without a goodbye, as when the network goes. New ones are taken. */
  readonly disconnectAgents: () => void;
};

/** A whole gateway on a port of its own, for bots that connect. Time stands still until the test moves it. */
export async function listeningGateway(options: AssemblyOptions): Promise<ListeningGateway> {
  const whole = assembleGateway(options);
  await whole.start();
  const { gateway } = whole;
  const sockets = new Set<Duplex>();
  const upgrade: Upgrade = (request, socket, head) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    gateway.upgrade(request, socket, head);
  };
  const port: Listening = await listen(gateway.fetch, { host: "127.0.0.1", port: 0, upgrade });
  return {
    ...whole,
    url: port.url,
    socketUrl: (path) => `${port.url.replace("http", "ws")}${path}`,
    disconnectAgents: () => {
      for (const socket of sockets) socket.destroy();
    },
    end: async () => {
      const closed = port.close();
      await whole.end();
      port.closeConnections();
      await closed;
    },
  };
}
