/** Where a message is written. Nothing here is kept by the browser: no name, no completion, no spelling service (EX-16). */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { TargetedInputEvent } from 'preact';
import { MESSAGE_LIMIT, messageLength } from '../session.ts';
import { useWords } from './words.ts';

interface ComposerProps {
  readonly onSend: (text: string) => void;
  readonly onKey: () => void;
  readonly onEmpty: () => void;
}

/** Some engines say 229 instead of `isComposing` for the Enter that ends a composition (AC-4). */
const COMPOSING = 229;

const sends = (event: KeyboardEvent): boolean =>
  event.key === 'Enter' &&
  !(event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) &&
  !event.isComposing &&
  event.keyCode !== COMPOSING;

export function Composer({ onSend, onKey, onEmpty }: ComposerProps) {
  const { say } = useWords();
  const box = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState('');
  useLayoutEffect(() => box.current?.focus({ preventScroll: true }), []);
  const long = messageLength(text) > MESSAGE_LIMIT;

  const change = (event: TargetedInputEvent<HTMLTextAreaElement>) => {
    setText(event.currentTarget.value);
    if (event.currentTarget.value) onKey();
    else onEmpty();
  };
  const send = (event: Event) => {
    event.preventDefault();
    box.current?.focus();
    if (long || text.trim() === '') return;
    onSend(text.trim());
    setText('');
  };
  return (
    <form class="composer" onSubmit={send}>
      <label for="words">{say('visitor.write')}</label>
      <textarea
        id="words"
        ref={box}
        rows={2}
        value={text}
        onInput={change}
        onKeyDown={(event) => sends(event) && send(event)}
        dir="auto"
        spellcheck={false}
        autocomplete="off"
        autoCorrect="off"
        enterkeyhint="send"
        aria-invalid={long}
        aria-describedby="words-hint"
      />
      <button type="submit" class="primary">
        {say('visitor.send')}
      </button>
      <p id="words-hint" class={long ? 'hint notice' : 'hint'} role={long ? 'alert' : undefined}>
        {say(long ? 'visitor.long' : 'visitor.enter')}
      </p>
    </form>
  );
}
