/** Makes a page of the parts' figures. Every figure in it comes from the run. */
import type { Points } from "./fault-points.ts";
import type { Disk, Kills, Mutations, Part, Seeds } from "./parts.ts";

export interface Machine {
  readonly commit: string;
  /** The working tree had uncommitted changes. */
  readonly isDirty: boolean;
  readonly date: string;
  readonly node: string;
  readonly sqlite: string;
  readonly cores: number;
  readonly memoryGiB: string;
  readonly kernel: string;
}

export interface Proof {
  readonly machine: Machine;
  readonly seconds: number;
  readonly kills: Part<Kills>;
  readonly disk: Part<readonly Disk[]>;
  readonly faultPoints: Part<readonly Points[]>;
  readonly seeds: Part<Seeds>;
  readonly mutations: Part<Mutations>;
}

type Row = readonly (string | number)[];

function table(head: readonly string[], rows: readonly Row[]): string {
  const align = head.map((_, index) => (index === 0 ? "---" : "---:"));
  return [head, align, ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function section<F>(title: string, words: string, part: Part<F>, show: (figures: F) => string): string {
  const found = "figures" in part ? show(part.figures) : `No figures from this run: ${part.why}.`;
  return `## ${title}\n\n${words}\n\n${found}\n\nThis part took ${part.seconds.toFixed(0)} s.\n`;
}

function killsSection(part: Part<Kills>): string {
  const words = `The shipped program, over real sockets, is killed with \`kill -9\` at every stage of a message's way while
twelve people keep writing, and started again on the same file. A message counts as acked when the platform got a 200
for it. Lost: its person never saw the answer. Doubled: somebody saw an answer twice. Unknown: at the end it could not be
known whether a delivery arrived. To repeat: \`npm run build && TURNPIKE_TEST_KILL_ROUNDS=3 npx vitest run --project e2e test/e2e/kill.test.ts\`.`;
  return section("Kills", words, part, (kills) =>
    table(
      ["kills", "acked", "answered", "lost", "doubled", "unknown"],
      [[kills.kills, kills.acked, kills.answered, kills.lost, kills.doubled, kills.unknown]],
    ),
  );
}

function diskSection(part: Part<readonly Disk[]>): string {
  const words = `The shipped program under strace, which records its system calls in order and injects fsync errors, and on a small
disk that another file fills. Early: a 200 was sent before its own write was synced. Lost and doubled as above. After a
failed fsync the process ended by itself and was started again; on the full disk it kept running. The rows for comparison
show that the check can fail. To repeat: \`npx vitest run --project e2e test/e2e/disk\`.`;
  const columns = ["acked", "fsyncs", "early", "refused", "lost", "doubled"] as const;
  return section("Disk", words, part, (rows) =>
    table(
      ["what", ...columns],
      rows.map((row) => [row.what, ...columns.map((name) => row[name] ?? "")]),
    ),
  );
}

function faultsSection(part: Part<readonly Points[]>): string {
  const words = `Each scenario runs once to count its calls to the store, the agent and the platform, and then once per
call and fault: the process dies before or after the call, is frozen there while another process takes over its work, or
never gets the answer. A violation is a promise found broken by an independent checker, which sees only webhooks, turns,
screens and final rows. To repeat: \`npx vitest run --project thorough test/fault-points\`.`;
  return section("Fault points", words, part, (points) => {
    const faults = [...new Set(points.map(({ fault }) => fault))];
    const scenarios = [...new Set(points.map(({ scenario }) => scenario))];
    const sum = (some: readonly Points[], of: "points" | "violations") =>
      some.reduce((total, one) => total + one[of], 0);
    const row = (name: string, some: readonly Points[]): Row => [
      name,
      ...faults.map((fault) =>
        sum(
          some.filter((one) => one.fault === fault),
          "points",
        ),
      ),
      sum(some, "violations"),
    ];
    const rows = scenarios.map((name) =>
      row(
        name,
        points.filter(({ scenario }) => scenario === name),
      ),
    );
    return table(["scenario", ...faults, "violations"], [...rows, row("all", points)]);
  });
}

function seedsSection(part: Part<Seeds>): string {
  const words = `Each seed is one simulated run of people, groups, a platform and agents, all misbehaving, with crashes,
store errors, lost rows, a revoked access token, receipts that come late, twice or never, and clock steps of up to days, on
a manual clock and a real SQLite file. Each seed draws its channel, and the same seed repeats the same run. An oracle that
knows nothing of the pipeline checks every promise from what everybody saw. Lost and doubled as above. Unknown: a delivery
that is shown as unknown and not guessed. Pairs count how many different faults met how many different states, which is the
coverage. To repeat:
\`node scripts/simulate-seeds.ts --seeds 2000\`.`;
  return section("Seeds", words, part, (figures) => `${seedFigures(figures)}\n\n${faultFigures(figures)}`);
}

function seedFigures(figures: Seeds): string {
  return table(
    ["figure", "count"],
    [
      ["seeds", figures.seeds],
      ["first seed", figures.from],
      ...Object.entries(figures.channels).map(([channel, count]) => [`on ${channel}`, count] as const),
      ["seeds with a violation", figures.broken],
      ["acked", figures.acked],
      ["answered", figures.answered],
      ["unanswered with a reason", figures.excused],
      ["lost", figures.lost],
      ["doubled", figures.doubled],
      ["sent again because of the setting `resend`, and recorded", figures.sentAgain],
      ["unknown, received by the person", figures.unknownSeen],
      ["unknown, not received by the person", figures.unknownUnseen],
      ["crashes", figures.crashes],
      ["pairs of fault and state", figures.pairs],
    ],
  );
}

function faultFigures({ faults, coverage }: Seeds): string {
  const pairs = Object.keys(coverage);
  return table(
    ["fault", "times", "states met"],
    Object.entries(faults).map(([fault, times]) => [
      fault,
      times,
      pairs.filter((pair) => pair.includes(` | ${fault} × `)).length,
    ]),
  );
}

function mutationsSection(part: Part<Mutations>): string {
  const words = `One mechanism at a time is removed from a copy of the program: a fence, a unique key, the wait for the
commit, the retry key. Caught: a test failed without it. Survived: none did, and then the other figures on this page would
prove little. To repeat: \`npm run mutations\`; \`npm run mutations -- --list\` names them.`;
  return section("Mutations", words, part, ({ mutations, caught, survived }) => {
    const names = survived.length === 0 ? "" : `\n\nSurvived: ${survived.join(", ")}.`;
    return table(["mutations", "caught", "survived"], [[mutations, caught, survived.length]]) + names;
  });
}

function machineTable({ machine, seconds }: Proof): string {
  const { commit, isDirty, date, node, sqlite, cores, memoryGiB, kernel } = machine;
  return table(
    ["run", ""],
    [
      ["commit", isDirty ? `${commit}, with uncommitted changes` : commit],
      ["date", date],
      ["Node", node],
      ["SQLite", sqlite],
      ["machine", `${cores} cores, ${memoryGiB} GiB of memory, ${kernel}`],
      ["took", `${seconds.toFixed(0)} s`],
    ],
  );
}

export function page(proof: Proof): string {
  const head = `# Durability\n\nWritten by \`npm run durability\` from one run; no figure is typed by hand. [docs/architecture.md](docs/architecture.md)
says what the promises are and how they are kept.`;
  return `${[
    head,
    machineTable(proof),
    killsSection(proof.kills),
    diskSection(proof.disk),
    faultsSection(proof.faultPoints),
    seedsSection(proof.seeds),
    mutationsSection(proof.mutations),
  ]
    .join("\n\n")
    .replaceAll("\n\n\n", "\n\n")
    .trimEnd()}\n`;
}
