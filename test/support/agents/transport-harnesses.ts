/** The four transports, each with a bot behind it that is moved by hand. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { httpAgent } from "../../../src/agents/http.ts";
import { inProcessAgent } from "../../../src/agents/in-process.ts";
import { openabAgent } from "../../../src/agents/openab/endpoint.ts";
import type { WireTurn } from "../../../src/agents/protocol.ts";
import { webSocketAgent } from "../../../src/agents/websocket/endpoint.ts";
import { until } from "../../e2e/support/eventually.ts";
import type { ListeningGateway } from "./listening-gateway.ts";
import { RawSocket } from "./raw-socket.ts";
import { type Handed, TOKEN, type TransportHarness } from "./transport-harness.ts";

const ofWire = ({ turnId, events, fence }: WireTurn): Handed => ({
  id: turnId,
  eventIds: events.map(({ eventId }) => eventId),
  fence,
});

/** What the operator reads about an answer that can't be read. */
async function logged(whole: ListeningGateway): Promise<string> {
  const line = await until("a word in the log", () =>
    whole.lines.find(({ message }) => /^delivery dead/.test(message)),
  );
  return String(line.fields.reason);
}

function inProcess(): TransportHarness {
  const asked: { turn: WireTurn; resolve: (answer: unknown) => void; reject: (error: Error) => void }[] = [];
  const of = ({ fence }: Handed) => asked.find(({ turn }) => turn.fence === fence);
  return {
    name: "in the same process",
    agent: () =>
      inProcessAgent((turn) => {
        const { promise, resolve, reject } = Promise.withResolvers<unknown>();
        asked.push({ turn, resolve, reject });
        return promise;
      }),
    bot: async (whole) => ({
      handed: async (nth) => ofWire((await until(`invocation ${nth}`, () => asked[nth])).turn),
      get handedCount() {
        return asked.length;
      },
      async answer(handed, text, { copies = 1, extra = false } = {}) {
        for (let copy = 0; copy < copies; copy++) of(handed)?.resolve(extra ? { type: "text", text, mood: 1 } : text);
      },
      async sayWrong(handed) {
        of(handed)?.resolve({});
        return await logged(whole);
      },
      async drop(handed) {
        of(handed)?.reject(new Error("crashed"));
      },
      close: async () => {},
    }),
  };
}

function http(): TransportHarness {
  const asked: { turn: WireTurn; response: ServerResponse }[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    asked.push({ turn: JSON.parse(body) as WireTurn, response });
  });
  const of = ({ fence }: Handed) => asked.find(({ turn }) => turn.fence === fence)?.response;
  return {
    name: "HTTP",
    async agent() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.listen(0, "127.0.0.1", resolve);
      await promise;
      return httpAgent({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
    },
    bot: async (whole) => ({
      handed: async (nth) => ofWire((await until(`invocation ${nth}`, () => asked[nth])).turn),
      get handedCount() {
        return asked.length;
      },
      async answer(handed, text, { copies = 1, extra = false } = {}) {
        of(handed)?.writeHead(202).end();
        const body = { fence: handed.fence, seq: 1, replies: [text], done: true, ...(extra && { mood: 1 }) };
        const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
        const path = `${whole.url}/v1/turns/${handed.id}/replies`;
        for (let copy = 0; copy < copies; copy++) {
          await (await fetch(path, { method: "POST", headers, body: JSON.stringify(body) })).text();
        }
      },
      async sayWrong(handed) {
        of(handed)
          ?.writeHead(200)
          .end(JSON.stringify({ replies: [{}] }));
        return await logged(whole);
      },
      async drop(handed) {
        of(handed)?.destroy();
      },
      async close() {
        server.closeAllConnections();
        const { promise, resolve } = Promise.withResolvers<void>();
        server.close(() => resolve());
        await promise;
      },
    }),
  };
}

/** Frames that any connection of the bot has heard, in order. */
class ConnectionPool {
  readonly sockets: RawSocket[] = [];

  frames(type: string) {
    return this.sockets.flatMap(({ frames }) => frames.filter((frame) => (frame.schema ?? frame.type) === type));
  }

  dropAll(): void {
    for (const socket of this.sockets) socket.drop();
  }

  get newest(): RawSocket {
    const newest = this.sockets.at(-1);
    if (newest === undefined) throw new Error("the bot has never connected");
    return newest;
  }
}

function websocket(): TransportHarness {
  return {
    name: "WebSocket",
    agent: () => webSocketAgent({ token: TOKEN }),
    async bot(whole) {
      const own = new ConnectionPool();
      const greet = async () => {
        const socket = await RawSocket.connect(whole.socketUrl("/v1/agent"));
        own.sockets.push(socket);
        socket.send({
          type: "hello",
          version: 1,
          token: TOKEN,
          name: "bot",
          instance: "the same instance",
          credit: 10,
        });
        await socket.hears("welcome");
      };
      await greet();
      const turns = () => own.frames("turn").map(({ turn }) => turn as WireTurn);
      return {
        handed: async (nth) => ofWire(await until(`invocation ${nth}`, () => turns()[nth])),
        get handedCount() {
          return turns().length;
        },
        async answer({ id, fence }, text, { copies = 1, extra = false } = {}) {
          const frame = { type: "done", turnId: id, fence, seq: 1, replies: [text], ...(extra && { mood: 1 }) };
          for (let copy = 0; copy < copies; copy++) own.newest.send(frame);
        },
        async sayWrong({ id, fence }) {
          own.newest.send({ type: "done", turnId: id, fence, seq: 1, replies: [{}] });
          return String((await own.newest.hears("ack")).refused);
        },
        async drop() {
          own.newest.drop();
          await greet();
        },
        close: async () => own.dropAll(),
      };
    },
  };
}

const EVENT = "openab.gateway.event.v1";
const RESPONSE = "openab.gateway.response.v1";

function openab(): TransportHarness {
  return {
    name: "openab",
    agent: () => openabAgent({ token: TOKEN }),
    async bot(whole) {
      const own = new ConnectionPool();
      const greet = async () => own.sockets.push(await RawSocket.connect(whole.socketUrl(`/ws?token=${TOKEN}`)));
      await greet();
      return {
        async handed(nth) {
          const id = String((await until(`invocation ${nth}`, () => own.frames(EVENT)[nth])).event_id);
          return { id, eventIds: [id], fence: nth };
        },
        get handedCount() {
          return own.frames(EVENT).length;
        },
        async answer({ id, fence }, text, { copies = 1, extra = false } = {}) {
          const frame = {
            schema: "openab.gateway.reply.v1",
            reply_to: id,
            platform: "line",
            channel: { id: "Uann" },
            content: { type: "text", text },
            request_id: `req_${fence}`,
            ...(extra && { mood: 1 }),
          };
          for (let copy = 0; copy < copies; copy++) own.newest.send(frame);
        },
        async sayWrong({ id }) {
          own.newest.send({ schema: "openab.gateway.reply.v1", reply_to: id, platform: "line", channel: {} });
          return String((await own.newest.hears(RESPONSE)).error);
        },
        async drop() {
          own.newest.drop();
          await greet();
        },
        close: async () => own.dropAll(),
      };
    },
  };
}

export const TRANSPORTS: readonly (() => TransportHarness)[] = [inProcess, http, websocket, openab];
