/** Trees that break a rule, and trees that only look like it. */
import type { RuleName } from "./rules.ts";

/** A tree: path → text. */
type Texts = Readonly<Record<string, string>>;

export interface Example {
  /** Trees that break the rule, by the complaint that each must cause. */
  readonly broken: Readonly<Record<string, Texts>>;
  readonly sound: Texts;
}

/** Of the rules about imports. */
export const IMPORT_EXAMPLES = {
  "core imports nothing from outside core": {
    broken: {
      "src/core/a.ts:1 imports node:crypto": { "src/core/a.ts": 'import { createHash } from "node:crypto";' },
      "src/core/a.ts:2 imports src/store/store.ts": {
        "src/core/a.ts": 'import { b } from "./b.ts";\nimport type { Store } from "../store/store.ts";',
      },
      "src/core/a.ts:1 imports zod": { "src/core/a.ts": 'export { z } from "zod";' },
      "src/core/a.ts:1 imports src/deps.ts": { "src/core/a.ts": 'type D = import("../deps.ts").Deps;' },
      "src/core/a.ts:1 imports ws": { "src/core/a.ts": 'const ws = await import("ws");' },
      "src/core/a.ts:1 imports src/runtime/clock.ts": { "src/core/a.ts": 'export * from "../runtime/clock.ts";' },
    },
    sound: {
      "src/core/a.ts": 'import { b } from "./b.ts"; // import "zod"',
      "src/core/b.test.ts": 'import { test } from "vitest";',
    },
  },
  "folders import downwards only": {
    broken: {
      "src/core/a.ts:1 imports src/runtime/clock.ts, which is not below it": {
        "src/core/a.ts": 'import type { Clock } from "../runtime/clock.ts";',
      },
      "src/runtime/a.ts:1 imports src/store/store.ts": { "src/runtime/a.ts": 'import "../store/store.ts";' },
      "src/settings/a.ts:1 imports src/channels/index.ts": { "src/settings/a.ts": 'import "../channels/index.ts";' },
      "src/store/a.ts:1 imports src/settings/b.ts": { "src/store/a.ts": 'export * from "../settings/b.ts";' },
      "src/channels/line/a.ts:1 imports src/config/b.ts": {
        "src/channels/line/a.ts": 'type B = import("../../config/b.ts").B;',
      },
      "src/channels/line/a.ts:1 imports src/simulator/b.ts": {
        "src/channels/line/a.ts": 'import type { B } from "../../simulator/b.ts";',
      },
      "src/agents/a.ts:1 imports src/channels/b.ts": { "src/agents/a.ts": 'import "../channels/b.ts";' },
      "src/config/a.ts:1 imports src/pipeline/b.ts": { "src/config/a.ts": 'await import("../pipeline/b.ts");' },
      "src/pipeline/a.ts:1 imports src/http/b.ts": { "src/pipeline/a.ts": 'import "../http/b.ts";' },
      "src/http/a.ts:1 imports src/gateway.ts": { "src/http/a.ts": 'import type { G } from "../gateway.ts";' },
      "src/gateway.ts:1 imports src/commands/b.ts": { "src/gateway.ts": 'import "./commands/b.ts";' },
      "src/index.ts:1 imports src/cli.ts": { "src/index.ts": 'import "./cli.ts";' },
    },
    sound: {
      "src/cli.ts": 'import "./commands/a.ts"; import "commander";',
      "src/commands/a.ts": 'import "../gateway.ts"; import "./b.ts"; import "../http/admin/wire.ts";',
      "src/index.ts": 'import "./gateway.ts"; import "./channels/line/index.ts";',
      "src/gateway.ts": 'import "./http/a.ts"; import "./config/a.ts"; import "./core/a.ts";',
      "src/http/a.ts": 'import "../pipeline/a.ts"; import "node:http";',
      "src/simulator/a.ts": 'import "../channels/index.ts";',
      "src/channels/line/a.ts": 'import "../../settings/a.ts"; import "../simulation/a.ts";',
      "src/runtime/a.ts": 'import "../core/a.ts";',
      "src/core/a.test.ts": 'import "../store/a.ts";',
    },
  },
  "every folder of src has its layer, and its root holds the entry points only": {
    broken: {
      "src/copy.ts stands in no layer": { "src/copy.ts": "" },
      "src/helpers stands in no layer": { "src/helpers/a/b.ts": "" },
    },
    sound: { "src/cli.ts": "", "src/gateway.ts": "", "src/index.ts": "", "src/core/a.ts": "", "scripts/a.ts": "" },
  },
  "the pipeline sees core, runtime, the gateway's settings and the interfaces of store, channel and agent": {
    broken: {
      "imports src/store/sqlite/connection.ts": {
        "src/pipeline/a.ts": 'import type { Db } from "../store/sqlite/connection.ts";',
      },
      "imports src/channels/line/send.ts": { "src/pipeline/a.ts": 'import { send } from "../channels/line/send.ts";' },
      "imports src/channels/index.ts": { "src/pipeline/a.ts": 'import { channels } from "../channels/index.ts";' },
      "imports src/agents/http.ts": { "src/pipeline/a.ts": 'import type { H } from "../agents/http.ts";' },
      "imports pino": { "src/pipeline/a.ts": 'import pino from "pino";' },
      "imports node:events": { "src/pipeline/a.ts": 'import { once } from "node:events";' },
    },
    sound: {
      "src/pipeline/a.ts": `import type { Deps } from "./deps.ts"; import type { Settings } from "../config/gateway-settings.ts"; import type { Store } from "../store/store.ts";
        import type { Channel } from "../channels/channel.ts"; import type { Agent } from "../agents/agent.ts";
        import { log } from "../runtime/log.ts"; import { settle } from "../core/delivery.ts"; import "./b.ts";`,
    },
  },
  "a channel never imports another channel": {
    broken: {
      "src/channels/line/a.ts:1 imports src/channels/whatsapp/b.ts": {
        "src/channels/line/a.ts": 'import type { B } from "../whatsapp/b.ts";',
      },
      "src/channels/line/a.ts:1 imports src/channels/meta/b.ts": {
        "src/channels/line/a.ts": 'import { b } from "../meta/b.ts";',
      },
      "src/channels/simulation/a.ts:1 imports src/channels/meta/b.ts": {
        "src/channels/simulation/a.ts": 'import { b } from "../meta/b.ts";',
      },
      "src/channels/meta/a.ts:1 imports src/channels/messenger/b.ts": {
        "src/channels/meta/a.ts": 'import { b } from "../messenger/b.ts";',
      },
    },
    sound: {
      "src/channels/messenger/a.ts": 'import "../meta/b.ts"; import "../channel.ts"; import "./c.ts";',
      "src/channels/messenger/verify.ts": 'import "../meta/verify.ts";',
      "src/channels/line/a.ts": 'import "../simulation/faults.ts";',
      "src/channels/meta/a.ts": 'import "../simulation/faults.ts";',
      "src/channels/whatsapp/a.ts": 'import "../meta/b.ts"; import "../../core/event.ts";',
      "src/channels/whatsapp/verify.ts": 'import "../meta/verify.ts";',
      "src/channels/index.ts": 'import "./line/index.ts"; import "./whatsapp/index.ts";',
    },
  },
  "a store is known by its address, outside the stores": {
    broken: {
      "src/commands/a.ts:1 imports src/store/sqlite/index.ts": {
        "src/commands/a.ts": 'import { sqlite } from "../store/sqlite/index.ts";',
      },
      "src/gateway.ts:1 imports src/store/postgres/open-database.ts": {
        "src/gateway.ts": 'type M = import("./store/postgres/open-database.ts").M;',
      },
      "src/http/a.ts:1 imports src/store/ops/ingest.ts": { "src/http/a.ts": 'import "../store/ops/ingest.ts";' },
      "src/store/store.ts:1 imports src/store/sqlite/connection.ts": {
        "src/store/store.ts": 'import type { Db } from "./sqlite/connection.ts";',
        "src/store/sqlite/entry.ts": "",
      },
      "src/store/postgres/a.ts:1 imports src/store/sqlite/connection.ts": {
        "src/store/postgres/a.ts": 'import { b } from "../sqlite/connection.ts";',
        "src/store/sqlite/entry.ts": "",
        "src/store/postgres/entry.ts": "",
      },
    },
    sound: {
      "src/commands/a.ts": 'import "../store/index.ts"; import "../store/store.ts"; import "../store/in-use.ts";',
      "src/index.ts": 'export { sqlite } from "./store/sqlite/index.ts";',
      "src/store/index.ts": 'import { SQLITE } from "./sqlite/entry.ts";',
      "src/store/sqlite/entry.ts": 'import "./db.ts"; import "../copy/source.ts"; import "../ops/ingest.ts";',
    },
  },
  "what is shipped imports only what is shipped": {
    broken: {
      "src/a.ts:1 imports test/support/b.ts": { "src/a.ts": 'import "../test/support/b.ts";' },
      "src/a.ts:1 imports src/b.test.ts": { "src/a.ts": 'import "./b.test.ts";' },
      "src/channels/line/fixtures/seeds.ts:1 imports test/a.ts": {
        "src/channels/line/fixtures/seeds.ts": 'import type { A } from "../../../../test/a.ts";',
      },
      "src/a.ts:1 imports scripts/build.ts": { "src/a.ts": 'import "../scripts/build.ts";' },
    },
    sound: { "src/a.ts": 'import "./b.ts"; import "hono";', "src/a.test.ts": 'import "../test/support/b.ts";' },
  },
  "files don't import one another in a circle": {
    broken: {
      "src/a.ts, src/b.ts": { "src/a.ts": 'import "./b.ts";', "src/b.ts": 'import type { A } from "./a.ts";' },
      "src/a.ts, src/b.ts, src/x/c.ts": {
        "src/a.ts": 'import "./b.ts";',
        "src/b.ts": 'export * from "./x/c.ts";',
        "src/x/c.ts": 'type A = import("../a.ts").A;',
      },
      "one another: src/a.ts": { "src/a.ts": 'import "./a.ts";' },
    },
    sound: {
      "src/a.ts": 'import "./b.ts"; import "./c.ts";',
      "src/b.ts": 'import "./d.ts"; import "./c.ts";',
      "src/c.ts": 'import "./d.ts";',
      "src/d.ts": "",
    },
  },
} satisfies Partial<Record<RuleName, Example>>;
