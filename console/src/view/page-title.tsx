import { useEffect } from "react";
import { withMarks } from "./marked.ts";
import { Said } from "./said.tsx";

/** The one `h1` of a page, and the title of its tab. */
export function PageTitle({ children }: { readonly children: string }) {
  useEffect(() => {
    document.title = `${withMarks(children)} · Turnpike`;
  }, [children]);
  return (
    <h1 className="mb-3 line-clamp-2 min-h-fit text-xl font-semibold">
      <Said>{children}</Said>
    </h1>
  );
}
