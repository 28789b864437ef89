import { useTexts } from "../texts/texts.tsx";
import { useNow } from "../view/use-now.ts";

/** For the eye: read out each second it would be a nuisance. */
export function SecondsLeft({ until }: { readonly until: number }) {
  const { number } = useTexts();
  return <span aria-hidden>{number(Math.max(0, Math.ceil((until - useNow()) / 1_000)))}</span>;
}
