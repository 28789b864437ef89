/**
 * `npm run soak`: healthy people on LINE, Messenger and WhatsApp write for ten minutes, while everything around them goes
 * wrong at once: a Graph API that hangs, a bot that hangs, turns that a bot can't answer or answers with nonsense, bots by
 * WebSocket and openab whose connection drops at one word, people whom the platform refuses, forty strangers at the agents'
 * endpoint, and a wall clock that is a day ahead for seconds. On SQLite, and then on PostgreSQL. Prints how long the healthy
 * ones waited, and what it cost; ends with 1 when one of them was lost, doubled, paid for, or p99 was over 3 s.
 * SOAK_SECONDS: default 600; SOAK_STORES: default `SQLite,PostgreSQL`.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { startPostgresServer } from "../../test/support/postgres-server.ts";
import { print, progress, type Section } from "../support/section.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type Healthy, live, type Waits } from "./healthy.ts";
import { type Platforms, startPlatforms } from "./platforms.ts";
import type { SoakSetup } from "./setup.ts";
import { trouble } from "./trouble.ts";

const SECONDS = Number(process.env.SOAK_SECONDS ?? 600);
const PEOPLE = Number(process.env.SOAK_PEOPLE ?? 200);
/** Mean pause of a person between an answer and their next message. */
const PAUSE_MS = 20_000;
const P99_LIMIT_MS = 3_000;

const texts = (bubbles: readonly { readonly text: string | null }[]) => bubbles.map(({ text }) => text ?? "");

/** On LINE with a bot over HTTP, on LINE with an openab core, on Messenger, and on WhatsApp with a bot by WebSocket, in turn. */
function healthyPeople({ line, team, messenger, whatsapp }: Platforms): readonly Healthy[] {
  const ofLine = (on: typeof line, name: string, id: string): Healthy => ({
    name: `${name} ${id}`,
    says: (text) => on.person(id).says(text),
    screen: () => texts(on.seenBy(id)),
  });
  const kinds: readonly ((n: number) => Healthy)[] = [
    (n) => ofLine(line, "line", `Uwell${n}`),
    (n) => ofLine(team, "line/team", `Uwell${n}`),
    (n) => {
      const person = messenger.person(`well${n}`);
      const screen = () => texts(messenger.seenBy(`well${n}`));
      return { name: `messenger well${n}`, says: (text) => person.says(text), screen };
    },
    (n) => {
      const id = `15550${String(n).padStart(6, "0")}`;
      const person = whatsapp.person(id);
      return { name: `whatsapp ${id}`, says: (text) => person.says(text), screen: () => texts(whatsapp.seenBy(id)) };
    },
  ];
  return Array.from({ length: PEOPLE }, (_, n) => (kinds[n % kinds.length] as (n: number) => Healthy)(n));
}

/** Pushes to healthy people. Only LINE has them; on the others an answer within the window is free. */
function pushesOf({ line, team }: Platforms): number {
  return [line, team]
    .flatMap(({ calls }) => calls)
    .filter(({ path, body }) => path.endsWith("/push") && (JSON.parse(body) as { to: string }).to.startsWith("Uwell"))
    .length;
}

interface Result extends Waits {
  readonly pushes: number;
}

async function soak(database: string): Promise<Result> {
  await using platforms = await startPlatforms();
  const setup: SoakSetup = { ...platforms.setup, database };
  const child = fork(new URL("./gateway.ts", import.meta.url), [JSON.stringify(setup)], {
    stdio: ["ignore", process.env.SOAK_LOG === undefined ? "ignore" : "inherit", "inherit", "ipc"],
  });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  const at = (path: string) => `http://127.0.0.1:${port}/webhook/${path}`;
  platforms.line.webhookUrl = at("line/default");
  platforms.team.webhookUrl = at("line/team");
  platforms.messenger.webhookUrl = at("messenger/default");
  platforms.whatsapp.webhookUrl = at("whatsapp/default");
  const endsAt = performance.now() + SECONDS * 1_000;
  let isAnswered = false;
  const ending = trouble(platforms, { port, process: child }, () => isAnswered);
  const waits = await live(healthyPeople(platforms), PAUSE_MS, () => performance.now() >= endsAt);
  isAnswered = true;
  await ending;
  const pushes = pushesOf(platforms);
  const ended = once(child, "exit");
  child.disconnect();
  await ended;
  return { ...waits, pushes };
}

const isHealthy = ({ p99Ms, pushes, lost, doubled }: Result) =>
  p99Ms < P99_LIMIT_MS && pushes === 0 && lost.length === 0 && doubled === 0;

const rows: (readonly string[])[] = [];
const results: Result[] = [];
for (const store of (process.env.SOAK_STORES ?? "SQLite,PostgreSQL").split(",")) {
  progress(`soak on ${store}: ${SECONDS} s`);
  await using folder = await temporaryFolder();
  const server = store === "PostgreSQL" ? await startPostgresServer() : null;
  const database = server === null ? `sqlite:${folder.file("soak.db")}` : await server.createDatabase("soak");
  const result = await soak(database);
  results.push(result);
  await server?.destroy();
  const { answered, p50Ms, p99Ms, longestMs, pushes, lost, doubled } = result;
  progress(`${answered} answers, p99 ${p99Ms.toFixed(0)} ms, lost ${lost.length}`);
  for (const one of lost) progress(`no answer: ${one}`);
  const seconds = [p50Ms, p99Ms, longestMs].map((ms) => (ms / 1_000).toFixed(2));
  rows.push([store, ...[answered, ...seconds, pushes, lost.length, doubled].map(String)]);
}
print({
  title: "Healthy people in the middle of trouble",
  how: `${PEOPLE} people on LINE, Messenger and WhatsApp, ${SECONDS} s, default quiet time (1.5 s). Pushes: to them, on LINE.`,
  head: ["", "answers", "p50 s", "p99 s", "longest s", "pushes", "lost", "doubled"],
  rows,
} satisfies Section);
process.exit(results.every(isHealthy) ? 0 : 1);
