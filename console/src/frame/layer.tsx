import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { useTexts } from "../texts/texts.tsx";

/** Beside the button that does what the dialog asks about. Once that is on its way nothing can be taken back. */
export function Cancel({ isTooLate = false }: { readonly isTooLate?: boolean }) {
  const { t } = useTexts();
  return (
    <Dialog.Close className="control" disabled={isTooLate}>
      {t("layer.cancel")}
    </Dialog.Close>
  );
}

/** A dialog over the page. `Esc` closes it, and the focus goes back to where it was. */
export function Layer({
  title,
  isOpen,
  onClose,
  isWide = false,
  focusAfter,
  children,
}: {
  readonly title: string;
  readonly isOpen: boolean;
  /** Absent: it stays until what it asks for is done. */
  readonly onClose?: () => void;
  readonly isWide?: boolean;
  /** What has the focus when it is closed, if it is there; by default what had it before. */
  readonly focusAfter?: RefObject<HTMLElement | null>;
  readonly children: ReactNode;
}) {
  const { t } = useTexts();
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => !open && onClose?.()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-veil" />
        <Dialog.Popup
          finalFocus={() => focusAfter?.current ?? true}
          className={`panel fixed top-[10vh] left-1/2 z-50 max-h-[80vh] -translate-x-1/2 overflow-auto p-4 shadow-xl ${isWide ? "w-[min(44rem,calc(100vw-2rem))]" : "w-[min(28rem,calc(100vw-2rem))]"}`}
        >
          <div className="mb-3 flex items-start justify-between gap-4">
            <Dialog.Title className="text-lg font-semibold">{title}</Dialog.Title>
            {onClose !== undefined && (
              <Dialog.Close className="control" aria-label={t("layer.close")}>
                <X size={16} aria-hidden />
              </Dialog.Close>
            )}
          </div>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
