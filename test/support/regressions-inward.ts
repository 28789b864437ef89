/** Bugs of others on the way in: taking a webhook in, and collecting a turn. */
import {
  BETWEEN,
  BUSY,
  COLLECTING,
  type Entry,
  HALF,
  INGEST,
  LINE,
  NEXT,
  PIPELINE,
  TAKING_IN,
  TYPING,
  WORKING,
} from "./regressions-entry.ts";

export const TAKEN_IN: readonly Entry[] = [
  [
    1,
    {
      bug: "a key that outlives failed work makes every later copy a duplicate",
      tests: [
        [HALF, "regression_the_keys_of_a_webhook_that_failed_are_gone_with_it_and_the_next_copy_is_no_duplicate"],
        ["test/pipeline-interrupted.test.ts", "means 503, and the copy that comes later is answered once"],
        [INGEST, "is taken in again under the same keys, in a turn again, and reported"],
      ],
    },
  ],
  [
    2,
    {
      bug: "a copy that is marked as one is dropped though it is the first to arrive",
      tests: [
        [`${LINE}/normalize.test.ts`, "regression: is accepted like any other, because the first copy may be lost"],
        [TAKING_IN, "an event of which only the redelivered copy arrives is answered"],
      ],
    },
  ],
  [
    3,
    {
      bug: "equal words of two people count as one message",
      tests: [
        [INGEST, "of two people who write the same words is not the same"],
        [TAKING_IN, "two people in one webhook get an answer each, also to the same words"],
      ],
    },
  ],
  [
    4,
    {
      bug: "two copies at the same moment both find no key",
      tests: [
        [INGEST, "that comes at the same moment, in the same commit, makes no second event"],
        [TAKING_IN, "30 concurrent copies of one event are one turn and one message"],
      ],
    },
  ],
  [
    5,
    {
      bug: "keys in memory: another process takes the copy for new",
      tests: [
        [NEXT, "regression_a_copy_that_reaches_another_process_is_known"],
        ["test/postgres/concurrency.test.ts", "copies of an event that come in at both are one event"],
      ],
    },
  ],
  [
    6,
    { bug: "two accounts share a key", tests: [[INGEST, "of another account of the same channel is another event"]] },
  ],
  [
    7,
    {
      bug: "a 200 for what isn't on the disk yet",
      tests: [
        ["test/e2e/disk.test.ts", "has an fsync of its own between its request and its 200"],
        [
          "test/e2e/kill.test.ts",
          "killed at every moment of a message's way, everything that was acked is answered exactly once and in order",
        ],
        [INGEST, "survives the end of the process from the moment its promise resolves"],
      ],
    },
  ],
  [
    8,
    {
      bug: "an acked event is dropped because no agent is there",
      tests: [[PIPELINE, "while no agent can be reached turns wait, nobody is asked, and then all are answered"]],
    },
  ],
  [
    9,
    {
      bug: "the agent works inside the webhook's request, so the platform sends a copy and that is answered too",
      tests: [[BUSY, "regression_the_ack_does_not_wait_for_the_agent_and_a_copy_meanwhile_asks_nobody"]],
    },
  ],
  [
    10,
    {
      bug: "no secret means no check",
      tests: [
        ["src/http/webhooks.test.ts", "goes to %s, which no channel has"],
        ["src/http/webhooks.test.ts", "goes to %s, and nothing is stored"],
        [`${LINE}/config.test.ts`, "%o is refused with its name, and a secret isn't shown"],
      ],
    },
  ],
  [
    11,
    {
      bug: "a signature of another length throws",
      tests: [
        [
          `${LINE}/verify.test.ts`,
          "a malformed header is refused and never throws (regression: unequal lengths were a 500)",
        ],
        [
          "test/e2e/webhook-endpoint.test.ts",
          "a signature that is wrong, missing or malformed is a 401, and nothing is stored",
        ],
      ],
    },
  ],
  [
    12,
    {
      bug: "the signature is checked over JSON that was written anew",
      tests: [
        [`${LINE}/verify.test.ts`, "the same JSON in other bytes is not what was signed"],
        [
          "test/e2e/webhook-endpoint.test.ts",
          "the signature is over the bytes: a body that says the same in other bytes is refused",
        ],
      ],
    },
  ],
  [
    13,
    {
      bug: "what is left of a finished event refuses one that should be taken in",
      tests: [
        [INGEST, "is new again after its keys have gone too"],
        ["test/e2e/recovery.test.ts", "is taken in again when LINE sends it again, and answered again once"],
        [
          "test/support/stores/conformance-operating.ts",
          "is handed out with the same events under a higher fence, though its keys are known",
        ],
      ],
    },
  ],
];

