/** A deed that is asked about once before it is done; Escape and "no" go back, and the focus with them. */
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useWords } from './words.ts';

interface QuestionProps {
  /** Catalogue prefix: itself the button, then `.question`, `.text` and `.yes`. */
  readonly name: string;
  readonly danger?: boolean;
  readonly disabled: boolean;
  readonly onYes: () => void;
}

export function Question({ name, danger = false, disabled, onYes }: QuestionProps) {
  const { say } = useWords();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="quiet" disabled={disabled} onClick={() => setOpen(true)}>
        {say(name)}
      </button>
      {open && <Dialog name={name} danger={danger} onClose={() => setOpen(false)} onYes={onYes} />}
    </>
  );
}

interface DialogProps extends Pick<QuestionProps, 'name' | 'onYes'> {
  readonly danger: boolean;
  readonly onClose: () => void;
}

function Dialog({ name, danger, onClose, onYes }: DialogProps) {
  const { say, desk } = useWords();
  const box = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useLayoutEffect(() => box.current?.showModal(), []);
  const close = () => box.current?.close();
  const yes = () => {
    close();
    onYes();
  };
  return (
    <dialog ref={box} aria-labelledby={heading} onClose={onClose}>
      <h2 id={heading}>{say(`${name}.question`)}</h2>
      <p>{say(`${name}.text`, { days: desk.retention_days })}</p>
      <div class="answers">
        <button type="button" class="secondary" onClick={close}>
          {say('visitor.no')}
        </button>
        <button type="button" class={danger ? 'primary danger' : 'primary'} onClick={yes}>
          {say(`${name}.yes`)}
        </button>
      </div>
    </dialog>
  );
}
