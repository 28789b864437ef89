import type { GraphError } from "../wire.ts";

/** How a Graph API error is handled. */
interface Meaning {
  readonly kind:
    | "retry"
    | "media-failed"
    | "rate-limited"
    | "unknown"
    | "window-closed"
    | "account-stopped"
    | "refused";
  /** Minimum delay before the next attempt, in ms, where the platform documents one. */
  readonly notBeforeMs?: number;
  /** It may as well be about this person only: a harmless call decides. Default false. */
  readonly isSuspicion?: boolean;
  /** The messaging window has ended: a template may be sent all the same. Default false. */
  readonly isWindow?: boolean;
  /** See `SendOutcome`. */
  readonly templateRefused?: "to-everybody" | "to-this-person";
  readonly note: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const retry = (note: string, notBeforeMs = 0): Meaning => ({ kind: "retry", note, notBeforeMs });
const rateLimited = (note: string, notBeforeMs = 0): Meaning => ({ kind: "rate-limited", note, notBeforeMs });
const unknown = (note: string): Meaning => ({ kind: "unknown", note });
const windowClosed = (note: string): Meaning => ({ kind: "window-closed", note });
const windowEnded = (note: string): Meaning => ({ kind: "window-closed", note, isWindow: true });
const mediaFailed = (note: string): Meaning => ({ kind: "media-failed", note });
const templateRefused = (note: string): Meaning => ({ kind: "refused", note, templateRefused: "to-everybody" });
const marketingRefused = (meaning: Meaning): Meaning => ({ ...meaning, templateRefused: "to-this-person" });
const accountStopped = (note: string): Meaning => ({ kind: "account-stopped", note });
const suspected = (note: string): Meaning => ({ kind: "account-stopped", note, isSuspicion: true });
const refused = (note: string): Meaning => ({ kind: "refused", note });

/**
 * Meta's error codes, `code` or `code/subcode`, from its two tables (Messenger: Error codes; WhatsApp Cloud API: Error
 * codes). A listed subcode takes precedence over its code; a subcode alone matches under any code.
 */
export const GRAPH_CODES: Readonly<Record<string, Meaning>> = {
  // Both platforms
  "1": unknown("an unknown error: nothing says that nothing was sent"),
  "1/99": unknown("an unknown error, often a missing permission"),
  "1/1357046": unknown("invalid JSON reply, though messages were sent"),
  "2": retry("a temporary error of the service"),
  "4": rateLimited("the app calls too often", MINUTE),
  "4/2018022": rateLimited("the page sends too often", MINUTE),
  "17": rateLimited("the user calls too often", MINUTE),
  "32": rateLimited("the page calls too often", MINUTE),
  "613": rateLimited("too many calls"),
  "80007": rateLimited("the business account calls too often", MINUTE),
  "80001": rateLimited("the page calls too often", MINUTE),
  "80006": rateLimited("Messenger calls of the page come too often", MINUTE),
  "429": rateLimited("too many requests"),
  // The same number is said of one person (2018065, 2018108, 2018278, 2534022) and of an app without a permission.
  "10": suspected("the app lacks a permission, or this person can't be written to"),
  "33": accountStopped("the page or number is gone, or the token may not see it"),
  "100": refused("a parameter is invalid, or the tag was abolished"),
  "100/33": accountStopped("the page or number is gone, or the token may not see it"),
  "190": accountStopped("the access token is invalid or has expired"),
  "368": accountStopped("blocked for a breach of policy"),
  // Messenger
  "10/2018278": windowEnded("more than 24 hours since the person wrote"),
  "10/2534022": windowEnded("outside the allowed window"),
  "10/2018065": windowEnded("outside the allowed window"),
  "10/2018108": windowClosed("this person can't be written to now"),
  "200/2018028": windowClosed("this person can't be written to: no role in an app that isn't public yet"),
  "9/2018352": retry("under maintenance"),
  "2494100": retry("under maintenance"),
  "10/1893063": accountStopped("the page is restricted"),
  "100/2018001": refused("there is no such person"),
  "100/2018008": mediaFailed("the file could not be fetched from its address"),
  "100/2018047": mediaFailed("the attachment could not be uploaded"),
  "551": windowClosed("the person can't be reached now"),
  "551/1545041": windowClosed("the person can't be reached now, or the window has closed: Meta's pages disagree"),
  "1200": retry("a temporary failure to send"),
  "2018300": windowClosed("another app has the conversation"),
  "2018321": windowClosed("another app has the conversation"),
  // WhatsApp
  "130429": rateLimited("more messages a second than the number may send"),
  "131000": retry("something went wrong at Meta"),
  "131016": retry("a service is overloaded"),
  // A limit of this pair of numbers, so only the conversation waits, not the account.
  "131056": retry("too many messages to this person: one in 6 s after a burst of 45", 6_000),
  "131057": retry("the account is being upgraded", MINUTE),
  "133004": retry("the server is unavailable"),
  "133016": rateLimited("registered too often", HOUR),
  "131048": rateLimited("too many of the number's messages were reported as spam", HOUR),
  "131049": marketingRefused(retry("not delivered, to limit the person's marketing messages", DAY)),
  "131053": mediaFailed("the media could not be uploaded or downloaded"),
  "131026": refused("the message can't be delivered to this person"),
  "131047": windowEnded("more than 24 hours since the person wrote"),
  "131021": refused("sender and recipient are the same number"),
  "131050": marketingRefused(refused("the person opted out of this business's marketing messages")),
  "130472": marketingRefused(refused("the person is part of an experiment of Meta's")),
  "131062": refused("this kind of message can't be sent to a business-scoped user id"),
  "131008": refused("a parameter is missing"),
  "131009": refused("a parameter's value is invalid"),
  "131051": refused("unknown type of message"),
  "131052": refused("the person's media could not be downloaded"),
  "132000": templateRefused("the template has another number of parameters"),
  "132001": templateRefused("there is no such template in this language"),
  "132005": templateRefused("the translated template is too long"),
  "132007": templateRefused("the template breaks a policy"),
  "132012": templateRefused("a template's parameter has the wrong form"),
  "132015": templateRefused("the template is paused"),
  "132016": templateRefused("the template is disabled"),
  "131005": accountStopped("access denied"),
  "131031": accountStopped("the account is locked"),
  "131037": accountStopped("the number's display name is not approved"),
  "131042": accountStopped("the payment method has a problem"),
  "131045": accountStopped("the number's registration has a problem"),
  "133010": accountStopped("the number is not registered"),
};

/** `null`: not in the table. */
export function meaningOf({ code, subcode, message }: Omit<GraphError, "isTransient">): Meaning | null {
  const exact = subcode === null ? undefined : (GRAPH_CODES[`${code}/${subcode}`] ?? SUBCODES.get(subcode));
  if (exact === undefined && code === 100 && MEDIA_WORDS.test(message ?? "")) return MEDIA_BY_WORDS;
  return exact ?? GRAPH_CODES[String(code)] ?? range(code);
}

/** Graph says it with its two subcodes, or with none. */
const MEDIA_WORDS = /failed to fetch the file from the url|upload attachment failure/i;
const MEDIA_BY_WORDS = mediaFailed("the file could not be fetched or uploaded");

/** Subcodes that match under any code: Meta's pages list them under several. */
const SUBCODES: ReadonlyMap<number, Meaning> = new Map(
  Object.entries(GRAPH_CODES).flatMap(([key, meaning]) => {
    const subcode = Number(key.split("/")[1] ?? key);
    return subcode >= 1_000_000 ? [[subcode, meaning] as const] : [];
  }),
);

/** A permission is missing (Graph API: Handle errors: 10, 200 to 299). */
export const isPermission = (code: number) => code === 10 || (code >= 200 && code <= 299);

function range(code: number): Meaning | null {
  if (code >= 132_000 && code <= 132_999) return templateRefused("the template can't be sent");
  if (isPermission(code)) return suspected("the app lacks a permission, perhaps for this person only");
  if (code >= 36_000 && code <= 36_999) return refused("the picture is too large, or of a wrong kind");
  return null;
}
