/** A gateway with an openab endpoint, and a core whose frames are written by hand after the protocol page. */
import { type OpenabOptions, openabAgent } from "../../../src/agents/openab/endpoint.ts";
import { CLIENT_HELLO, EVENT, HELLO, REPLY } from "../../../src/agents/openab/frames.ts";
import type { Store } from "../../../src/store/store.ts";
import { type ListeningGateway, listeningGateway } from "./listening-gateway.ts";
import { RawSocket } from "./raw-socket.ts";

export const TOKEN = "core-token";
export const LEASE_MS = 60_000;
export const COALESCE_MS = 250;
export const STREAM_MS = 10_000;

export const ends: (() => unknown)[] = [];

/** Ends what was begun since: each file's `afterEach`. A hook of this module's would be the first file's only. */
export async function endAll(): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
}

export async function started(
  options: Partial<OpenabOptions> = {},
  wrapStore: (store: Store) => Store = (store) => store,
): Promise<ListeningGateway> {
  const agent = openabAgent({ token: TOKEN, ...options });
  const whole = await listeningGateway({ agent, settings: { leaseMs: LEASE_MS }, wrapStore });
  ends.push(whole.end);
  return whole;
}

export async function core(whole: ListeningGateway, token = TOKEN): Promise<RawSocket> {
  const socket = await RawSocket.connect(whole.socketUrl(`/ws?token=${token}`));
  ends.push(() => socket.drop());
  return socket;
}

export interface Event {
  readonly event_id: string;
  readonly message_id: string;
  readonly content: { readonly text: string; readonly attachments?: readonly object[] };
}

export const eventOf = async (socket: RawSocket, nth = 0) => (await socket.hears(EVENT, nth)) as unknown as Event;

export interface Said {
  readonly to?: string;
  readonly text?: string;
  readonly peer?: string;
  readonly request?: string;
  readonly command?: string;
}

export function reply({ to = "", text = "answer", peer = "Uann", request, command }: Said): object {
  return {
    schema: REPLY,
    reply_to: to,
    platform: "line",
    channel: { id: peer },
    content: { type: "text", text },
    ...(request !== undefined && { request_id: request }),
    ...(command !== undefined && { command }),
  };
}

export const says = (whole: ListeningGateway, text = "hi", who = "Uann") => whole.simulator.person(who).says(text);
export const screen = (whole: ListeningGateway, who = "Uann") => whole.simulator.seenBy(who).map(({ text }) => text);
export const routes = (whole: ListeningGateway) => whole.simulator.calls.map(({ path }) => path.split("/").at(-1));
export const turnsDone = (whole: ListeningGateway) => whole.count("turns_total", { outcome: "done" });

/** Until the gateway has read what the core sent before. */
export async function heard(socket: RawSocket): Promise<void> {
  const before = socket.count(HELLO);
  socket.send({ schema: CLIENT_HELLO, protocol_version: 1, client_name: "test", requested_platforms: [] });
  await socket.hears(HELLO, before);
}
