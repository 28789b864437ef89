/** What stands around every page but the sign-in: rail, top bar, keys, and the dialogs over it. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { OrderNotices } from "../actions/order-notices.tsx";
import { meQuery } from "../client/queries.ts";
import { useSession } from "../client/session.ts";
import { startFeed, useFeed } from "../live/feed-store.ts";
import { SignInForm } from "../pages/sign-in/sign-in-form.tsx";
import { usePreferences } from "../preferences/preferences-store.ts";
import { useTexts } from "../texts/texts.tsx";
import { moveRow, selectRow } from "../view/rows.ts";
import { KeyHelp } from "./key-help.tsx";
import { Layer } from "./layer.tsx";
import { runPageKey } from "./page-keys.ts";
import { PreferenceChoices } from "./preference-choices.tsx";
import { Rail } from "./rail.tsx";
import { SignOut } from "./sign-out.tsx";
import { TopBar } from "./top-bar.tsx";
import { useKeys } from "./use-keys.ts";

type OpenLayer = "help" | "preferences" | null;

export function Frame() {
  const { t } = useTexts();
  const router = useRouter();
  const [layer, setLayer] = useState<OpenLayer>(null);
  const searchField = useRef<HTMLInputElement>(null);
  const session = useSession();
  useKeys((command) => {
    switch (command.kind) {
      case "go":
        router.history.push(command.path);
        return true;
      case "search":
        searchField.current?.focus();
        return true;
      case "help":
        setLayer("help");
        return true;
      case "row":
        return moveRow(command.by);
      case "select":
        return selectRow();
      case "raw":
      case "close":
        return runPageKey(command.kind);
      default:
        return command satisfies never;
    }
  });
  useSignInFirst();
  useLiveData();
  const close = () => setLayer(null);
  return (
    <div className="flex min-h-dvh">
      <a href="#main" className="control absolute top-2 left-2 z-50 -translate-y-20 focus:translate-y-0">
        {t("frame.skip")}
      </a>
      <Rail />
      <div className="flex min-w-0 grow flex-col">
        <TopBar
          searchField={searchField}
          onHelp={() => setLayer("help")}
          onPreferences={() => setLayer("preferences")}
        />
        <main id="main" tabIndex={-1} className="min-w-0 grow p-4 pb-20 outline-none md:pb-4">
          <Outlet />
        </main>
      </div>
      <OrderNotices />
      <Layer title={t("frame.keys")} isOpen={layer === "help"} onClose={close}>
        <KeyHelp />
      </Layer>
      <Layer title={t("frame.preferences")} isOpen={layer === "preferences"} onClose={close}>
        <PreferenceChoices />
        <SignOut />
      </Layer>
      <Layer title={t("signIn.again")} isOpen={session === "ended"}>
        <SignInForm onDone={() => undefined} />
      </Layer>
    </div>
  );
}

/** Who has never been signed in on this page goes to the sign-in, and comes back here from there. */
function useSignInFirst(): void {
  const router = useRouter();
  const session = useSession();
  useEffect(() => {
    if (session !== "absent") return;
    const next = router.state.location.href;
    void router.navigate({ to: "/sign-in", search: { next }, replace: true });
  }, [session, router]);
}

/** Follows the live stream while somebody is signed in, and asks anew for what may be out of date. */
function useLiveData(): void {
  const queries = useQueryClient();
  const session = useSession();
  const { words } = usePreferences();
  const { gaps } = useFeed();
  const wasWith = useRef({ session, words, gaps });
  useQuery(meQuery);
  useEffect(() => {
    if (session !== "present") return;
    return startFeed(() => void queries.invalidateQueries({ queryKey: meQuery.queryKey }));
  }, [session, queries]);
  useEffect(() => {
    const before = wasWith.current;
    wasWith.current = { session, words, gaps };
    // What was read with words goes at once.
    if (before.words !== words) void queries.resetQueries();
    else if (before.gaps < gaps || (before.session === "ended" && session === "present"))
      void queries.invalidateQueries();
  }, [session, words, gaps, queries]);
}
