/** Bugs of others on the way out: working on a turn, sending its answer, and running the whole. */
import {
  ACCOUNT,
  ANSWERING,
  BETWEEN,
  BUSY,
  type Entry,
  FENCED,
  HALF,
  LINE,
  NEXT,
  OUTGOING,
  PIPELINE,
  REPEATING,
  SENDING,
  SWEEPING,
  TAKING_IN,
  WORKING,
} from "./regressions-entry.ts";

export const WORKED: readonly Entry[] = [
  [
    24,
    {
      bug: "the lease ends while the model still thinks",
      tests: [[PIPELINE, "keeps its turn, because the lease is renewed while it works"]],
    },
  ],
  [25, { bug: "somebody else's lease is given back", tests: [[WORKING, FENCED]] }],
  [
    26,
    {
      bug: "a worker that lost its lease answers all the same",
      tests: [
        [PIPELINE, "makes the old answer worthless, also when that comes first"],
        [PIPELINE, "aborts the agent's signal when it is noticed"],
        [WORKING, FENCED],
      ],
    },
  ],
  [
    27,
    {
      bug: "after a crash a person waits for the whole life of the lease",
      tests: [
        [SWEEPING, "reclaimOrphanedLeases after a crash behind the moment when"],
        [
          "test/e2e/kill.test.ts",
          "killed at every moment of a message's way, everything that was acked is answered exactly once and in order",
        ],
      ],
    },
  ],
  [
    28,
    {
      bug: "a second try at a turn answers again",
      tests: [
        [ANSWERING, "refuses a second answer, and nothing has changed"],
        [ANSWERING, "counts one of two answers that come in the same commit"],
      ],
    },
  ],
  [
    29,
    {
      bug: "a turn is done before its answer is safe",
      tests: [
        [HALF, "regression_a_turn_whose_answer_could_not_be_queued_is_not_done"],
        [ANSWERING, "ends the turn and queues its deliveries in one"],
      ],
    },
  ],
  [
    30,
    {
      bug: "all attempts are used up within minutes",
      tests: [
        [BUSY, "regression_an_outage_longer_than_all_attempts_kills_no_message"],
        [ANSWERING, "gives up only after maxAgeMs, however many attempts were made"],
      ],
    },
  ],
  [
    31,
    {
      bug: "what is dead has no payload, no list and no way back",
      tests: [
        ["test/e2e/scenarios-working.test.ts", "a turn refused with a 400 is dead, and its payload is kept"],
        [SWEEPING, ", however old it is"],
        [
          "test/e2e/dead-letters.test.ts",
          "finds, explains and brings back a dead turn, an unknown and a parked delivery",
        ],
      ],
    },
  ],
];