export const COLLECTED: readonly Entry[] = [
  [
    14,
    {
      bug: "what arrives between reading and deleting the batch is deleted unread",
      tests: [
        [TYPING, "messages during a turn are the next turn, in order"],
        [COLLECTING, "doesn't take what comes while an earlier turn is with the agent into that turn"],
      ],
    },
  ],
  [
    15,
    {
      bug: "an error empties the batch",
      tests: [
        [PIPELINE, "that passes its time limit is told so, and gets the same turn again, with the same events"],
        [WORKING, "is the same at every attempt, with attempt and fence growing"],
      ],
    },
  ],
  [
    16,
    {
      bug: "somebody who keeps typing is never answered",
      tests: [
        [TYPING, "a person who types without pause gets a turn by maxWaitMs"],
        [COLLECTING, "their turn is due maxWaitMs after its first message, at the latest"],
      ],
    },
  ],
  [
    17,
    {
      bug: "a clock that goes back makes a turn wait for ever",
      tests: [
        [COLLECTING, "ms never makes a collecting turn wait longer than maxWaitMs more"],
        ["src/core/batch.test.ts", "is over when it is longer than the longest possible: the clock was set back"],
      ],
    },
  ],
  [
    18,
    {
      bug: "the end of a timer's own memory splits a batch",
      tests: [
        [BETWEEN, "regression_a_batch_that_stays_open_for_a_quarter_of_an_hour_is_one_turn"],
        [COLLECTING, "can't be doubled even by raw rows"],
        [COLLECTING, "is due after maxWaitMs though the person goes on"],
      ],
    },
  ],
  [
    19,
    {
      bug: "a window that is counted from the first message answers a burst in pieces",
      tests: [
        [COLLECTING, "is due when the person has been quiet for quietMs, counted from the last message"],
        [TYPING, "three quick messages are one turn with all three texts, and one answer"],
      ],
    },
  ],
  [
    20,
    {
      bug: "messages over a limit are dropped without a word",
      tests: [
        [BUSY, "regression_twenty_one_messages_while_the_agent_is_busy_all_reach_it_in_order"],
        [COLLECTING, "is due at once when it holds maxEvents, and the next message opens another"],
      ],
    },
  ],
  [
    21,
    {
      bug: "a message that comes as the work ends waits for a wake-up that nobody gives",
      tests: [
        [BETWEEN, "regression_a_message_that_comes_just_as_the_turn_before_it_ends_waits_for_no_poll"],
        ["src/runtime/loop.test.ts", "a signal makes it poll at once, and one that comes during a poll isn't lost"],
        [PIPELINE, "messages of one burst are one turn, and what comes while it runs is the next one"],
      ],
    },
  ],
  [
    22,
    {
      bug: "a setting that changes in between tears a batch in two",
      tests: [[COLLECTING, "keeps the policy that it was opened with"]],
    },
  ],
  [
    23,
    {
      bug: "an event with an older time than the last is ignored",
      tests: [
        [TYPING, "the order inside a turn is LINE's, not that of arrival"],
        [TYPING, "a message from the future or the far past doesn't postpone a turn"],
      ],
    },
  ],
];
