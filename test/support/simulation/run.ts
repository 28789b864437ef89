/** One seed from the first word to the verdict. */
import { createHash } from "node:crypto";
import { brokenLaws } from "../faults/laws.ts";
import { post } from "../faults/world.ts";
import { seededChance } from "../seeded-chance.ts";
import { type Bots, bots } from "./agents.ts";
import { Archive } from "./archive.ts";
import { Coverage } from "./coverage.ts";
import { dice } from "./dice.ts";
import { doorOf, type SeedDoor } from "./doors.ts";
import type { Figures } from "./figures.ts";
import type { Copy } from "./hearing.ts";
import { judge } from "./judge.ts";
import { Lives, type Sabotage } from "./lives.ts";
import { People } from "./people.ts";
import { platformOf } from "./platforms/index.ts";
import type { SeedPlatform, SeedsOf } from "./platforms/platform.ts";
import { type QuickClock, quickClock } from "./quick-clock.ts";
import { type Act, type Script, scriptOf } from "./script.ts";
import { type SeedStore, type StoreYard, sqliteYard } from "./stores.ts";
import { AGENT_TOKEN, DAY_MS, TIMES } from "./times.ts";

export interface Outcome {
  readonly seed: number;
  readonly channel: string;
  /** What was broken, in sentences. */
  readonly broken: readonly string[];
  readonly figures: Figures;
  readonly coverage: Coverage;
  /** Processes that ended without having been asked to. */
  readonly crashes: number;
  /** Of everything that anybody saw. */
  readonly digest: string;
}

interface Stage {
  readonly clock: QuickClock;
  readonly platform: SeedPlatform;
  readonly lives: Lives;
  readonly people: People;
  readonly bots: Bots;
  readonly door: SeedDoor;
  readonly coverage: Coverage;
  readonly copies: Copy[];
  readonly disk: SeedStore;
  readonly archive: Archive;
}

export interface RunOptions {
  /** With a mechanism taken out. */
  readonly sabotage?: Sabotage;
  /** Default: the one that the seed draws. */
  readonly channel?: SeedsOf | undefined;
  readonly yard?: StoreYard;
}

export async function runSeed(seed: number, options: RunOptions = {}): Promise<Outcome> {
  const { sabotage = {}, channel = platformOf(seed), yard = sqliteYard } = options;
  const script = scriptOf(seed, channel.troubles);
  const stage = setUp({ seed, script, disk: await yard.next(), sabotage, channel });
  try {
    await play(stage, script);
    const ended = await calmDown(stage);
    await stage.lives.close();
    const { lives, coverage } = stage;
    const { broken, figures } = await judgeStage(stage);
    const all = [...broken, ...lives.broken];
    if (!ended) all.push("G11: something still moves long after the last trouble");
    const { crashes } = lives;
    return { seed, channel: channel.name, broken: all, figures, coverage, crashes, digest: await digestOf(stage) };
  } finally {
    await stage.lives.close();
    stage.door.close();
    stage.platform.close();
    await stage.disk.drop();
  }
}

/** What two commits of one moment, or work that takes several rounds of the event loop, may be apart (ms). */
const GRACE_MS = 250;

async function judgeStage(stage: Stage): Promise<ReturnType<typeof judge>> {
  const { archive, disk, lives, platform } = stage;
  await archive.keep(disk.rows);
  const { tokenTtlMs, maxWaitMs, dedupMs, historyMs } = TIMES;
  return judge({
    ...stage,
    rows: archive,
    brokenLaws: await brokenLaws(disk.select),
    waits: [...lives.witness.waits.values()],
    roads: lives.witness.roads,
    laws: {
      wait: { maxWaitMs, graceMs: GRACE_MS, endMs: lives.watchedMs },
      road: { tokenTtlMs, marginMs: tokenTtlMs / 10, graceMs: GRACE_MS, historyMs },
      dedupMs,
      // A wait ends when the clock is set forward, and the message is still on its way.
      isOrderKept: !platform.isDisordered || lives.forwardMs === 0,
    },
  });
}

interface Scene {
  readonly seed: number;
  readonly script: Script;
  readonly disk: SeedStore;
  readonly sabotage: Sabotage;
  readonly channel: SeedsOf;
}

