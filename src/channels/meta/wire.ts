import { z } from "zod";
import { parseJson, readId, readObject, readText, type WireObject } from "../json.ts";

/** Tolerant readers of Meta's webhooks and errors: fields change with the app's version, and ids are numbers or texts. */

/** One entry of a webhook, of one of our identities. */
interface WireEntry {
  readonly id: string | null;
  readonly entry: WireObject;
}

interface WireWebhook {
  /** `page`, `whatsapp_business_account`, … */
  readonly object: string | null;
  readonly entries: readonly WireEntry[];
}

/** `null` for a body without `entry`, which every webhook of Meta has. */
export function readWebhook(body: unknown): WireWebhook | null {
  const webhook = readObject(body);
  if (webhook === null || !Array.isArray(webhook.entry)) return null;
  const entries = webhook.entry.map((given: unknown) => {
    const entry = readObject(given) ?? {};
    return { id: readId(entry.id), entry };
  });
  return { object: readText(webhook.object), entries };
}

export interface GraphError {
  readonly code: number;
  readonly subcode: number | null;
  readonly message: string | null;
  /** `is_transient`: the same call may succeed later. */
  readonly isTransient: boolean;
}

const number = z.coerce.number().int();

const envelope = z.looseObject({
  error: z.looseObject({
    code: number,
    error_subcode: number.nullable().catch(null).default(null),
    message: z.string().nullable().catch(null).default(null),
    is_transient: z.boolean().catch(false).default(false),
    error_data: z
      .looseObject({ details: z.string().nullable().catch(null).default(null) })
      .nullable()
      .catch(null)
      .default(null),
  }),
});

/** The error envelope of an answer (Graph API: Handle errors); `null` when there is none. Never throws. */
export function readGraphError(body: string | null): GraphError | null {
  const read = envelope.safeParse(parseJson(body ?? ""));
  if (!read.success) return null;
  const { code, error_subcode: subcode, message, error_data: more, is_transient: isTransient } = read.data.error;
  const details = more?.details ?? null;
  const parts = [message, details].filter((part) => part !== null && part !== "");
  return { code, subcode, message: parts.length === 0 ? null : parts.join(": "), isTransient };
}
