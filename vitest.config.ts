import { defineConfig } from "vitest/config";

/**
 * From the fastest to the one that starts the shipped program. None is ever tried twice. The first
 * two share their modules among files: no module of ours keeps anything, and loading them anew cost a third of the time.
 */

/** What takes longer than a check may. Of the pipeline's fault points the check has every 29th, and here is every 27th. */
const THOROUGH = ["src/**/fault-points.test.ts", "test/simulation-{negative-controls,jobs}.test.ts"];
const FAULT_POINTS = "test/fault-points.*.test.ts";

/** For what hangs, not for what is slow: several tests share the machine, and it may be busy with something else. */
const HANGS_AFTER_MS = 180_000;
const FOR_WHAT_HANGS = {
  testTimeout: Number(process.env.TURNPIKE_TEST_HANGS_AFTER_MS ?? HANGS_AFTER_MS),
  // A hook may start servers, and no mutation makes one hang.
  hookTimeout: HANGS_AFTER_MS,
};

export default defineConfig({
  test: {
    silent: "passed-only",
    // One core less, as is the default, would be half of a machine with two.
    maxWorkers: "100%",
    // Says what never comes, and not how fast: a process that the machine lets stand still for a second is no fault.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{src,console/src}/**/*.test.ts"],
          exclude: THOROUGH,
          isolate: false,
          ...FOR_WHAT_HANGS,
        },
      },
      {
        extends: true,
        test: {
          name: "conformance",
          include: ["test/*.test.ts"],
          exclude: THOROUGH,
          isolate: false,
          ...FOR_WHAT_HANGS,
        },
      },
      {
        extends: true,
        test: {
          name: "thorough",
          include: [...THOROUGH, FAULT_POINTS],
          env: {
            // Every one in `npm run durability`; all of them here would cost seven minutes of a build's twenty-five.
            TURNPIKE_TEST_FAULT_STEP: process.env.TURNPIKE_TEST_FAULT_STEP ?? "27",
            TURNPIKE_TEST_FRAME_STEP: process.env.TURNPIKE_TEST_FRAME_STEP ?? "21",
          },
          ...FOR_WHAT_HANGS,
        },
      },
      {
        extends: true,
        test: {
          name: "postgres",
          include: ["test/postgres/*.test.ts"],
          globalSetup: "test/postgres/setup.ts",
          ...FOR_WHAT_HANGS,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: "test/e2e/setup.ts",
          // Its tests wait for an order of things and not for times, so two at a time may share a machine; more would only
          // make each other slow.
          maxWorkers: 2,
          ...FOR_WHAT_HANGS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "console",
          include: ["test/console/*.test.ts"],
          globalSetup: "test/e2e/setup.ts",
          // Together with those end to end, of which many wait for a process to start or to end.
          maxWorkers: 2,
          ...FOR_WHAT_HANGS,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
