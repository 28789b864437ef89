/** Each platform's webhook with marked words from a marked person, and an error in its form that quotes what it can. */
import { createHmac } from "node:crypto";
import { CHANNELS, type ChannelName } from "../../../src/channels/index.ts";
import { PRIVATE, SECRETS } from "./marks.ts";

export interface MarkedPlatform {
  readonly peerId: string;
  readonly env: (apiUrl: string) => Readonly<Record<string, string>>;
  /** `n` makes it another webhook. */
  readonly webhook: (n: number, text: string) => object;
  readonly sign: (body: string) => Readonly<Record<string, string>>;
  /** Bodies of errors that carry `quote`, by what they should be taken for; the last ones stop the account. */
  readonly errors: (quote: string) => readonly (readonly [status: number, body: string])[];
  /** On a platform that may take back its "yes" by a webhook: that webhook. */
  readonly failed?: (deliveryId: string, quote: string) => object;
}

const now = () => Date.now();
const hmac = (secret: string, body: string) => createHmac("sha256", secret).update(body);

const graphError = (code: number, message: string, more: object = {}) =>
  JSON.stringify({ error: { message, type: "OAuthException", code, fbtrace_id: "A1b2C3", ...more } });

const graphErrors = (quote: string) =>
  [
    [400, graphError(100, `(#100) Invalid parameter: ${quote}`)],
    [400, graphError(2, `(#2) Service temporarily unavailable: ${quote}`)],
    [500, graphError(1, `An unknown error occurred: ${quote}`)],
    [502, `<html>${quote}</html>`],
    [400, graphError(10, `(#10) Outside of the window: ${quote}`, { error_subcode: 2018278 })],
    [401, graphError(190, `Error validating access token: ${quote}`)],
  ] as const;

const metaSignature = (body: string) => ({
  "x-hub-signature-256": `sha256=${hmac(SECRETS.metaSecret, body).digest("hex")}`,
});

const PLATFORMS: Readonly<Record<string, MarkedPlatform>> = {
  line: {
    peerId: PRIVATE.linePeer,
    env: (url) => ({
      LINE_CHANNEL_SECRET: SECRETS.lineSecret,
      LINE_CHANNEL_ACCESS_TOKEN: SECRETS.lineToken,
      LINE_API_BASE_URL: url,
      LINE_DATA_API_BASE_URL: url,
    }),
    webhook: (n, text) => ({
      destination: "Ub0700000000000000000000000000000",
      events: [
        {
          type: "message",
          mode: "active",
          timestamp: now(),
          source: { type: "user", userId: PRIVATE.linePeer },
          webhookEventId: `01KANCANARY${String(n).padStart(15, "0")}`,
          deliveryContext: { isRedelivery: n % 2 === 1 },
          replyToken: `${PRIVATE.replyToken}${n}`,
          message: { id: `5000${n}`, type: "text", quoteToken: `q${n}`, markAsReadToken: PRIVATE.readToken, text },
        },
      ],
    }),
    sign: (body) => ({ "x-line-signature": hmac(SECRETS.lineSecret, body).digest("base64") }),
    errors: (quote) => [
      [400, JSON.stringify({ message: `The request body has 1 error(s): ${quote}` })],
      [400, JSON.stringify({ message: "Refused", details: [{ property: "messages[0].text", message: quote }] })],
      [400, JSON.stringify({ message: "Invalid reply token", details: [{ message: quote }] })],
      [500, JSON.stringify({ message: quote })],
      [429, JSON.stringify({ message: quote })],
      [302, quote],
      [401, JSON.stringify({ message: `Authentication failed: ${quote}` })],
    ],
  },
  messenger: {
    peerId: PRIVATE.messengerPeer,
    env: (url) => ({
      MESSENGER_APP_SECRET: SECRETS.metaSecret,
      MESSENGER_PAGE_ACCESS_TOKEN: SECRETS.metaToken,
      MESSENGER_VERIFY_TOKEN: SECRETS.verifyToken,
      MESSENGER_PAGE_ID: "100000000000001",
      META_GRAPH_BASE_URL: url,
    }),
    webhook: (n, text) => ({
      object: "page",
      entry: [
        {
          id: "100000000000001",
          time: now(),
          messaging: [
            {
              sender: { id: PRIVATE.messengerPeer },
              recipient: { id: "100000000000001" },
              timestamp: now(),
              message: { mid: `m_canary${n}`, text },
            },
          ],
        },
      ],
    }),
    sign: metaSignature,
    errors: graphErrors,
  },
  whatsapp: {
    peerId: PRIVATE.whatsappPeer,
    env: (url) => ({
      WHATSAPP_APP_SECRET: SECRETS.metaSecret,
      WHATSAPP_ACCESS_TOKEN: SECRETS.metaToken,
      WHATSAPP_VERIFY_TOKEN: SECRETS.verifyToken,
      WHATSAPP_PHONE_NUMBER_ID: "106540000000001",
      META_GRAPH_BASE_URL: url,
    }),
    webhook: (n, text) => ({
      object: "whatsapp_business_account",
      entry: [
        {
          id: "102290000000001",
          changes: [
            {
              field: "messages",
              value: {
                messaging_product: "whatsapp",
                metadata: { display_phone_number: "15550009999", phone_number_id: "106540000000001" },
                contacts: [{ profile: { name: PRIVATE.personName }, wa_id: PRIVATE.whatsappPeer }],
                messages: [
                  {
                    from: PRIVATE.whatsappPeer,
                    id: wamid(n),
                    timestamp: String(Math.floor(now() / 1_000)),
                    type: "text",
                    text: { body: text },
                  },
                ],
              },
            },
          ],
        },
      ],
    }),
    sign: metaSignature,
    errors: graphErrors,
    failed: (deliveryId, quote) => ({
      object: "whatsapp_business_account",
      entry: [{ id: "102290000000001", changes: [{ field: "messages", value: failedStatus(deliveryId, quote) }] }],
    }),
  },
};

function failedStatus(deliveryId: string, quote: string): object {
  return {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: "15550009999", phone_number_id: "106540000000001" },
    statuses: [
      {
        id: "wamid.OURS0001",
        status: "failed",
        timestamp: String(Math.floor(now() / 1_000)),
        recipient_id: PRIVATE.whatsappPeer,
        biz_opaque_callback_data: deliveryId,
        errors: [{ code: 131026, title: quote, message: quote, error_data: { details: quote } }],
      },
    ],
  };
}

/** As WhatsApp makes them: with the person's number in it. */
function wamid(n: number): string {
  const held = Buffer.from(
    `\x1d\x12\x0c${PRIVATE.whatsappPeer}\x15\x02\x00\x12\x18\x14${String(n).padStart(20, "0")}`,
    "latin1",
  );
  return `wamid.${held.toString("base64")}`;
}

/** Those on the list of channels. */
export const MARKED = Object.entries(PLATFORMS).filter(([name]) =>
  Object.hasOwn(CHANNELS, name),
) as readonly (readonly [ChannelName, MarkedPlatform])[];