function setUp({ seed, script, disk, sabotage, channel }: Scene): Stage {
  const clock = quickClock(undefined, () => disk.busy());
  const chance = seededChance(seed);
  const coverage = new Coverage(channel.name);
  const copies: Copy[] = [];
  const platform = channel.putUp({
    clock,
    chance,
    dice: dice(seed, "channel"),
    chats: script.chats,
    times: TIMES,
    deliver: async (path, body, headers) => {
      const { forwardMs } = lives;
      const text = new TextDecoder().decode(body);
      const copy: Copy = { at: clock.now(), forwardMs, body: text, status: null, endedAt: null };
      copies.push(copy);
      const gateway = lives.gateway;
      copy.status = await post(gateway === null ? null : { gateway }, body, headers, path);
      copy.endedAt = clock.now();
      return copy.status;
    },
  });
  const archive = new Archive();
  const crew = bots({
    clock,
    dice: dice(seed, "bots"),
    oddness: script.oddness,
    note: (manner) => coverage.count(`bot: ${manner}`, "leased"),
    notePart: (turnId) => {
      void disk.rows.turnState(turnId).then((state) => coverage.count("part of an answer", state));
    },
    noteRepeat: (state) => coverage.count("part repeated", state),
    answerLater: (turnId, body) => answerLater(lives, turnId, body),
    chatOf: (turn) => platform.chatOf(turn),
  });
  const door = doorOf({
    seed,
    clock,
    dice: dice(seed, "door"),
    bots: crew,
    coverage,
    reach: () => lives.reachable,
  });
  const lives: Lives = new Lives({
    disk,
    nodes: dice(seed, "nodes").pick([1, 2]),
    clock,
    chance,
    dice: dice(seed, "lives"),
    platform,
    door,
    coverage,
    faults: script.callFaults,
    sabotage,
    beforePurge: () => archive.keep(disk.rows),
  });
  const people = new People({ platform, clock, dice: dice(seed, "people"), count: script.chats.length });
  lives.start();
  return { clock, platform, lives, people, bots: crew, door, coverage, copies, disk, archive };
}

async function answerLater(lives: Lives, turnId: string, body: string): Promise<number | null> {
  if (lives.gateway === null) return null;
  const headers = { authorization: `Bearer ${AGENT_TOKEN}`, "content-type": "application/json" };
  const url = `https://gateway.invalid/v1/turns/${turnId}/replies`;
  return (await lives.gateway.fetch(new Request(url, { method: "POST", headers, body }))).status;
}

async function play(stage: Stage, script: Script): Promise<void> {
  const startedAt = stage.clock.now();
  for (const { at, act } of script.acts) {
    await stage.clock.advance(Math.max(0, startedAt + at - stage.clock.now()));
    await noteStates(stage, act);
    await perform(stage, act);
  }
  await stage.clock.advance(Math.max(0, startedAt + script.lengthMs - stage.clock.now()));
}

const SPOKEN = { user: "one to one", group: "in a group", room: "in a room" } as const;

/** What a fault that hits everybody meets: every state in which something waits just now. */
async function noteStates({ lives, coverage, people, disk }: Stage, act: Act): Promise<void> {
  switch (act.do) {
    case "says":
    case "taps":
      coverage.count(`${act.do}, ${SPOKEN[people.kindOf(act.person)]}`, "not there");
      if (act.lost) coverage.count("first copy lost", "not there");
      if (act.lateMs > 0) coverage.count("first copy late", "not there");
      return;
    case "copy":
    case "unsends": {
      const fault = act.do === "unsends" ? "unsend" : act.marked ? "redelivery" : "unmarked copy";
      const said = act.do === "copy" && act.heals === true ? people.lost(act.person) : people.next(act.person);
      const isOne = said !== null && (act.do === "copy" || said.unsend !== null);
      if (isOne) coverage.count(fault, await disk.rows.stateOf(said.eventId));
      return;
    }
    case "row lost": {
      const said = people.next(act.person);
      if (said !== null) coverage.count("row lost", await disk.rows.stateOf(said.eventId));
      return;
    }
    case "platform":
    case "quota":
      coverage.count(act.do === "quota" ? `quota ${act.left ?? "raised"}` : named(act), "asked for");
      return;
    case "own":
      coverage.count(act.code === 0 ? act.what : `${act.what} ${act.code}`, "asked for");
      return;
    default: {
      const states = await lives.waiting();
      for (const state of states.length === 0 ? ["idle"] : states) coverage.count(act.do, state);
    }
  }
}

