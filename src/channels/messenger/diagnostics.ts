import { type Finding, fault, ok, skipped } from "../../core/finding.ts";
import type { Clock } from "../../runtime/clock.ts";
import { readList, readObject, readText, type WireObject } from "../json.ts";
import { type MetaDiagnostics, readGraph } from "../meta/diagnostics.ts";
import type { PlatformClient } from "../platform-client.ts";
import type { ResolvedMessengerOptions } from "./config.ts";

const NAMES = {
  appSecret: "MESSENGER_APP_SECRET",
  accessToken: "MESSENGER_PAGE_ACCESS_TOKEN",
  identity: "MESSENGER_PAGE_ID",
} as const;
const DASHBOARD = "App Dashboard, Messenger, Settings, Access Tokens";

/** Graph API: "Permissions Reference"; reading the subscriptions needs the last two (Page, subscribed_apps). */
const PERMISSIONS = "pages_messaging, pages_manage_metadata and pages_show_list";

/** Webhook field of people's messages (Messenger: Webhooks, "Subscribe your app to a Page"). */
const NEEDED_FIELD = "messages";

/** Checks one page over the Graph API, read-only: token, app secret, page id and webhook subscription. */
export function createDiagnostics(
  platformClient: PlatformClient,
  options: ResolvedMessengerOptions,
  clock: Clock,
): () => Promise<readonly Finding[]> {
  const parts: MetaDiagnostics = {
    platformClient,
    options,
    clock,
    names: NAMES,
    permissions: PERMISSIONS,
    dashboard: DASHBOARD,
  };
  return async () => {
    const me = await readGraph(parts, "/me", "id,name");
    if (me.kind === "refused") return [me.finding, ...me.clock];
    const credentials = pageFinding(me.fields, options.pageId);
    const subscription = credentials.level === "ok" ? [await checkSubscription(parts, options.pageId)] : [];
    return [credentials, ...me.clock, ...subscription];
  };
}

function pageFinding({ id, name }: WireObject, pageId: string): Finding {
  const shown = readText(name) ?? "a page without a name";
  if (id === pageId) return ok("credentials", `Meta accepts token and app secret; the page is ${shown} (${pageId}).`);
  return fault("credentials", {
    found: `The token is that of ${shown} (${readText(id) ?? "no id"}); MESSENGER_PAGE_ID is ${pageId}.`,
    why: "Webhooks of the token's page are refused, and answers are sent as another page.",
    advice: `Take token and page id from the same line (${DASHBOARD}). It must be the page's token, not a user's.`,
  });
}

async function checkSubscription(parts: MetaDiagnostics, pageId: string): Promise<Finding> {
  const read = await readGraph(parts, `/${pageId}/subscribed_apps`, "");
  if (read.kind === "refused") {
    return skipped("webhook", "The page's webhook subscriptions could not be read: the token lacks the permission.");
  }
  const apps = readList(read.fields.data).map((app) => readObject(app) ?? {});
  const fields = apps.map((app) => app.subscribed_fields);
  if (fields.some((list) => Array.isArray(list) && list.includes(NEEDED_FIELD))) {
    return ok("webhook", `An app is subscribed to the page's webhooks, with the field "${NEEDED_FIELD}".`);
  }
  return fault("webhook", {
    found:
      apps.length === 0
        ? "No app is subscribed to the page."
        : `No app is subscribed to the page's field "${NEEDED_FIELD}".`,
    why: "Meta sends no webhooks. It ends a subscription itself when webhooks failed for an hour.",
    advice: "Subscribe the page again: App Dashboard, Messenger, Settings, Webhooks, Add subscriptions.",
  });
}
