import type { ReactNode } from "react";
import { CloseButton } from "./Dialog.js";

/** Something that went wrong with what has been done, in a corner until it is dismissed. */
export function Warning({ text, onDismiss }: { text: string; onDismiss: () => void }): ReactNode {
  return (
    <div className="ssio-toast-place" role="alert">
      <div className="ssio-toast">
        <p className="ssio-toast-text">{text}</p>
        <CloseButton onClick={onDismiss} />
      </div>
    </div>
  );
}