export const SENT: readonly Entry[] = [
  [
    32,
    {
      bug: "an error is answered by the token that just failed",
      tests: [[OUTGOING, "a body that LINE refuses is dead and visible, and its token is never used again"]],
    },
  ],
  [
    33,
    {
      bug: "a reply that may have been accepted is pushed as well",
      tests: [
        [
          OUTGOING,
          "a reply accepted and then disconnected goes out again on the same token: no push, one message seen",
        ],
        [REPEATING, "is never followed by another route, however long it takes"],
        ["src/core/one-copy.test.ts", "is never paid for after a reply that may have been accepted"],
      ],
    },
  ],
  [
    34,
    {
      bug: "what was certainly not sent is thrown away as a possible copy",
      tests: [
        [OUTGOING, "while LINE is unreachable an answer waits, and is one message when LINE is back on the same port"],
        [ACCOUNT, "a rate limit slows the answer down, and it arrives once"],
        [ACCOUNT, "a 401 stops the account and keeps its deliveries"],
      ],
    },
  ],
  [
    35,
    {
      bug: "nobody reads that the quota is used up",
      tests: [[ACCOUNT, "an answer past the month's quota is parked, and travels in front of the next turn's"]],
    },
  ],
  [
    36,
    {
      bug: "an answer spends another turn's token",
      tests: [
        ["src/core/route.test.ts", "the turn's own token goes before another turn's, even if it lives longer"],
        [SENDING, "keeps another turn's token away until that turn is answered"],
      ],
    },
  ],
  [
    37,
    {
      bug: "one call that hangs stops all others",
      tests: [
        [BETWEEN, "regression_a_call_that_hangs_holds_up_nobody_elses_answer"],
        [`${LINE}/send.test.ts`, "regression: a hanging call doesn't block others"],
        [`${LINE}/send.test.ts`, "a timeout is unknown"],
      ],
    },
  ],
  [
    38,
    {
      bug: "tokens in a small memory: new ones refused, and all gone after a restart",
      tests: [[NEXT, "regression_many_free_tokens_survive_a_restart"]],
    },
  ],
  [
    39,
    {
      bug: "any refusal with a certain word in it counts as a dead token",
      tests: [
        [`${LINE}/classify.test.ts`, "400 about another token"],
        [`${LINE}/classify.test.ts`, "regression: 400 that says expired"],
      ],
    },
  ],
  [
    40,
    {
      bug: "each message is a call of its own: one free, the others paid",
      tests: [
        [ANSWERING, "packs messages into as few calls as they fit in, in order"],
        [OUTGOING, "of seven replies five travel on the free token and two in one push, in order"],
      ],
    },
  ],
  [
    41,
    {
      bug: "the sixth message is dropped",
      tests: [
        [`${LINE}/render.test.ts`, "regression: six messages are two calls, and the first is full"],
        ["src/core/pack-calls.test.ts", "every message goes out once, in order, in calls of at most five"],
      ],
    },
  ],
  [
    42,
    {
      bug: "a text is measured in another unit than the platform's",
      tests: [[`${LINE}/render.test.ts`, "regression: 4 096 emoji are 8 192 UTF-16 units, and none of them is lost"]],
    },
  ],
  [
    43,
    {
      bug: "a used-up month is tried again as if it were a rate limit",
      tests: [
        [`${LINE}/classify.test.ts`, "regression: 429 for the month is not a rate limit"],
        // The push is made once, and then waits for the person.
        [ACCOUNT, "an answer past the month's quota is parked, and travels in front of the next turn's"],
      ],
    },
  ],
  [
    44,
    {
      bug: "quick replies are on a message that isn't the last",
      tests: [
        [`${LINE}/render.test.ts`, "hang on the last part of a long question"],
        [`${LINE}/render.test.ts`, "become buttons that stay, each of them"],
      ],
    },
  ],
  [
    45,
    {
      bug: "a retry is rendered anew under the old key",
      tests: [[REPEATING, "route is repeated with the recorded bytes, whatever the code would build now"]],
    },
  ],
  [
    46,
    {
      bug: "a control frame is shown as text",
      // What isn't a reply is refused with the field's name, and the person sees nothing of it.
      tests: [
        ["test/e2e/agent-endpoints.test.ts", "is a 400 that names the field, and the turn waits on"],
        ["src/agents/openab/answers.test.ts", "%s is never delivered as text"],
      ],
    },
  ],
  [
    47,
    {
      bug: "a late outcome takes back what is known of a delivery",
      tests: [
        ["src/core/receipt.test.ts", "in whatever order receipts come, and however often, none weakens the status"],
        [
          "src/core/delivery.test.ts",
          "a sent delivery is never sent again by itself: only a receipt of a failure brings it back",
        ],
        [
          "test/support/stores/conformance-receipts.ts",
          "in whatever order receipts come, and however often, the strongest receipt only grows",
        ],
      ],
    },
  ],
  [
    48,
    {
      bug: "a back-off lets a later message overtake",
      tests: [
        [SENDING, "wait behind one that backs off, also those of a later turn"],
        [OUTGOING, "the second part of an answer doesn't overtake the first while that one is refused for now"],
      ],
    },
  ],
  [
    49,
    {
      bug: "a chat that another module holds is answered",
      tests: [
        [`${LINE}/normalize.test.ts`, "regression: an event in standby is stored and never answered"],
        [TAKING_IN, "a standby event is stored and never answered"],
      ],
    },
  ],
  [
    50,
    {
      bug: "an apology goes out and the answer after it",
      tests: [["test/slow-reply.test.ts", "regression_no_failure_is_told_while_the_answer_may_still_come"]],
    },
  ],
];

export const RUN: readonly Entry[] = [
  [
    51,
    {
      bug: "commits aren't synced, and the setting read too early says that they are",
      tests: [
        ["src/store/sqlite/connection.test.ts", "commits to the disk: FULL and WAL are in force after a write"],
        ["test/e2e/disk.test.ts", "has an fsync of its own between its request and its 200"],
        ["test/e2e/disk.test.ts", "fails one that runs synchronous NORMAL"],
      ],
    },
  ],
  [
    52,
    {
      bug: "a setting with a space or in other words is silently none",
      tests: [
        ["src/config/config.test.ts", "may have white space around it, and an empty one counts as absent"],
        ["src/config/config.test.ts", "%s is refused with the suggestion %s"],
        [
          `${LINE}/config.test.ts`,
          "regression: spaces around a value change nothing, and a list of secrets is a rotation",
        ],
      ],
    },
  ],
  [
    53,
    {
      bug: "all is well, whatever happens",
      tests: [
        ["src/http/health.test.ts", "while the store can't commit /ready is 503, without details"],
        ["test/e2e/disk.test.ts", "the process lives on, isn't ready, and recovers by itself"],
      ],
    },
  ],
  [
    54,
    {
      bug: "what is slowed down is not in the figure that would wake somebody",
      tests: [
        [BUSY, "regression_what_a_slowed_account_holds_back_is_counted_by_its_age"],
        [SWEEPING, " with its age, through a crash"],
      ],
    },
  ],
  [
    55,
    {
      bug: "a file with secrets can be committed",
      tests: [
        ["test/regression_secret-files.test.ts", "regression_files_with_secrets_and_messages_are_ignored_by_git"],
      ],
    },
  ],
];
