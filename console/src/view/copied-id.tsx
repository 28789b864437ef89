import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useTexts } from "../texts/texts.tsx";
import { PageLink } from "./page-link.tsx";

/** An id, and a button that copies it. Plain http off loopback has no clipboard, so the button isn't there. */
export function CopiedId({
  id,
  name,
  to,
}: {
  readonly id: string;
  readonly name: string;
  /** The page of what it is the id of. */
  readonly to?: string | undefined;
}) {
  const { t } = useTexts();
  const [isCopied, setIsCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(id).then(
      () => setIsCopied(true),
      () => setIsCopied(false),
    );
  return (
    <span className="inline-flex items-start gap-1">
      <bdi className="font-mono text-xs leading-6">{to === undefined ? id : <PageLink to={to}>{id}</PageLink>}</bdi>
      {"clipboard" in navigator && (
        <button
          type="button"
          className="inline-flex size-6 shrink-0 items-center justify-center rounded text-soft hover:text-accent"
          aria-label={isCopied ? t("copiedId.done") : t("copiedId.copy", { name })}
          onClick={() => void copy()}
        >
          {isCopied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
        </button>
      )}
    </span>
  );
}
