/** One seed from the first word to the verdict. */
import { createHash } from "node:crypto";
import type { SeedsOf } from "../../../src/channels/simulation/fixtures/seeds.ts";
import { violatedInvariants } from "../faults/invariants.ts";
import type { Coverage } from "./coverage.ts";
import type { Figures } from "./figures.ts";
import { namesOf } from "./local-setup.ts";
import { findViolations } from "./oracle.ts";
import { platformOf } from "./platforms.ts";
import type { Restarts } from "./restarts.ts";
import type { SafeguardOverrides } from "./safeguard-overrides.ts";
import { type Act, type Script, scriptOf } from "./script.ts";
import { type Run, setUp } from "./set-up.ts";
import { type SeedStore, type StoreFixture, sqliteStoreFixture } from "./stores.ts";
import { TIMES } from "./times.ts";

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

export interface RunOptions {
  /** With a mechanism taken out. */
  readonly overrides?: SafeguardOverrides;
  /** Default: the one that the seed draws. */
  readonly channel?: SeedsOf | undefined;
  readonly storeFixture?: StoreFixture;
}

export async function runSeed(seed: number, options: RunOptions = {}): Promise<Outcome> {
  const { overrides = {}, channel = platformOf(seed), storeFixture = sqliteStoreFixture } = options;
  const script = scriptOf(seed, channel.troubles);
  const setup = setUp({ seed, script, disk: await storeFixture.next(), overrides, channel });
  try {
    await play(setup, script);
    const ended = await calmDown(setup);
    await setup.restarts.close();
    const { restarts, coverage } = setup;
    const { broken, figures } = await checkRun(setup);
    const all = [...broken, ...restarts.broken];
    if (!ended) all.push("G11: something still moves long after the last trouble");
    const { crashes } = restarts;
    return { seed, channel: channel.name, broken: all, figures, coverage, crashes, digest: await digestOf(setup) };
  } finally {
    await setup.restarts.close();
    setup.agentTransport.close();
    setup.platform.close();
    await setup.disk.drop();
  }
}

/** What two commits of one moment, or work that takes several rounds of the event loop, may be apart (ms). */
const GRACE_MS = 250;

async function checkRun(setup: Run): Promise<ReturnType<typeof findViolations>> {
  const { archive, disk, restarts, platform, script } = setup;
  await archive.keep(disk.rows);
  const { tokenTtlMs, maxWaitMs, dedupKeysMs, metadataMs } = TIMES;
  return findViolations({
    ...setup,
    rows: archive,
    violatedInvariants: await violatedInvariants(disk.select),
    waits: [...restarts.recorder.waits.values()],
    routes: restarts.recorder.routes,
    disturbances: restarts.disturbances.all,
    decided: setup.operator.decided,
    local: script.local && { unaffected: namesOf(script.local.unaffected, platform), boundMs: script.local.boundMs },
    invariants: {
      wait: { maxWaitMs, graceMs: GRACE_MS, endMs: restarts.watchedMs },
      route: { tokenTtlMs, marginMs: tokenTtlMs / 10, graceMs: GRACE_MS, metadataMs },
      dedupKeysMs,
      // A wait ends when the clock is set forward, and the message is still on its way.
      isOrderKept: !platform.isDisordered || restarts.machine.forwardMs === 0,
    },
  });
}

async function play(setup: Run, script: Script): Promise<void> {
  const startedAt = setup.clock.now();
  for (const { at, act } of script.acts) {
    await setup.clock.advance(Math.max(0, startedAt + at - setup.clock.now()));
    await recordStates(setup, act);
    await perform(setup, act);
  }
  await setup.clock.advance(Math.max(0, startedAt + script.lengthMs - setup.clock.now()));
}

const SPOKEN = { user: "one to one", group: "in a group", room: "in a room" } as const;

/** What a fault that hits everybody meets: every state in which something waits just now. */
async function recordStates({ restarts, coverage, people, disk }: Run, act: Act): Promise<void> {
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
      const said = act.do === "copy" && act.recovers === true ? people.lost(act.person) : people.next(act.person);
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
    case "operator decides":
      // It counts what it decides.
      return;
    case "own":
      coverage.count(act.code === 0 ? act.what : `${act.what} ${act.code}`, "asked for");
      return;
    default: {
      const states = await restarts.waiting();
      for (const state of states.length === 0 ? ["idle"] : states) coverage.count(act.do, state);
    }
  }
}

function named({ route, fault }: Act & { do: "platform" }): string {
  const how = "how" in fault ? ` ${fault.how}` : "";
  return `${route}: ${fault.at}${how}${"message" in fault ? ` ${fault.message}` : ""}`;
}

async function perform(setup: Run, act: Act): Promise<void> {
  const { restarts, platform, people } = setup;
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
      platform.fault(act.route, act.fault);
      break;
    case "quota":
      platform.quota(act.left);
      break;
    case "store away":
      restarts.storeUnavailableFor(act.ms);
      break;
    case "store slow":
      restarts.storeSlowFor(act.ms);
      break;
    case "clock forward":
      restarts.stepClock(act.ms);
      break;
    case "clock back":
      restarts.stepClock(-act.ms);
      break;
    case "days pass":
      restarts.passDays(act.days);
      platform.passDays(act.days);
      break;
    case "own":
      platform.own(act);
      break;
    case "row lost":
      await loseRow(setup, act.person);
      break;
    case "access token revoked":
      restarts.revokeToken();
      break;
    case "access token mended":
      restarts.mendToken();
      break;
    case "operator decides":
      void setup.operator.decide();
      break;
    case "kill":
      restarts.kill();
      break;
    case "shut down":
      void restarts.shutDown();
      break;
    default:
      act satisfies never;
  }
}

async function loseRow({ people, disk, restarts }: Run, person: number): Promise<void> {
  const said = people.chosen(person);
  if (said === null || !(await disk.rows.lose(said.eventId))) return;
  people.recordDamage(person);
  restarts.recorder.lost(said.token);
}

/** A redelivery may come two minutes late; a push of unknown outcome is tried again for as long. */
const LIMIT_MS = 30 * 60_000;
const STEP_MS = 4_000;

/** Nothing goes wrong any more; everybody writes once more, so that what waits for a free route finds one. */
async function calmDown({
  restarts,
  platform,
  bots: crew,
  agentTransport,
  people,
  clock,
  disk,
}: Run): Promise<boolean> {
  restarts.calm();
  crew.calm();
  agentTransport.calm();
  platform.calm();
  // What was sent meanwhile is reported later: asked anew each time.
  const isIdle = async () => {
    let hasEnded = false;
    void platform.idle().then(() => (hasEnded = true));
    await clock.advance(0);
    return hasEnded;
  };
  const isQuiet = async () => restarts.isUp && !(await isMoving(restarts, disk)) && (await isIdle());
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
async function isMoving(restarts: Restarts, { rows }: SeedStore): Promise<boolean> {
  const states = await restarts.waiting();
  if (states.some((state) => MOVING.has(state))) return true;
  return states.includes("unknown") && rows.isAnyUnknownDue();
}

async function digestOf({ restarts, platform, bots: crew, agentTransport, copies, disk }: Run): Promise<string> {
  const rows = await disk.rows.everything();
  const seen = [
    restarts.calls,
    agentTransport.frames,
    platform.evidence(),
    crew.handed,
    copies,
    restarts.recorder.routes,
    rows,
  ];
  return createHash("sha256").update(JSON.stringify(seen)).digest("hex");
}
