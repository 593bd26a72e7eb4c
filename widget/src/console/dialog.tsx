/** One question in the way of a step that cannot be undone: the browser's own modal dialog, closed by Escape. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

export interface DialogProps {
  readonly title: string;
  readonly confirm: string;
  readonly cancel: string;
  readonly children: ComponentChildren;
  readonly disabled?: boolean;
  /** Nothing to fill in: then Enter must not do what cannot be undone. */
  readonly careful?: boolean;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

export function Dialog({
  title,
  confirm,
  cancel,
  children,
  disabled = false,
  careful = false,
  onConfirm,
  onCancel,
}: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!disabled) onConfirm();
        }}
      >
        <h2 id={heading}>{title}</h2>
        {children}
        <div class="buttons">
          <button type="submit" class="button primary" disabled={disabled}>
            {confirm}
          </button>
          <button type="button" class="button" autofocus={careful} onClick={onCancel}>
            {cancel}
          </button>
        </div>
      </form>
    </dialog>
  );
}
