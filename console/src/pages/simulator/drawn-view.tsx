/** What a message holds: words, stickers, placeholders and whatever can be tapped. Nothing of it is ever loaded. */
import { ExternalLink, File, Image, type LucideIcon, MapPin, Mic, Smile, Video } from "lucide-react";
import { useTexts } from "../../texts/texts.tsx";
import { Clipped, RawText } from "../../view/clipped.tsx";
import { Said } from "../../view/said.tsx";
import { Scrolled } from "../../view/scrolled.tsx";
import { isTappable } from "./drawing.ts";
import type { Card, Drawn, Media, Order, Tap } from "./drawn.ts";

interface Tapping {
  readonly commands: readonly string[];
  onOrder(order: Order): void;
}

export function DrawnView({ all, ...tapping }: Tapping & { readonly all: readonly Drawn[] }) {
  return all.map((one, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a message have no name but their place.
    <DrawnPart key={index} drawn={one} {...tapping} />
  ));
}

function DrawnPart({ drawn, ...tapping }: Tapping & { readonly drawn: Drawn }) {
  const { t } = useTexts();
  switch (drawn.kind) {
    case "text":
      return (
        <div>
          <Clipped text={drawn.text} />
        </div>
      );
    case "sticker":
      return (
        <Placeholder icon={Smile} address={null} name={null}>
          {t("simulator.sticker", { number: drawn.number })}
        </Placeholder>
      );
    case "media":
      return (
        <Placeholder icon={MEDIA_ICONS[drawn.media]} address={drawn.address} name={drawn.name}>
          {t(`simulator.media.${drawn.media}`)}
        </Placeholder>
      );
    case "place":
      return (
        <Placeholder icon={MapPin} address={null} name={drawn.text}>
          {t("simulator.place")}
        </Placeholder>
      );
    case "buttons":
      return <Taps taps={drawn.taps} {...tapping} />;
    case "quickReplies":
      return (
        <fieldset aria-label={t("simulator.quickReplies")} className="mt-1">
          <Taps taps={drawn.taps} {...tapping} />
        </fieldset>
      );
    case "cards":
      return <Cards cards={drawn.cards} {...tapping} />;
    case "json":
      return <RawText text={drawn.text} />;
    default:
      return drawn satisfies never;
  }
}

const MEDIA_ICONS = {
  image: Image,
  video: Video,
  audio: Mic,
  file: File,
} as const satisfies Record<Media, LucideIcon>;

interface PlaceholderProps {
  readonly icon: LucideIcon;
  readonly address: string | null;
  readonly name: string | null;
  readonly children: string;
}

/** In place of a picture: what it is, and where it would come from. */
function Placeholder({ icon: Icon, address, name, children }: PlaceholderProps) {
  return (
    <div className="my-1 flex items-start gap-2 rounded-lg border border-dashed border-edge p-2">
      <Icon size={24} aria-hidden className="shrink-0 text-soft" />
      <div className="min-w-0">
        <p>{children}</p>
        {name !== null && (
          <p>
            <Said>{name}</Said>
          </p>
        )}
        {address !== null && (
          <p className="text-xs text-soft">
            <Said>{address}</Said>
          </p>
        )}
      </div>
    </div>
  );
}

function Cards({ cards, ...tapping }: Tapping & { readonly cards: readonly Card[] }) {
  const { t } = useTexts();
  return (
    <Scrolled name={t("simulator.cards")} className="relative z-10 my-1 overflow-x-auto">
      <ul className="flex gap-2">
        {cards.map((card, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a card has no name but its place.
          <li key={index} className="min-w-44 flex-1 rounded-lg border border-line bg-surface p-2">
            {card.address !== null && (
              <Placeholder icon={Image} address={card.address} name={null}>
                {t("simulator.media.image")}
              </Placeholder>
            )}
            {card.title !== null && <Said className="block font-semibold">{card.title}</Said>}
            {card.text !== null && <Said className="block whitespace-pre-wrap">{card.text}</Said>}
            <Taps taps={card.taps} {...tapping} />
          </li>
        ))}
      </ul>
    </Scrolled>
  );
}

/** What can't be done here is drawn all the same, as a button that is off. */
function Taps({ taps, commands, onOrder }: Tapping & { readonly taps: readonly Tap[] }) {
  if (taps.length === 0) return null;
  return (
    <ul className="relative z-10 mt-1 flex flex-wrap gap-1">
      {taps.map((tap, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two buttons may have the same words.
        <li key={index} className="min-w-0">
          {tap.address === null ? (
            <button
              type="button"
              className="control max-w-full rounded-full text-start"
              disabled={!isTappable(tap, commands)}
              onClick={() => tap.order !== null && onOrder(tap.order)}
            >
              <Said>{tap.label}</Said>
            </button>
          ) : (
            <p className="flex items-start gap-1 p-1">
              <ExternalLink size={14} aria-hidden className="mt-0.5 shrink-0" />
              <span>
                <Said>{tap.label}</Said> <Said className="text-xs text-soft">{tap.address}</Said>
              </span>
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}
