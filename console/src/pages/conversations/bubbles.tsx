/** What people and the bot said, in the order in which it was said. */
import type { ReactNode } from "react";
import { usePreferences } from "../../preferences/preferences-store.ts";
import type { TextKey } from "../../texts/catalogue.ts";
import { useTexts } from "../../texts/texts.tsx";
import { Clipped } from "../../view/clipped.tsx";
import { Said } from "../../view/said.tsx";
import { useNow } from "../../view/use-now.ts";
import { type Group, type Of, partOfEvent, partOfMessage, type SaidPart } from "./transcript-model.ts";

const ACTION_TEXTS = {
  replay: "conversations.action.replay",
  discard: "conversations.action.discard",
  sent: "conversations.action.sent",
  resend: "conversations.action.resend",
  start: "conversations.action.start",
  pause: "conversations.action.pause",
  resume: "conversations.action.resume",
} as const satisfies Record<Of<"action">["action"], TextKey>;

export function Bubbles({ group: { events, deliveries, actions } }: { readonly group: Group }) {
  return (
    <div className="flex min-w-0 flex-col gap-2">
      {events.map((event) => (
        <EventBubble key={event.eventId} event={event} />
      ))}
      {deliveries.map(({ delivery }) => (
        <DeliveryBubbles key={delivery.deliveryId} delivery={delivery} />
      ))}
      {actions.map((action) => (
        <ActionLine key={`${action.actionId} ${action.id}`} action={action} />
      ))}
    </div>
  );
}

function EventBubble({ event }: { readonly event: Of<"event"> }) {
  const { t, time } = useTexts();
  const name = event.sender?.name ?? null;
  return (
    <Bubble side="in" at={time(event.at)}>
      {name !== null && (
        <p className="text-xs text-soft">
          <Said>{name}</Said>
        </p>
      )}
      {event.state === "retracted" && <p className="text-xs text-warn">{t("conversations.event.retracted")}</p>}
      {event.contentDeleted ? <Deleted at={event.at} /> : <Part part={partOfEvent(event)} />}
    </Bubble>
  );
}

function DeliveryBubbles({ delivery }: { readonly delivery: Of<"delivery"> }) {
  const { time } = useTexts();
  if (delivery.contentDeleted)
    return (
      <Bubble side="out" at={time(delivery.at)}>
        <Deleted at={delivery.at} />
      </Bubble>
    );
  return delivery.messages.map((message, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the messages of a delivery have no name but their place, which never changes.
    <Bubble key={index} side="out" at={time(delivery.at)}>
      <Part part={partOfMessage(message)} />
    </Bubble>
  ));
}

function Bubble({
  side,
  at,
  children,
}: {
  readonly side: "in" | "out";
  readonly at: string;
  readonly children: ReactNode;
}) {
  const { t } = useTexts();
  const look = side === "in" ? "self-start rounded-ss-none bg-raised" : "self-end rounded-ee-none bg-accent-soft";
  return (
    <div data-side={side} className={`max-w-[90%] min-w-0 overflow-hidden rounded-xl px-3 py-1.5 ${look}`}>
      <span className="sr-only">{t(side === "in" ? "conversations.in" : "conversations.out")}</span>
      {children}
      <p className="text-end text-xs text-soft">{at}</p>
    </div>
  );
}

function Part({ part: { type, text } }: { readonly part: SaidPart }) {
  const { t } = useTexts();
  const { words } = usePreferences();
  const isPlain = type === "text" || type === "";
  return (
    <>
      {(!isPlain || text === null) && (
        <p className="font-mono text-xs text-soft">
          <Said>{type}</Said>
        </p>
      )}
      {text === null && !words && <p className="text-soft italic">{t("words.off")}</p>}
      {text !== null && <Clipped text={text} />}
    </>
  );
}

/** How long words are kept isn't told to the console, but how old they would be. */
function Deleted({ at }: { readonly at: string }) {
  const { t, duration } = useTexts();
  const ageMs = Math.max(0, Math.floor((useNow() - Date.parse(at)) / 1_000) * 1_000);
  return <p className="text-soft italic">{t("conversations.deleted", { age: duration(ageMs) })}</p>;
}

function ActionLine({ action }: { readonly action: Of<"action"> }) {
  const { t, dateTime } = useTexts();
  return (
    <p className="self-center rounded border border-line px-2 py-0.5 text-xs text-soft">
      <span>{t(ACTION_TEXTS[action.action])}</span> <Said>{action.actor}</Said> <span>{dateTime(action.at)}</span>
    </p>
  );
}
