import { useLayoutEffect, useRef, type ReactNode } from "react";
import { useLatest } from "../hooks/shared.js";
import { CloseIcon } from "../components/parts/icons.js";
import { useFrameWords } from "./words/useFrameWords.js";

interface DialogProps {
  title: string;
  /** From which side it comes in; in the middle by default. */
  side?: "start" | "end" | undefined;
  onClose: () => void;
  children: ReactNode;
}

/** Something that stands before the page until it is closed: by its button, by Escape, or by a click beside it. */
export function Dialog({ title, side, onClose, children }: DialogProps): ReactNode {
  const close = useLatest(onClose);
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    if (!shown) return undefined;
    const ending = new AbortController();
    const click = ({ target }: MouseEvent): void => {
      if (target === shown) close.current(); // what is in it fills it: this is a click on the backdrop
    };
    shown.addEventListener("click", click, { signal: ending.signal });
    shown.showModal();
    return () => {
      ending.abort();
      shown.close(); // while it is still a part of the page: so the focus goes back to where it came from
    };
  }, [close]);
  return (
    <dialog ref={dialog} className="ssio-dialog" data-side={side} aria-label={title} onCancel={onClose}>
      <div className="ssio-dialog-box">
        <header>
          <h2>{title}</h2>
          <CloseButton onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

export function CloseButton({ onClick }: { onClick: () => void }): ReactNode {
  const words = useFrameWords();
  return (
    <button
      type="button"
      className="ssio-button ssio-button-quiet ssio-icon-button"
      aria-label={words.close}
      onClick={onClick}
    >
      <CloseIcon />
    </button>
  );
}
