import { type PeerIds, phoneDigits } from "../../../core/conversation.ts";
import { readId, readList, readObject, readText, type WireObject } from "../../json.ts";

/** A `wa_id`. Digits in every recorded webhook; in any other form it is still the same person's. */
export function readNumber(value: unknown): string | null {
  const id = readId(value);
  return id === null ? null : (phoneDigits(id) ?? id);
}

/** The sender's ids and name in this webhook. */
export interface Person {
  /** Business-scoped user id, since April 2026. */
  readonly own: string | null;
  /** `wa_id`, a phone number: missing for people with a username without contact to this number in the last 30 days. */
  readonly reassignable: string | null;
  readonly name: string | null;
}

/** The sender of a message, from its own fields and the matching contact. */
export function readPerson(message: WireObject, contacts: unknown): Person {
  const from = readNumber(message.from);
  const fromUser = readText(message.from_user_id);
  const contact = contactOf(contacts, from, fromUser);
  return {
    own: fromUser ?? readText(contact?.user_id),
    reassignable: from ?? readNumber(contact?.wa_id),
    name: readText(readObject(contact?.profile)?.name),
  };
}

/** The contact with one of these ids; without ids, the only contact. */
function contactOf(contacts: unknown, from: string | null, fromUser: string | null): WireObject | null {
  const listed = readList(contacts)
    .map(readObject)
    .filter((contact) => contact !== null);
  const named = listed.find(
    (contact) =>
      (from !== null && readNumber(contact.wa_id) === from) || (fromUser !== null && contact.user_id === fromUser),
  );
  if (named !== undefined) return named;
  const isNamed = from !== null || fromUser !== null;
  return listed.length === 1 && !isNamed ? (listed[0] ?? null) : null;
}

export function idsOf(person: Person): PeerIds {
  return { own: person.own, reassignable: person.reassignable, formerly: null };
}

/**
 * A `system` message about changed ids: `from` is the old number, `system` has the new ids. `null` without the old ids:
 * a `user_id_update` links them.
 */
export function readSystemChange(message: WireObject, before: Person): PeerIds | null {
  const system = readObject(message.system);
  const own = readText(system?.user_id);
  const reassignable = readNumber(system?.wa_id);
  if (own === null && reassignable === null) return null;
  const formerly = {
    own: before.own === own ? null : before.own,
    reassignable: before.reassignable === reassignable ? null : before.reassignable,
  };
  if (formerly.own === null && formerly.reassignable === null) return null;
  return { own: own ?? before.own, reassignable, formerly };
}

/** One of `user_id_update`: `{ wa_id?, user_id: { previous, current } }`. */
export function readUpdatedPerson(update: WireObject): PeerIds | null {
  const ids = readObject(update.user_id);
  const previous = readText(ids?.previous);
  const current = readText(ids?.current);
  if (previous === null || current === null) return null;
  return { own: current, reassignable: readNumber(update.wa_id), formerly: { own: previous, reassignable: null } };
}
