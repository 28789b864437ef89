/**
 * Goal: the alert rules and the dashboard speak of what the program exports, and can be loaded.
 * Method: every expression is parsed by Prometheus's own grammar; each metric, label and known label value in it is looked
 * up in a registry that a gateway would export.
 */
import { readFileSync } from "node:fs";
import { parser } from "@prometheus-io/lezer-promql";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { WAITING_STATES } from "../src/core/waiting.ts";
import { createMetrics } from "../src/runtime/metrics.ts";

const read = (path: string) => readFileSync(new URL(`../examples/monitoring/${path}`, import.meta.url), "utf8");

const Rules = z.strictObject({
  groups: z
    .array(
      z.strictObject({
        name: z.string(),
        rules: z.array(
          z.strictObject({
            alert: z.string().regex(/^Turnpike[A-Z]\w+$/),
            expr: z.string(),
            for: z
              .string()
              .regex(/^\d+[smh]$/)
              .optional(),
            labels: z.strictObject({ severity: z.enum(["page", "warn", "info"]) }),
            annotations: z.strictObject({ summary: z.string() }),
          }),
        ),
      }),
    )
    .min(1),
});

const Dashboard = z.looseObject({
  title: z.string(),
  uid: z.string(),
  schemaVersion: z.int(),
  templating: z.object({ list: z.array(z.looseObject({ name: z.string() })) }),
  panels: z.array(
    z.looseObject({
      id: z.int(),
      title: z.string().min(1),
      gridPos: z.object({ h: z.int(), w: z.int(), x: z.int(), y: z.int() }),
      targets: z.array(z.object({ refId: z.string(), expr: z.string(), legendFormat: z.string() })).default([]),
    }),
  ),
});

interface Exported {
  readonly labels: ReadonlySet<string>;
}

/** Every name that a scrape shows: a histogram has three. */
const EXPORTED: ReadonlyMap<string, Exported> = new Map(
  createMetrics()
    .registry.getMetricsAsArray()
    .flatMap((metric) => {
      const { name, labelNames = [] } = metric as unknown as { name: string; labelNames?: readonly string[] };
      const labels = new Set(labelNames);
      if (String(metric.type) !== "histogram") return [[name, { labels }] as const];
      const bucket = [`${name}_bucket`, { labels: new Set([...labels, "le"]) }] as const;
      return [bucket, [`${name}_sum`, { labels }] as const, [`${name}_count`, { labels }] as const];
    }),
);

interface Selected {
  readonly metric: string;
  readonly matchers: readonly (readonly [label: string, value: string])[];
}

interface Read {
  readonly errors: readonly string[];
  readonly selected: readonly Selected[];
  readonly grouped: readonly string[];
}

/** What an expression is made of. Grafana's variables are no PromQL: they stand for a range and for a name. */
function readExpression(given: string): Read {
  const text = given.replaceAll("$__rate_interval", "5m").replaceAll("$channel", "line");
  const errors: string[] = [];
  const selected: { metric: string; matchers: [string, string][] }[] = [];
  const grouped: string[] = [];
  parser.parse(text).iterate({
    enter({ type, from, to }) {
      const part = text.slice(from, to);
      if (type.isError) errors.push(`at ${from}: ${text.slice(from - 10, to + 10)}`);
      if (type.name === "VectorSelector") selected.push({ metric: /^[\w:]*/.exec(part)?.[0] ?? "", matchers: [] });
      if (type.name === "UnquotedLabelMatcher") {
        const [, label = "", value = ""] = /^(\w+)\s*(?:=~|!=|!~|=)\s*"(.*)"$/.exec(part) ?? [];
        selected.at(-1)?.matchers.push([label, value]);
      }
      if (type.name === "GroupingLabels") grouped.push(...(part.match(/\w+/g) ?? []));
    },
  });
  return { errors, selected, grouped };
}

/** Labels that Prometheus itself adds to what it scrapes. */
const OF_PROMETHEUS = new Map([["up", { labels: new Set(["job", "instance"]) }]]);

