import { type Listening, listen } from "../../../src/http/server.ts";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "../assembled-gateway.ts";

export type ListeningGateway = AssembledGateway & {
  readonly url: string;
  /** `ws://…` of a path. */
  readonly socketUrl: (path: string) => string;
};

/** A whole gateway on a port of its own, for bots that connect. Time stands still until the test moves it. */
export async function listeningGateway(options: AssemblyOptions): Promise<ListeningGateway> {
  const whole = assembleGateway(options);
  await whole.start();
  const { gateway } = whole;
  const port: Listening = await listen(gateway.fetch, { host: "127.0.0.1", port: 0, upgrade: gateway.upgrade });
  return {
    ...whole,
    url: port.url,
    socketUrl: (path) => `${port.url.replace("http", "ws")}${path}`,
    end: async () => {
      const closed = port.close();
      await whole.end();
      port.cut();
      await closed;
    },
  };
}
