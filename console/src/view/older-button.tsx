import { useTexts } from "../texts/texts.tsx";

interface Paged {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  fetchNextPage(): Promise<unknown>;
}

/** Below a list of which there is more. */
export function OlderButton({ list }: { readonly list: Paged }) {
  const { t } = useTexts();
  if (!list.hasNextPage) return null;
  return (
    <button
      type="button"
      className="control mt-3"
      disabled={list.isFetchingNextPage}
      onClick={() => void list.fetchNextPage()}
    >
      {t("list.older")}
    </button>
  );
}
