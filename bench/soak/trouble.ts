/** Everything around the healthy people that goes wrong, at once. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";
import { createMessengerSimulator } from "../../src/channels/messenger/simulator.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { systemRandom } from "../../src/runtime/random.ts";
import { DROP, fragileBot, fragileCore } from "./bots.ts";
import { type Platforms, REFUSED } from "./platforms.ts";
import { PAGES, SECRETS } from "./setup.ts";

const DAY_MS = 86_400_000;
/** People of each page that hangs: more turns and calls than there are places. */
const FLOOD = 300;

/** Webhooks of people on Messenger, whose bot or whose Graph hangs. */
function pageOf(pageId: string, account: string, port: number) {
  return createMessengerSimulator({
    appSecret: SECRETS.appSecret,
    pageAccessToken: SECRETS.accessToken,
    pageId,
    clock: systemClock(),
    random: systemRandom(),
    webhookUrl: null,
    deliver: async (body, headers) => {
      const url = `http://127.0.0.1:${port}/webhook/messenger/${account}`;
      return (await fetch(url, { method: "POST", body: new Uint8Array(body as Uint8Array), headers })).status;
    },
  });
}

/** Connects to the agents' endpoint, says nothing, and comes again. */
async function stranger(port: number, localAddress: string, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/agent`, { localAddress });
    socket.on("error", () => undefined);
    await Promise.race([once(socket, "close").catch(() => undefined), pause(12_000)]);
    socket.terminate();
    await pause(500);
  }
}

const whatsappId = (group: number, n: number) => `1555${group}${String(n).padStart(6, "0")}`;

/** Until `isOver`. `gateway`: its process, whose wall clock is a day ahead for 4 s of each minute. */
export async function trouble(
  { line, team, whatsapp, messenger }: Platforms,
  gateway: { readonly port: number; readonly process: ChildProcess },
  isOver: () => boolean,
): Promise<void> {
  const { port } = gateway;
  const hung = [pageOf(PAGES.hungBot, "hung-bot", port), pageOf(PAGES.hungGraph, "hung-graph", port)];
  const each = async (everyMs: number, act: (round: number) => unknown) => {
    for (let round = 0; !isOver(); round++) {
      await act(round);
      await pause(everyMs);
    }
  };
  const dozen = (act: (n: number) => unknown) => Promise.all(Array.from({ length: 12 }, (_, n) => act(n)));
  await Promise.all([
    Promise.all(hung.flatMap((page) => Array.from({ length: FLOOD }, (_, n) => page.person(`flood${n}`).says("hi")))),
    each(10_000, (round) => Promise.all(hung.map((page) => page.person(`hung${round % FLOOD}`).says("hi")))),
    each(15_000, (round) => dozen((n) => line.person(`Upoison${round}x${n}`).says("poison"))),
    each(15_000, (round) => dozen((n) => messenger.person(`poison${round}x${n}`).says("poison"))),
    each(7_000, (round) => line.person(`Unonsense${round % 5}`).says("nonsense")),
    each(20_000, (round) => whatsapp.person(whatsappId(9, round % 3)).says(DROP)),
    each(25_000, (round) => team.person(`Udrop${round % 3}`).says(DROP)),
    each(5_000, (round) => line.person(`Urefused${round % 20}`).says(REFUSED)),
    each(5_000, (round) => messenger.person(`refused${round % 20}`).says(REFUSED)),
    each(5_000, (round) => whatsapp.person(whatsappId(8, round % 20)).says(REFUSED)),
    each(60_000, async (round) => {
      if (round === 0) return;
      gateway.process.send({ aheadMs: DAY_MS });
      await pause(4_000);
      gateway.process.send({ aheadMs: 0 });
    }),
    ...Array.from({ length: 40 }, (_, n) => stranger(port, `127.0.0.${n + 2}`, isOver)),
    fragileBot(port, isOver),
    fragileCore(port, isOver),
  ]);
}
