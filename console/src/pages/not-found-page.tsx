import { useTexts } from "../texts/texts.tsx";
import { PageLink } from "../view/page-link.tsx";
import { PageTitle } from "../view/page-title.tsx";

export function NotFoundPage() {
  const { t } = useTexts();
  return (
    <>
      <PageTitle>{t("notFound.title")}</PageTitle>
      <p className="mb-4">{t("notFound.text")}</p>
      <PageLink to="/overview">{t("notFound.out")}</PageLink>
    </>
  );
}
