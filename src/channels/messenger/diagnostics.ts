import { type Finding, fault, fine, skipped } from "../../core/finding.ts";
import type { Clock } from "../../runtime/clock.ts";
import { readList, readObject, readText, type WireObject } from "../json.ts";
import { type MetaDiagnostics, readGraph } from "../meta/diagnostics.ts";
import type { Transport } from "../transport.ts";
import type { ResolvedMessengerOptions } from "./config.ts";

const NAMES = {
  appSecret: "MESSENGER_APP_SECRET",
  accessToken: "MESSENGER_PAGE_ACCESS_TOKEN",
  identity: "MESSENGER_PAGE_ID",
} as const;
const DASHBOARD = "App Dashboard, Messenger, Settings, Access Tokens";

/** Graph API: "Permissions Reference"; reading the subscriptions asks for the last two (Page, subscribed_apps). */
const PERMISSIONS = "pages_messaging, pages_manage_metadata and pages_show_list";

/** Without it nothing that people write comes in (Messenger: Webhooks, "Subscribe your app to a Page"). */
const NEEDED_FIELD = "messages";

/** Looks at one page from Meta's side: token, app secret, page, and whether an app gets its webhooks. Readings only. */
export function createDiagnostics(
  transport: Transport,
  options: ResolvedMessengerOptions,
  clock: Clock,
): () => Promise<readonly Finding[]> {
  const parts: MetaDiagnostics = {
    transport,
    options,
    clock,
    names: NAMES,
    permissions: PERMISSIONS,
    dashboard: DASHBOARD,
  };
  return async () => {
    const me = await readGraph(parts, "/me", "id,name");
    if (me.kind === "refused") return [me.finding, ...me.clock];
    const credentials = ofPage(me.fields, options.pageId);
    const subscription = credentials.level === "ok" ? [await lookAtSubscription(parts, options.pageId)] : [];
    return [credentials, ...me.clock, ...subscription];
  };
}

function ofPage({ id, name }: WireObject, pageId: string): Finding {
  const shown = readText(name) ?? "a page without a name";
  if (id === pageId) return fine("credentials", `Meta takes token and app secret; the page is ${shown} (${pageId}).`);
  return fault("credentials", {
    found: `The token is that of ${shown} (${readText(id) ?? "no id"}); MESSENGER_PAGE_ID is ${pageId}.`,
    why: "What people write to the page of the token is refused, and answers are sent as another page.",
    advice: `Take token and page id from the same line (${DASHBOARD}). It must be the page's token, not a user's.`,
  });
}

async function lookAtSubscription(parts: MetaDiagnostics, pageId: string): Promise<Finding> {
  const read = await readGraph(parts, `/${pageId}/subscribed_apps`, "");
  if (read.kind === "refused") {
    return skipped("webhook", "Whether an app gets the page's webhooks could not be asked: the token may not say.");
  }
  const apps = readList(read.fields.data).map((app) => readObject(app) ?? {});
  const fields = apps.map((app) => app.subscribed_fields);
  if (fields.some((list) => Array.isArray(list) && list.includes(NEEDED_FIELD))) {
    return fine("webhook", `An app gets the page's webhooks, field "${NEEDED_FIELD}" among them.`);
  }
  return fault("webhook", {
    found:
      apps.length === 0 ? "No app is subscribed to the page." : `No app is subscribed to the page's "${NEEDED_FIELD}".`,
    why: "Meta sends no webhook. It ends a subscription by itself when webhooks failed for an hour.",
    advice: "Subscribe the page again: App Dashboard, Messenger, Settings, Webhooks, Add subscriptions.",
  });
}