function named({ road, fault }: Act & { do: "platform" }): string {
  const how = "how" in fault ? ` ${fault.how}` : "";
  return `${road}: ${fault.at}${how}${"message" in fault ? ` ${fault.message}` : ""}`;
}

async function perform(stage: Stage, act: Act): Promise<void> {
  const { lives, platform, people } = stage;
  switch (act.do) {
    case "says":
    case "taps":
      people.say(act);
      break;
    case "unsends":
      people.unsend(act.person);
      break;
    case "copy":
      people.copy(act.person, act.marked);
      break;
    case "platform":
      platform.fault(act.road, act.fault);
      break;
    case "quota":
      platform.quota(act.left);
      break;
    case "store away":
      lives.storeAwayFor(act.ms);
      break;
    case "store slow":
      lives.storeSlowFor(act.ms);
      break;
    case "clock forward":
      lives.stepClock(act.ms);
      break;
    case "clock back":
      lives.stepClock(-act.ms);
      break;
    case "days pass":
      lives.stepClock(act.days * DAY_MS);
      platform.passDays(act.days);
      break;
    case "own":
      platform.own(act);
      break;
    case "row lost":
      await loseRow(stage, act.person);
      break;
    case "access token revoked":
      lives.revokeToken();
      break;
    case "access token mended":
      lives.mendToken();
      break;
    case "kill":
      lives.kill();
      break;
    case "shut down":
      void lives.shutDown();
      break;
    default:
      act satisfies never;
  }
}

async function loseRow({ people, disk, lives }: Stage, person: number): Promise<void> {
  const said = people.chosen(person);
  if (said === null || !(await disk.rows.lose(said.eventId))) return;
  people.noteDamage(person);
  lives.witness.lost(said.token);
}

/** A redelivery may come two minutes late; a push of unknown fate is tried again for as long. */
const LIMIT_MS = 30 * 60_000;
const STEP_MS = 4_000;

/** Nothing goes wrong any more; everybody writes once more, so that what waits for a free road finds one. */
async function calmDown({ lives, platform, bots: crew, door, people, clock, disk }: Stage): Promise<boolean> {
  lives.calm();
  crew.calm();
  door.calm();
  platform.calm();
  // What was sent meanwhile is reported later: asked anew each time.
  const isIdle = async () => {
    let hasEnded = false;
    void platform.idle().then(() => (hasEnded = true));
    await clock.advance(0);
    return hasEnded;
  };
  const isQuiet = async () => lives.isUp && !(await isMoving(lives, disk)) && (await isIdle());
  const waitUntilQuiet = async () => {
    for (let passedMs = 0; passedMs < LIMIT_MS; passedMs += STEP_MS) {
      await clock.advance(STEP_MS);
      if (await isQuiet()) return true;
    }
    return false;
  };
  if (!(await waitUntilQuiet())) return false;
  platform.lastWord();
  for (let person = 0; person < people.count; person++) {
    people.say({ do: "says", person, count: 1, lost: false, lateMs: 0 });
  }
  return await waitUntilQuiet();
}

const MOVING: ReadonlySet<string> = new Set(["collecting", "ready", "leased", "pending", "sending"]);

/** Something goes on by itself. What is parked, dead or held waits for somebody. */
async function isMoving(lives: Lives, { rows }: SeedStore): Promise<boolean> {
  const states = await lives.waiting();
  if (states.some((state) => MOVING.has(state))) return true;
  return states.includes("unknown") && rows.isAnyUnknownDue();
}

async function digestOf({ lives, platform, bots: crew, door, copies, disk }: Stage): Promise<string> {
  const rows = await disk.rows.everything();
  const seen = [lives.calls, door.frames, platform.evidence(), crew.handed, copies, lives.witness.roads, rows];
  return createHash("sha256").update(JSON.stringify(seen)).digest("hex");
}
