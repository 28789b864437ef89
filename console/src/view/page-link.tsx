import { useRouter } from "@tanstack/react-router";
import type { MouseEvent, ReactNode } from "react";
import { hasPage } from "../pages/pages.ts";

/** A link to a page of ours; where this console doesn't have the page, what would stand in it. */
export function PageLink({
  to,
  children,
  className = "linked",
  isHere = false,
  opensRow = false,
  tabIndex,
}: {
  readonly to: string;
  readonly children: ReactNode;
  readonly className?: string;
  /** It leads to the page that is shown. */
  readonly isHere?: boolean;
  /** It is what the keys lead to in its row: see `rows.ts`. */
  readonly opensRow?: boolean;
  readonly tabIndex?: number | undefined;
}) {
  const router = useRouter();
  if (!hasPage(to)) return <span>{children}</span>;
  const open = (event: MouseEvent) => {
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!isPlain) return;
    event.preventDefault();
    router.history.push(to);
  };
  return (
    <a
      href={to}
      onClick={open}
      className={className}
      aria-current={isHere ? "page" : undefined}
      data-opens={opensRow ? "" : undefined}
      tabIndex={tabIndex}
    >
      {children}
    </a>
  );
}
