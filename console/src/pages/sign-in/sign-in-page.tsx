import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { meQuery } from "../../client/queries.ts";
import { useSession } from "../../client/session.ts";
import { PreferenceChoices } from "../../frame/preference-choices.tsx";
import { useTexts } from "../../texts/texts.tsx";
import { PageTitle } from "../../view/page-title.tsx";
import { nextPath } from "./next-path.ts";
import { SignInForm } from "./sign-in-form.tsx";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  const { t } = useTexts();
  const { next } = route.useSearch();
  const router = useRouter();
  const session = useSession();
  const isPresent = session === "present";
  // Whoever is signed in, or where no token is set, needs no form.
  useQuery({ ...meQuery, enabled: session === "unknown" });
  useEffect(() => {
    if (isPresent) router.history.replace(nextPath(next, location.origin));
  }, [isPresent, next, router]);
  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center gap-6 p-4">
      <div className="panel p-6">
        <p className="mb-4 flex items-center gap-2 font-semibold">
          <img src="/icon.svg" alt="" width="22" height="22" />
          {t("product")}
        </p>
        <PageTitle>{t("signIn.title")}</PageTitle>
        <SignInForm onDone={() => undefined} />
      </div>
      <details className="panel p-4">
        <summary className="cursor-pointer">{t("frame.preferences")}</summary>
        <div className="mt-3">
          <PreferenceChoices />
        </div>
      </details>
    </main>
  );
}
