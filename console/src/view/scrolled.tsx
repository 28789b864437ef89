import type { ReactNode } from "react";

/** What scrolls in itself where the screen is too small. The keyboard reaches it, and then scrolls it. */
export function Scrolled({
  name,
  className,
  onScroll,
  children,
}: {
  readonly name: string;
  readonly className: string;
  readonly onScroll?: (scrollTop: number) => void;
  readonly children: ReactNode;
}) {
  return (
    <section
      aria-label={name}
      className={className}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: otherwise the keyboard can't scroll it.
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop } }) => onScroll?.(scrollTop)}
    >
      {children}
    </section>
  );
}
