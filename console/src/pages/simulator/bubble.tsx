/** A message on a phone. */
import { CheckCheck, CircleDashed, CloudOff, Send } from "lucide-react";
import type { ScreenEntryWire } from "../../../../src/simulator/console-api/wire.ts";
import { usePreferences } from "../../preferences/preferences-store.ts";
import { useTexts } from "../../texts/texts.tsx";
import { Said } from "../../view/said.tsx";
import { drawnOf } from "./drawing.ts";
import type { Order } from "./drawn.ts";
import { DrawnView } from "./drawn-view.tsx";

export interface BubbleProps {
  readonly channel: string;
  readonly entry: ScreenEntryWire;
  /** On this phone it stands at the side of the one who plays it. */
  readonly isOwn: boolean;
  /** Quick replies stand under the newest message only. */
  readonly isNewest: boolean;
  readonly isMarked: boolean;
  /** It belongs to the turn whose story is told. */
  readonly isOfTurn: boolean;
  readonly commands: readonly string[];
  onMark(): void;
  onOrder(order: Order): void;
}

export function Bubble(props: BubbleProps) {
  const { channel, entry, isOwn, isNewest, isMarked, isOfTurn, commands, onMark, onOrder } = props;
  const { t, time } = useTexts();
  const { words } = usePreferences();
  const drawn = drawnOf(channel, entry).filter(({ kind }) => kind !== "quickReplies" || isNewest);
  const side = isOwn ? "self-end rounded-ee-sm bg-accent-soft" : "self-start rounded-ss-sm bg-raised";
  const edge = isMarked ? "border-accent" : isOfTurn ? "border-edge border-dashed" : "border-transparent";
  return (
    <li
      data-from={entry.from}
      data-mark={entry.mark ?? undefined}
      className={`relative flex max-w-[88%] min-w-0 flex-col rounded-2xl border-2 px-3 py-1.5 ${side} ${edge}`}
    >
      <span className="sr-only">{t(entry.from === "bot" ? "simulator.bot" : "simulator.person")}</span>
      {entry.name !== null && !isOwn && (
        <span className="text-xs font-medium text-soft">
          <Said>{entry.name}</Said>
        </span>
      )}
      {words ? (
        <DrawnView all={drawn} commands={commands} onOrder={onOrder} />
      ) : (
        <span className="text-soft italic">{t("words.off")}</span>
      )}
      <span className="mt-0.5 flex flex-wrap items-center justify-end gap-x-2 text-xs text-soft">
        {entry.isRetracted && <span className="text-warn">{t("simulator.retracted")}</span>}
        <Mark mark={entry.mark} />
        <button
          type="button"
          aria-pressed={isMarked}
          aria-label={t("simulator.showTurn", { time: time(entry.at) })}
          className="after:absolute after:inset-0 after:rounded-2xl"
          onClick={onMark}
        >
          {time(entry.at)}
        </button>
      </span>
    </li>
  );
}

const MARKS = {
  lost: { Icon: CloudOff, text: "simulator.mark.lost", colour: "text-warn" },
  sending: { Icon: CircleDashed, text: "simulator.mark.sending", colour: "" },
  sent: { Icon: Send, text: "simulator.mark.sent", colour: "" },
  read: { Icon: CheckCheck, text: "simulator.mark.read", colour: "text-accent" },
} as const satisfies Record<NonNullable<ScreenEntryWire["mark"]>, unknown>;

function Mark({ mark }: { readonly mark: ScreenEntryWire["mark"] }) {
  const { t } = useTexts();
  if (mark === null) return null;
  const { Icon, text, colour } = MARKS[mark];
  return (
    <span className={`inline-flex items-center gap-1 ${colour}`}>
      <Icon size={12} aria-hidden />
      {t(text)}
    </span>
  );
}
