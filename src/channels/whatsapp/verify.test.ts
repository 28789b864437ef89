/** Goal: WhatsApp's endpoint is Meta's: raw bytes, several secrets, and the handshake's token. */
import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { createWebhookEndpoint } from "./verify.ts";

const endpoint = createWebhookEndpoint({ appSecret: ["new", "old"], verifyToken: "verify" });
const body = new TextEncoder().encode('{"text":"\\u2603 and a\\/b"}');
const signed = (secret: string, bytes: Uint8Array) =>
  new Headers({ "X-Hub-Signature-256": `sha256=${createHmac("sha256", secret).update(bytes).digest("hex")}` });

test("a body signed with either secret is verified, byte by byte", () => {
  expect(endpoint.verify(body, signed("new", body))).not.toBeNull();
  expect(endpoint.verify(body, signed("old", body))).not.toBeNull();
  expect(endpoint.verify(body, signed("third", body))).toBeNull();
  const rewritten = new TextEncoder().encode(JSON.stringify(JSON.parse(new TextDecoder().decode(body))));
  expect(endpoint.verify(rewritten, signed("new", body))).toBeNull();
});

test("the handshake returns the challenge only for the right token", () => {
  const ask = (token: string) =>
    endpoint.handshake(
      new URLSearchParams({ "hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "77" }),
    );
  expect(ask("verify")).toBe("77");
  expect(ask("verif")).toBeNull();
});
