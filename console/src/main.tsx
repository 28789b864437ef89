import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createQueryClient } from "./client/queries.ts";
import { followPreferences, preferences } from "./preferences/preferences-store.ts";
import { router } from "./router.tsx";
import { loadLanguage, TextsProvider } from "./texts/texts.tsx";

function showTheme(): void {
  const { theme } = preferences();
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

async function start(): Promise<void> {
  showTheme();
  followPreferences(showTheme);
  const { language } = preferences();
  document.documentElement.lang = language;
  const first = await loadLanguage(language);
  const place = document.getElementById("root");
  if (place === null) throw new Error("the page has no place for the console");
  createRoot(place).render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <QueryClientProvider client={createQueryClient()}>
          <TextsProvider first={first}>
            <RouterProvider router={router} />
          </TextsProvider>
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>,
  );
}

await start();
