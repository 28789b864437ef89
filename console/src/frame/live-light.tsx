import type { FeedStatus } from "../live/feed-state.ts";
import { useFeed } from "../live/feed-store.ts";
import { useTexts } from "../texts/texts.tsx";

/** Shape and word say it, too, not the colour alone. */
const LIGHTS: Readonly<Record<FeedStatus, string>> = {
  connecting: "border-2 border-edge",
  live: "bg-good",
  lost: "rounded-none rotate-45 bg-warn",
  resting: "border-2 border-dashed border-edge",
};

/** Whether the live stream is there, and of how many processes it tells. */
export function LiveLight() {
  const { t } = useTexts();
  const { status, nodes } = useFeed();
  const isPart = status === "live" && nodes !== null && nodes > 1;
  return (
    <p role="status" className="flex items-center gap-2 whitespace-nowrap" data-feed={status}>
      <span aria-hidden className={`size-2.5 rounded-full ${LIGHTS[status]}`} />
      {isPart ? t("feed.livePart", { nodes }) : t(`feed.${status}`)}
    </p>
  );
}
