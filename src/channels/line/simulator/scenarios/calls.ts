import { entriesOf, exactly, type Scenario, type Stage } from "../../../simulation/scenario.ts";
import { answers, attempts, deliveries, evidence, shows, turns } from "../../../simulation/scenario-expectations.ts";
import type { Bubble } from "../world.ts";

/** The routes that the messages on the screen took: `reply` is free. */
const shownBy = (...routes: readonly Bubble["route"][]) =>
  exactly(
    `messages that came as ${routes.join(", then ")}`,
    ({ bubbles }) => bubbles.map((bubble) => (bubble as Bubble).route),
    routes,
  );

const INVALID_TOKEN = { route: "reply", at: "before-accept", how: 400, message: "Invalid reply token" } as const;
const says = ({ person }: Stage) => person("The person writes", "says", { text: "Are you open today?" });

export const LINE_CALL_SCENARIOS: readonly Scenario[] = [
  ...([500, "disconnect"] as const).map((how): Scenario => {
    const fails = how === 500 ? "answers 500" : "breaks the connection";
    return {
      id: how === 500 ? "reply-accepted-500" : "reply-accepted-cut",
      titleKey: how === 500 ? "scenario.replyAccepted500" : "scenario.replyAcceptedCut",
      steps: async (stage) => {
        await stage.does(`LINE takes the next reply and ${fails}`, "faults", {
          route: "reply",
          at: "after-accept",
          how,
        });
        await says(stage);
      },
      expects: [
        answers(how, 400),
        attempts("reply unknown", "reply token-invalid"),
        deliveries("sent"),
        evidence("token-consumed"),
        shownBy("reply"),
      ],
    };
  }),
  {
    id: "push-accepted-cut",
    titleKey: "scenario.pushAcceptedCut",
    steps: async (stage) => {
      await stage.does("LINE refuses the next reply token", "faults", INVALID_TOKEN);
      const cut = { route: "push", at: "after-accept", how: "disconnect" };
      await stage.does("and takes the next push, but breaks the connection", "faults", cut);
      await says(stage);
    },
    expects: [
      answers(400, "disconnect", 409),
      attempts("reply token-invalid", "push unknown", "push sent"),
      evidence("retry-key"),
      deliveries("sent"),
      {
        words: "LINE names the push that it accepted before",
        unmet: (seen) =>
          entriesOf(seen, "attempt").some(({ acceptedRequestId }) => acceptedRequestId !== null)
            ? null
            : "it names none",
      },
      shownBy("push"),
    ],
  },
  {
    id: "token-died",
    titleKey: "scenario.tokenDied",
    steps: async (stage) => {
      await says(stage);
      await stage.person("The reply token dies before the answer", "expire-reply-tokens");
    },
    expects: [
      answers(400, 200),
      attempts("reply token-invalid", "push sent"),
      deliveries("sent"),
      turns(1),
      shownBy("push"),
    ],
  },
  {
    id: "platform-down",
    titleKey: "scenario.platformDown",
    steps: async (stage) => {
      const down = { route: "reply", at: "before-accept", how: 503, times: 2 };
      await stage.does("LINE is down for two calls", "faults", down);
      await says(stage);
    },
    expects: [
      answers(503, 503, 200),
      attempts("reply unknown", "reply unknown", "reply sent"),
      deliveries("sent"),
      shownBy("reply"),
    ],
  },
  {
    id: "too-fast",
    titleKey: "scenario.tooFast",
    steps: async (stage) => {
      await stage.does("LINE finds the next reply too fast", "faults", {
        route: "reply",
        at: "before-accept",
        how: 429,
      });
      await says(stage);
    },
    expects: [answers(429, 200), attempts("reply rate-limited", "reply sent"), deliveries("sent"), shownBy("reply")],
  },
  {
    id: "access-refused",
    titleKey: "scenario.accessRefused",
    // The gateway asks about a stopped account after a while, and starts it by itself.
    limitMs: 120_000,
    steps: async (stage) => {
      await stage.does("LINE refuses the next call's access token", "faults", {
        route: "reply",
        at: "before-accept",
        how: 401,
      });
      await says(stage);
      await stage.until(deliveries("pending"));
    },
    expects: [answers(401, 200), attempts("reply account-stopped", "reply sent"), deliveries("sent"), shows(1)],
  },
  {
    id: "no-answer-in-time",
    titleKey: "scenario.noAnswerInTime",
    limitMs: 60_000,
    steps: async (stage) => {
      await stage.does("LINE answers the next reply late", "faults", { route: "reply", at: "slow", delayMs: 12_000 });
      await says(stage);
    },
    expects: [deliveries("sent"), evidence("token-consumed"), shows(1), shownBy("reply")],
  },
  {
    id: "quota-gone",
    titleKey: "scenario.quotaGone",
    steps: async (stage) => {
      await stage.does("No paid message is left this month", "quota", { limit: 0 });
      await stage.does("LINE refuses the next reply token", "faults", INVALID_TOKEN);
      await says(stage);
      await stage.until(deliveries("parked"));
      await stage.person("The person writes again", "says", { text: "Hello?" });
    },
    expects: [
      deliveries("sent", "sent"),
      {
        words: "the first answer came along with the second",
        unmet: (seen) => (entriesOf(seen, "delivery")[0]?.bundledInto == null ? "it came alone, or not at all" : null),
      },
      shownBy("reply", "reply"),
    ],
  },
];
