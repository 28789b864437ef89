/**
 * Goal: the exact request of a delivery; typing indicators and contentthat delay no answer and send the token to no other host.
 * Method: the simulated WhatsApp behind a real loopback socket.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { type RunningWhatsApp, startWhatsApp } from "../../simulator/server.ts";
import type { Channel, MediaOutcome } from "../channel.ts";
import { whatsapp } from "./index.ts";
import { createBuildCall, fitsTemplate, needsNoWindow } from "./send.ts";

const ANN = "15550001111";
const template = { type: "template", template: { name: "hello", language: { code: "en" } } };

describe("a call", () => {
  const build = createBuildCall({
    graphVersion: "v26.0",
    phoneNumberId: "77",
    windowTemplate: { name: "late_answer", language: "en_US" },
  });
  const call = (peerId: string, message: object = { type: "text", text: { body: "hi" } }) =>
    build({ deliveryId: "dlv_1", peerId, messages: [message] }, { route: "session" });

  test.each([
    [ANN, { recipient_type: "individual", to: `+${ANN}` }],
    ["US.13491208655302741918", { recipient_type: "individual", recipient: "US.13491208655302741918" }],
    ["US.ENT.11815799212886844830", { recipient: "US.ENT.11815799212886844830" }],
    ["Y2FwaV9ncm91cDox", { recipient_type: "group", to: "Y2FwaV9ncm91cDox" }],
  ])("to %s names its recipient, carries the delivery's id and no retry key", (peerId, recipient) => {
    const { path, body, retryKey } = call(peerId);
    expect(path).toBe("/v26.0/77/messages");
    expect(retryKey).toBeNull();
    expect(JSON.parse(body)).toEqual(
      expect.objectContaining({
        messaging_product: "whatsapp",
        ...recipient,
        type: "text",
        text: { body: "hi" },
        biz_opaque_callback_data: "dlv_1",
      }),
    );
  });

  test("carries one message, no more", () => {
    const messages = [template, template];
    expect(() => build({ deliveryId: "d", peerId: ANN, messages }, { route: "session" })).toThrow();
  });

  test("outside the window puts a text into the account's own template, without line breaks", () => {
    const text = { type: "text", text: { body: "first\n\nsecond" } };
    const { body } = build({ deliveryId: "d", peerId: ANN, messages: [text] }, { route: "template" });
    const components = [{ type: "body", parameters: [{ type: "text", text: "first second" }] }];
    const language = { policy: "deterministic", code: "en_US" };
    const { type, template: sent, text: left } = JSON.parse(body);
    expect([type, sent, left]).toEqual(["template", { name: "late_answer", language, components }, undefined]);
    expect(fitsTemplate([text])).toBe(true);
    expect(fitsTemplate([{ type: "text", text: { body: "x".repeat(1_025) } }])).toBe(false);
    expect(fitsTemplate([{ type: "image", image: {} }])).toBe(false);
  });

  test("needs no window when it is a template", () => {
    expect(needsNoWindow([template])).toBe(true);
    expect(needsNoWindow([template, { type: "text" }])).toBe(false);
    expect(needsNoWindow([])).toBe(false);
  });
});

describe("media and typing indicator", () => {
  const clock = manualClock();
  let running: RunningWhatsApp;
  let channel: Channel;
  beforeEach(async () => {
    running = await startWhatsApp({
      whatsapp: { appSecret: "app-secret", accessToken: "access-token" },
      clock,
      random: seededRandom(4),
    });
    channel = whatsapp(running.whatsapp.channelOptions(running.url));
  });
  afterEach(async () => {
    await channel.close();
    await running.close();
  });

  const target = (platformEventId: string, type = "message") =>
    ({
      conversation: { channel: "whatsapp", account: "default", kind: "user", peerId: ANN },
      lastEvent: { platformEventId, type },
    }) as unknown as Parameters<NonNullable<Channel["typingIndicator"]>["markRead"]>[0];

  test("sends the read mark and the typing indicator", async () => {
    const { messageId } = await running.whatsapp.person(ANN).says("hi", { lost: true });
    await channel.typingIndicator?.markRead(target(messageId));
    expect([...running.whatsapp.read]).toEqual([messageId]);
    await channel.typingIndicator?.show(target(messageId));
    const last = JSON.parse(running.whatsapp.calls.at(-1)?.body ?? "{}");
    expect(last).toMatchObject({ status: "read", typing_indicator: { type: "text" } });
  });

  test("an event that is no message is not marked, and the error of a refusal quotes no content", async () => {
    await channel.typingIndicator?.markRead(target("hash:1", "user_id_update"));
    expect(running.whatsapp.calls).toEqual([]);
    await expect(channel.typingIndicator?.markRead(target("wamid.unknown"))).rejects.toThrow("400: 131009");
  });

  test("can be switched off", async () => {
    const without = whatsapp({ ...running.whatsapp.channelOptions(running.url), typingIndicator: false });
    expect(without.typingIndicator).toBeNull();
    await without.close();
  });

  const open = (reference: string) => channel.media?.open(reference, AbortSignal.timeout(60_000));

  test("media is fetched by two requests", async () => {
    await running.whatsapp.person(ANN).sendsMedia("image", "the picture's bytes", "image/jpeg");
    const { content } = channel.normalize(lastWebhook()).events[0] ?? {};
    const reference = content === undefined ? null : channel.media?.referenceOf(content);
    expect(reference).toMatch(/^\d+$/);
    const outcome = await open(reference ?? "");
    expect(outcome).toMatchObject({ kind: "content", type: "image/jpeg", size: 19 });
    expect(await new Response((outcome as MediaOutcome & { kind: "content" }).body).text()).toBe("the picture's bytes");
    expect(channel.media?.referenceOf({ message: { id: "wamid.1", type: "text" } })).toBeNull();
  });

  test("unknown media, or a path as reference, is gone", async () => {
    expect(await open("12345")).toEqual({ kind: "gone" });
    for (const odd of ["../me", "1/messages", "", "1?x=1"]) expect(await open(odd)).toEqual({ kind: "gone" });
    expect(running.whatsapp.calls.filter(({ path }) => !path.includes("/12345"))).toEqual([]);
  });

  test("a failing platform is unavailable", async () => {
    running.whatsapp.faults.next("media", { at: "before-accept", how: 503 });
    expect(await open("12345")).toMatchObject({ kind: "unavailable" });
  });

  test("a link to another host gets neither the token nor a call", async () => {
    const calls: string[] = [];
    const other = createServer((request, response) => {
      calls.push(request.url ?? "");
      const { port } = other.address() as AddressInfo;
      const link = calls.length === 1 ? `http://localhost:${port}/elsewhere` : "";
      response.setHeader("content-type", "application/json").end(JSON.stringify({ url: link }));
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const lured = whatsapp(running.whatsapp.channelOptions(`http://127.0.0.1:${port}`));
    expect(await lured.media?.open("1", AbortSignal.timeout(60_000))).toMatchObject({ kind: "unavailable" });
    expect(calls).toHaveLength(1);
    await lured.close();
    await new Promise((resolve) => other.close(resolve));
  });

  type Answer = readonly [status: number, type: string];
  const page: Answer = [200, "text/html; charset=utf-8"];
  const picture: Answer = [200, "image/jpeg"];
  const missing: Answer = [404, "text/html"];

  test.each<[what: string, answers: Answer[], mimeType: string, outcome: object]>([
    ["a page", [page], "image/jpeg", { kind: "unavailable", reason: "the media host sent a page" }],
    ["a page in capitals", [[200, "Text/HTML"]], "image/jpeg", { kind: "unavailable" }],
    ["the page that the person sent", [page], "text/html", { kind: "content", type: page[1] }],
    ["another text", [[200, "text/htmlx"]], "text/htmlx", { kind: "content" }],
    ["nothing, and the content by the next link", [missing, picture], "image/jpeg", { kind: "content" }],
    ["nothing, and then a page", [missing, page], "image/jpeg", { kind: "unavailable" }],
    ["nothing by either link", [missing, missing], "image/jpeg", { kind: "gone" }],
  ])("where the media host sends %s", async (_, answers, mimeType, outcome) => {
    const { open, paths, close } = await hostOf(answers, mimeType);
    expect(await open()).toMatchObject(outcome);
    expect(paths).toEqual(answers.flatMap((_answer, i) => ["description", `content ${i + 1}`]));
    await close();
  });

  /** A media host whose links give these answers, in order: a link leads to an answer once. */
  async function hostOf(answers: readonly Answer[], mime_type: string) {
    const paths: string[] = [];
    const { server, url } = await listening((path, response) => {
      const link = /^\/content\/(\d+)$/.exec(path)?.[1];
      paths.push(link === undefined ? "description" : `content ${link}`);
      const next = 1 + paths.filter((one) => one !== "description").length;
      if (link === undefined) return response.end(JSON.stringify({ url: `${url}/content/${next}`, mime_type }));
      const [status, type] = answers[Number(link) - 1] ?? [500, "text/plain"];
      return response.writeHead(status, { "content-type": type }).end("the bytes");
    });
    const made = whatsapp(running.whatsapp.channelOptions(url));
    const close = async () => {
      await made.close();
      await new Promise((resolve) => server.close(resolve));
    };
    return { open: () => made.media?.open("1", AbortSignal.timeout(60_000)), paths, close };
  }

  async function listening(answer: (path: string, response: ServerResponse) => unknown) {
    const server = createServer((request, response) => answer(request.url ?? "", response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  function lastWebhook() {
    const body = new TextEncoder().encode(running.whatsapp.webhooks.at(-1)?.body);
    const verified = channel.verify(body, new Headers(running.whatsapp.sign(body)));
    if (verified === null) throw new Error("a good signature was refused");
    return verified;
  }
});
