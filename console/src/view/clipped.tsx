import { type ReactNode, useState } from "react";
import { useTexts } from "../texts/texts.tsx";
import { clipped } from "./clip.ts";
import { markedParts } from "./marked.ts";
import { Said } from "./said.tsx";

/** What somebody said, of which the beginning is shown where it is long. */
export function Clipped({ text }: { readonly text: string }) {
  return <Part text={text}>{(shown) => <Said className="whitespace-pre-wrap">{shown}</Said>}</Part>;
}

/** As it is in the data, with what isn't seen marked. */
export function RawText({ text }: { readonly text: string }) {
  return (
    <Part text={text} graphemes={RAW_GRAPHEMES}>
      {(shown) => (
        <pre dir="ltr" className="font-mono text-xs whitespace-pre-wrap">
          {markedParts(shown, "\n").map(({ text: part, isMark }, index) => {
            const Tag = isMark ? "mark" : "bdi";
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other name.
              <Tag key={index} dir="ltr">
                {part}
              </Tag>
            );
          })}
        </pre>
      )}
    </Part>
  );
}

const RAW_GRAPHEMES = 4_000;

function Part({
  text,
  graphemes,
  children,
}: {
  readonly text: string;
  readonly graphemes?: number;
  readonly children: (shown: string) => ReactNode;
}) {
  const { t } = useTexts();
  const [isWhole, setIsWhole] = useState(false);
  const start = clipped(text, graphemes);
  return (
    <>
      {children(isWhole || start === null ? text : start)}
      {start !== null && (
        <>
          {!isWhole && <span aria-hidden>…</span>}
          <button type="button" className="linked mt-1 block text-start" onClick={() => setIsWhole(!isWhole)}>
            {isWhole ? t("clip.less") : t("clip.all", { count: text.length })}
          </button>
        </>
      )}
    </>
  );
}
