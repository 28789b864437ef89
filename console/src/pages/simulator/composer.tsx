import { ImagePlus, SendHorizontal, Smile } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { PlatformWire } from "../../../../src/simulator/console-api/wire.ts";
import { useTexts } from "../../texts/texts.tsx";
import { extrasOf, says } from "./acts.ts";
import type { Order } from "./drawn.ts";

interface ComposerProps {
  readonly platform: Pick<PlatformWire, "channel" | "commands">;
  onOrder(order: Order): Promise<boolean>;
}

/** Enter sends. What couldn't be sent stands here again. */
export function Composer({ platform: { channel, commands }, onOrder }: ComposerProps) {
  const { t } = useTexts();
  const [text, setText] = useState("");
  const { sticker, image } = extrasOf(channel, commands);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    const said = text;
    if (said.trim() === "") return;
    setText("");
    if (!(await onOrder(says(said)))) setText((now) => (now === "" ? said : now));
  };
  return (
    <form className="flex gap-1 border-t border-line p-2" onSubmit={(event) => void send(event)}>
      {sticker !== undefined && (
        <button
          type="button"
          className="control shrink-0 px-1.5"
          aria-label={t("simulator.sendSticker")}
          onClick={() => void onOrder(sticker)}
        >
          <Smile size={16} aria-hidden />
        </button>
      )}
      {image !== undefined && (
        <button
          type="button"
          className="control shrink-0 px-1.5"
          aria-label={t("simulator.sendImage")}
          onClick={() => void onOrder(image)}
        >
          <ImagePlus size={16} aria-hidden />
        </button>
      )}
      <input
        className="control min-w-0 grow rounded-full"
        aria-label={t("simulator.compose")}
        placeholder={t("simulator.compose")}
        autoComplete="off"
        maxLength={5_000}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <button type="submit" className="control control-main shrink-0 px-2" aria-label={t("simulator.send")}>
        <SendHorizontal size={16} aria-hidden />
      </button>
    </form>
  );
}
