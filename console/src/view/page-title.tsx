import { useEffect } from "react";

/** The one `h1` of a page, and the title of its tab. */
export function PageTitle({ children }: { readonly children: string }) {
  useEffect(() => {
    document.title = `${children} · Turnpike`;
  }, [children]);
  return <h1 className="mb-3 text-xl font-semibold">{children}</h1>;
}
