/**
 * graphile-worker as its documentation sets it up: the webhook adds a job under the event's id and answers 200; a task
 * asks the bot and replies. A finished job is deleted, so a copy that comes later is answered again.
 */
import { Logger, run } from "graphile-worker";
import { createCalls, replyBody, serveWebhooks } from "../support/home-made.ts";
import { report } from "../support/program.ts";

const [connectionString = "", platformUrl = "", botUrl = ""] = process.argv.slice(2);
const calls = createCalls(platformUrl, botUrl);
const runner = await run({
  connectionString,
  logger: new Logger(() => () => undefined),
  concurrency: 64,
  maxPoolSize: 20,
  taskList: {
    async message(event) {
      const status = await calls.reply(replyBody(event, await calls.ask(event.webhookEventId, event)));
      if (status !== 200) throw new Error(`the platform answered ${status}`);
    },
  },
});
report(
  await serveWebhooks(async (event) => {
    await runner.addJob("message", event, { jobKey: event.webhookEventId, jobKeyMode: "unsafe_dedupe" });
  }),
);