function problemsOf(expression: string): string[] {
  const { errors, selected, grouped } = readExpression(expression);
  const problems = errors.map((error) => `can't be parsed ${error}`);
  if (selected.length === 0) problems.push("asks for no metric");
  for (const { metric, matchers } of selected) {
    const exported = EXPORTED.get(metric) ?? OF_PROMETHEUS.get(metric);
    if (exported === undefined) {
      problems.push(`${metric} is not exported`);
      continue;
    }
    for (const [label, value] of matchers) {
      if (!exported.labels.has(label)) problems.push(`${metric} has no label ${label}`);
      const isState = label === "state" && metric === "turnpike_oldest_seconds";
      if (isState && !WAITING_STATES.some((state) => state === value)) problems.push(`there is no state ${value}`);
    }
    for (const label of grouped) {
      if (!exported.labels.has(label)) problems.push(`${metric} can't be grouped by ${label}`);
    }
  }
  return problems;
}

const rules = Rules.parse(parseYaml(read("alerts.yaml"))).groups.flatMap((group) => group.rules);
const dashboard = Dashboard.parse(JSON.parse(read("dashboard.json")));

describe("the alert rules", () => {
  test.each(rules.map((rule) => [rule.alert, rule] as const))("%s asks for what is exported", (_name, { expr }) => {
    expect(problemsOf(expr)).toEqual([]);
  });

  test.each(rules.map((rule) => [rule.alert, rule] as const))("%s says what to do", (_name, { annotations, expr }) => {
    const { summary } = annotations;
    expect(summary).toMatch(
      /\b(check|look|renew|raise|upgrade|compare|subscribe|correct|find out|configure|use|restart)\b/i,
    );
    expect(summary.length).toBeLessThan(260);
    // What it names must come with the alert: labels that the expression keeps.
    const { selected, grouped } = readExpression(expr);
    const aggregates = /\bsum by\b/.test(expr);
    for (const [, label = ""] of summary.matchAll(/\$labels\.(\w+)/g)) {
      const kept = aggregates
        ? grouped.includes(label)
        : selected.every(({ metric }) => EXPORTED.get(metric)?.labels.has(label));
      expect(kept, label).toBe(true);
    }
  });

  test("have names of their own", () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  test("leave no waiting state without an alert", () => {
    const watched = rules.flatMap(({ expr }) => readExpression(expr).selected).flatMap(({ matchers }) => matchers);
    const states = watched.filter(([label]) => label === "state").map(([, value]) => value);
    expect(new Set(states)).toEqual(new Set(WAITING_STATES));
  });
});

describe("the dashboard", () => {
  const targets = dashboard.panels.flatMap(({ title, targets: all }) => all.map(({ expr }) => [title, expr] as const));

  test.each(targets)("%s: %s", (_title, expr) => {
    expect(problemsOf(expr)).toEqual([]);
  });

  test("shows every metric that is exported", () => {
    const shown = targets.flatMap(([, expr]) => readExpression(expr).selected.map(({ metric }) => metric));
    const base = (name: string) => name.replace(/_(bucket|sum|count)$/, "");
    expect(new Set(shown.map(base))).toEqual(new Set([...EXPORTED.keys()].map(base)));
  });

  test("has panels with ids of their own that don't lie on one another", () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)}/${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos }) => gridPos.x + gridPos.w))).toBeLessThanOrEqual(24);
  });
});

test.each([
  ["rate(turnpike_nothing_total[5m])", "turnpike_nothing_total is not exported"],
  ['turnpike_oldest_seconds{state="redy"}', "there is no state redy"],
  ['turnpike_waiting{queue="x"}', "turnpike_waiting has no label queue"],
  ["sum by (account) (turnpike_turns_total)", "turnpike_turns_total can't be grouped by account"],
  ["rate(turnpike_turns_total[5m]", "can't be parsed"],
  ["1 + 1", "asks for no metric"],
])("a mistake is seen: %s", (expression, problem) => {
  expect(problemsOf(expression).join("\n")).toContain(problem);
});
