import { type Finding, ok, warning } from "../../core/finding.ts";
import type { Clock } from "../../runtime/clock.ts";
import { readText, type WireObject } from "../json.ts";
import { readGraph } from "../meta/diagnostics.ts";
import type { PlatformClient } from "../platform-client.ts";
import type { ResolvedWhatsAppOptions } from "./config.ts";

const NAMES = {
  appSecret: "WHATSAPP_APP_SECRET",
  accessToken: "WHATSAPP_ACCESS_TOKEN",
  identity: "WHATSAPP_PHONE_NUMBER_ID",
} as const;
const DASHBOARD = "App Dashboard, WhatsApp, API Setup";

/** Cloud API: "Access tokens". */
const PERMISSIONS = "whatsapp_business_messaging and whatsapp_business_management";

/** Checks one number over the Graph API, read-only (Cloud API: "Retrieve WhatsApp Business Phone Number Information"). */
export function createDiagnostics(
  platformClient: PlatformClient,
  options: ResolvedWhatsAppOptions,
  clock: Clock,
): () => Promise<readonly Finding[]> {
  const parts = { platformClient, options, clock, names: NAMES, permissions: PERMISSIONS, dashboard: DASHBOARD };
  return async () => {
    const fields = "id,display_phone_number,verified_name,quality_rating";
    const number = await readGraph(parts, `/${options.phoneNumberId}`, fields);
    if (number.kind === "refused") return [number.finding, ...number.clock];
    return [numberFinding(number.fields), ...number.clock, ...qualityOf(number.fields)];
  };
}

function numberFinding({ display_phone_number: shown, verified_name: name }: WireObject): Finding {
  const whose = readText(name) ?? "no verified name";
  return ok(
    "credentials",
    `Meta accepts token and app secret; the number is ${readText(shown) ?? "not shown"} (${whose}).`,
  );
}

function qualityOf({ quality_rating: rating }: WireObject): readonly Finding[] {
  if (rating !== "RED") return [];
  return [
    warning("quality", {
      found: "Meta rates the quality of this number's messages as low (RED).",
      why: "People block or report it: Meta may lower its limits or suspend the number.",
      advice: "Send only what people asked for, and see WhatsApp Manager, Phone numbers, Insights.",
    }),
  ];
}
