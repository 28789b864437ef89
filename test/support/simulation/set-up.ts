/** What a seed is played with: its people, platform and bots, and the processes between them. */

import type { PlatformParts, SeedPlatform, SeedsOf } from "../../../src/channels/simulation/fixtures/seeds.ts";
import { post } from "../faults/world.ts";
import { seededRandom } from "../seeded-random.ts";
import { type SeedTransport, transportOf } from "./agent-transports.ts";
import { type Bots, bots } from "./agents.ts";
import { Archive } from "./archive.ts";
import { Coverage } from "./coverage.ts";
import type { Copy } from "./hearing.ts";
import { localMannerOf, settingsOf, strikeCalls } from "./local-setup.ts";
import { SeedOperator } from "./operator.ts";
import { People } from "./people.ts";
import { type QuickClock, quickClock } from "./quick-clock.ts";
import { Restarts } from "./restarts.ts";
import type { SafeguardOverrides } from "./safeguard-overrides.ts";
import type { Script } from "./script.ts";
import { createPrng } from "./seeded-prng.ts";
import type { SeedStore } from "./stores.ts";
import { AGENT_TOKEN, TIMES } from "./times.ts";

/** Everything that a seed is played with. */
export interface Run {
  readonly clock: QuickClock;
  readonly script: Script;
  readonly platform: SeedPlatform;
  readonly restarts: Restarts;
  readonly people: People;
  readonly bots: Bots;
  readonly agentTransport: SeedTransport;
  readonly coverage: Coverage;
  readonly copies: Copy[];
  readonly disk: SeedStore;
  readonly archive: Archive;
  readonly operator: SeedOperator;
}

export interface Scene {
  readonly seed: number;
  readonly script: Script;
  readonly disk: SeedStore;
  readonly overrides: SafeguardOverrides;
  readonly channel: SeedsOf;
}

export function setUp({ seed, script, disk, overrides, channel }: Scene): Run {
  const clock = quickClock(undefined, () => disk.busy());
  const random = seededRandom(seed);
  const coverage = new Coverage(channel.name);
  const copies: Copy[] = [];
  const platform = channel.putUp({
    clock,
    random,
    prng: createPrng(seed, "channel"),
    chats: script.chats,
    times: TIMES,
    isLocal: script.local !== null,
    deliver: (path, body, headers) => deliver({ clock, restarts, copies }, path, body, headers),
  });
  const archive = new Archive();
  const crew = crewOf({ seed, script, clock, coverage, disk, platform, restarts: () => restarts });
  const agentTransport = transportOf({
    seed,
    clock,
    prng: createPrng(seed, "door"),
    bots: crew,
    coverage,
    reach: () => restarts.reachable,
    script,
  });
  const restarts: Restarts = new Restarts({
    disk,
    nodes: createPrng(seed, "nodes").pick([1, 2]),
    clock,
    random,
    prng: createPrng(seed, "lives"),
    platform,
    agentTransport,
    coverage,
    faults: script.callFaults,
    overrides,
    isSeparate: seed % 4 === 0,
    settings: settingsOf(seed, script),
    beforePurge: () => archive.keep(disk.rows),
  });
  const people = new People({ platform, clock, prng: createPrng(seed, "people"), count: script.chats.length });
  const operator = new SeedOperator({
    prng: createPrng(seed, "operator's choice"),
    coverage,
    gateway: () => restarts.gateway,
    onDecision: (id) => restarts.recorder.decided(id),
  });
  restarts.start();
  if (script.local?.at === "platform") strikeCalls(seed, script.local, { platform, channel });
  return {
    clock,
    script,
    platform,
    restarts,
    people,
    bots: crew,
    agentTransport,
    coverage,
    copies,
    disk,
    archive,
    operator,
  };
}

/** Brings a webhook to whichever process is there, and keeps what came of it. */
async function deliver(
  { clock, restarts, copies }: Pick<Run, "clock" | "restarts" | "copies">,
  ...[path, body, headers]: Parameters<PlatformParts["deliver"]>
): Promise<number> {
  const { agedMs } = restarts.machine;
  const text = new TextDecoder().decode(body);
  const copy: Copy = { at: clock.now(), agedMs, body: text, status: null, endedAt: null };
  copies.push(copy);
  const { gateway } = restarts;
  const status = await post(gateway === null ? null : { gateway }, body, headers, path);
  copy.status = status;
  copy.endedAt = clock.now();
  return status;
}

type CrewParts = Pick<Run, "script" | "clock" | "coverage" | "disk" | "platform"> & {
  readonly seed: number;
  readonly restarts: () => Restarts;
};

function crewOf({ seed, script, clock, coverage, disk, platform, restarts }: CrewParts): Bots {
  return bots({
    clock,
    prng: createPrng(seed, "bots"),
    oddness: script.oddness,
    onManner: (manner) => coverage.count(`bot: ${manner}`, "leased"),
    recordPart: (turnId) => {
      void disk.rows.turnState(turnId).then((state) => coverage.count("part of an answer", state));
    },
    onRepeat: (state) => coverage.count("part repeated", state),
    postDeferredReply: (turnId, body) => postDeferredReply(restarts(), turnId, body),
    chatOf: (turn) => platform.chatOf(turn),
    localManner: localMannerOf(seed, script.local, platform),
    // A longer one takes further calls, and on LINE further tokens, which a later answer could have had.
    repliesMax: script.local === null ? 12 : 5,
  });
}

async function postDeferredReply(restarts: Restarts, turnId: string, body: string): Promise<number | null> {
  if (restarts.gateway === null) return null;
  const headers = { authorization: `Bearer ${AGENT_TOKEN}`, "content-type": "application/json" };
  const url = `https://gateway.invalid/v1/turns/${turnId}/replies`;
  return (await restarts.gateway.fetch(new Request(url, { method: "POST", headers, body }))).status;
}
