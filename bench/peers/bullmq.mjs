/**
 * BullMQ as its documentation sets it up: the webhook adds a job under the event's id and answers 200; a worker asks the
 * bot and replies, five tries with exponential back-off. Completed jobs are kept for an hour, so that a copy is known.
 */
import { Queue, Worker } from "bullmq";
import IORedis from "ioredis";
import { createCalls, replyBody, serveWebhooks } from "../support/home-made.ts";
import { report } from "../support/program.ts";

const [redisPort = "6379", platformUrl = "", botUrl = ""] = process.argv.slice(2);
const connection = () => new IORedis(Number(redisPort), "127.0.0.1", { maxRetriesPerRequest: null });
const calls = createCalls(platformUrl, botUrl);
const queue = new Queue("messages", { connection: connection() });

new Worker(
  "messages",
  async ({ id, data }) => {
    const status = await calls.reply(replyBody(data, await calls.ask(id, data)));
    if (status !== 200) throw new Error(`the platform answered ${status}`);
  },
  { connection: connection(), concurrency: 256 },
);

const options = {
  attempts: 5,
  backoff: { type: "exponential", delay: 1_000 },
  removeOnComplete: { age: 3_600 },
  removeOnFail: { age: 3_600 },
};
report(
  await serveWebhooks(async (event) => {
    await queue.add("message", event, { ...options, jobId: event.webhookEventId });
  }),
);
