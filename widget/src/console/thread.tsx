/** One conversation on the screen: who is there, whether it is whole, what was said, and the answer. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { type AnomalyKind, type Conversation, anomalyKinds, writable } from '../conversation.ts';
import { type Open, type Seal, numberOf } from './board.ts';
import { Closing } from './closing.tsx';
import { Composer } from './composer.tsx';
import { Log } from './log.tsx';
import { languageName, sentence, useWords } from './words.ts';

export interface ThreadProps {
  readonly open: Open;
  readonly fingerprint: string;
  readonly draft: (text: string) => void;
  readonly say: (text: string) => void;
  readonly close: (farewell: string) => void;
  readonly putAway: () => void;
}

const HEADING = 'conversation-heading';

/** The state of encryption: whose key, which of the desk's epochs, and in whose name we answer. */
function SealState({ seal, fingerprint }: { readonly seal: Seal; readonly fingerprint: string }) {
  const { t } = useWords();
  const { desk, epoch, member } = seal;
  return (
    <details class="seal">
      <summary>{t('seal.summary', { desk, epoch })}</summary>
      <p>{t('seal.whose', { desk, epoch })}</p>
      {seal.older && <p>{t('seal.older', { desk })}</p>}
      <p>{t('seal.member', { member })}</p>
      <p>
        {t('seal.fingerprint')} <code>{fingerprint}</code>
      </p>
    </details>
  );
}

function Anomalies({ kinds }: { readonly kinds: readonly AnomalyKind[] }) {
  const { t } = useWords();
  return (
    <div class="anomalies" aria-live="polite">
      {kinds.map((kind) => (
        <p key={kind} class="note warning">
          <strong>{t(`anomaly.${kind}.title`)}</strong> {t(`anomaly.${kind}`)}
        </p>
      ))}
    </div>
  );
}

/** The one thing worth knowing about the other side just now. */
function stateKey({ phase, line, typing, refusal }: Conversation, closing: boolean): string {
  if (phase === 'closed') return 'phase.closed';
  if (refusal) return `refusal.${refusal}`;
  if (closing) return 'closing.working';
  if (typing) return 'typing';
  return `line.${line}.sentence`;
}

function State({ open }: { readonly open: Open }) {
  const { t } = useWords();
  const key = stateKey(open.conversation, open.closing);
  return (
    <p class={`conversation-state ${open.conversation.line}`} role="status">
      {sentence(t, key, 'refusal.other')}
    </p>
  );
}

function Heading({ open, onClose }: { readonly open: Open; readonly onClose: (() => void) | null }) {
  const { t, language } = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever opens a conversation that takes no answer is led to its name instead.
  useEffect(() => {
    if (!onClose) heading.current?.focus();
  }, []);
  return (
    <header class="thread-head">
      <h2 id={HEADING} ref={heading} tabIndex={-1}>
        {t('conversation.name', { number: numberOf(open.id) })}{' '}
        <span class="quiet">{open.language && languageName(open.language, language)}</span>
      </h2>
      {onClose && (
        <button type="button" class="button" onClick={onClose}>
          {t('close')}
        </button>
      )}
    </header>
  );
}

function Unopened({ open, putAway }: Pick<ThreadProps, 'open' | 'putAway'>) {
  const { t } = useWords();
  if (!open.fault)
    return (
      <p class="conversation-state" role="status">
        {t('opening')}
      </p>
    );
  return (
    <div class="unopened">
      <p class="note warning">
        <strong>{t(`fault.${open.fault}.title`)}</strong> {t(`fault.${open.fault}`)}
      </p>
      <button type="button" class="button" onClick={putAway}>
        {t('put-away')}
      </button>
    </div>
  );
}

function Answer({ open, draft, say, putAway }: ThreadProps) {
  const { t } = useWords();
  if (open.conversation.phase === 'closed')
    return (
      <div class="composer">
        <button type="button" class="button" onClick={putAway}>
          {t('put-away')}
        </button>
      </div>
    );
  if (!writable(open.conversation) || open.closing) return null;
  return <Composer draft={open.draft} language={open.language} change={draft} send={say} />;
}

export function Thread(props: ThreadProps) {
  const { open, fingerprint, close } = props;
  const [closing, setClosing] = useState(false);
  const mayClose = open.seal !== null && open.conversation.phase === 'active' && !open.closing;
  return (
    <section class="thread" aria-labelledby={HEADING}>
      <Heading open={open} onClose={mayClose ? () => setClosing(true) : null} />
      {open.seal ? (
        <>
          <SealState seal={open.seal} fingerprint={fingerprint} />
          <Anomalies kinds={anomalyKinds(open.conversation)} />
          <Log entries={open.conversation.entries} language={open.language} labelledBy={HEADING} />
          <State open={open} />
          <Answer {...props} />
        </>
      ) : (
        <Unopened open={open} putAway={props.putAway} />
      )}
      {closing && (
        <Closing
          language={open.language}
          cancel={() => setClosing(false)}
          close={(farewell) => {
            setClosing(false);
            close(farewell);
          }}
        />
      )}
    </section>
  );
}
