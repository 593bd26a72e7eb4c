/** The door: login and password, or after a reload the password alone. Neither is kept anywhere. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { entranceSentence, useWords } from './words.ts';

interface DoorProps {
  /** Known after a reload: then only the password is asked. */
  readonly login?: string;
  /** What led here, when it was not the counsellor. */
  readonly notice?: string;
  readonly enter: (login: string, password: string) => Promise<void>;
  readonly signOut?: () => void;
}

/** One try at a time; the password field is emptied by every failed one. */
function useAttempt(enter: DoorProps['enter']) {
  const { t } = useWords();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const attempt = async (login: string, password: string) => {
    setBusy(true);
    setFailure(null);
    try {
      await enter(login, password);
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  return { busy, failure: failure ? entranceSentence(t, failure) : '', attempt };
}

export function Door({ login, notice = '', enter, signOut }: DoorProps) {
  const { t } = useWords();
  const { busy, failure, attempt } = useAttempt(enter);
  const name = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const again = login !== undefined;
  useEffect(() => (again ? password : name).current?.focus(), [again]);
  useEffect(() => {
    if (failure && password.current) {
      password.current.value = '';
      password.current.focus();
    }
  }, [failure]);
  const submit = (event: Event) => {
    event.preventDefault();
    if (!busy) void attempt(login ?? name.current?.value ?? '', password.current?.value ?? '');
  };
  return (
    <main class="door">
      <form class="card" onSubmit={submit}>
        <h1>{t(again ? 'unlock.heading' : 'sign-in.heading')}</h1>
        {notice && <p class="note">{notice}</p>}
        <p class="quiet">{again ? t('unlock.explain', { login }) : t('sign-in.explain')}</p>
        {again ? (
          // A password manager finds the password by the name beside it.
          <input
            class="hidden"
            type="text"
            autocomplete="username"
            value={login}
            readOnly
            tabIndex={-1}
            aria-hidden="true"
          />
        ) : (
          <label class="field">
            <span>{t('sign-in.login')}</span>
            <input
              ref={name}
              type="text"
              name="login"
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              required
              maxLength={64}
            />
          </label>
        )}
        <label class="field">
          <span>{t('sign-in.password')}</span>
          <input
            ref={password}
            type="password"
            name="password"
            autocomplete="current-password"
            required
            aria-describedby="door-failure"
          />
        </label>
        <p id="door-failure" class="failure" role="alert">
          {failure}
        </p>
        <button type="submit" class="button primary wide" aria-disabled={busy}>
          {t(again ? 'unlock.submit' : 'sign-in.submit')}
        </button>
        <p class="quiet" role="status">
          {busy ? t('sign-in.working') : ''}
        </p>
        {signOut && (
          <button type="button" class="button plain" onClick={signOut}>
            {t('sign-out.other', { login: login ?? '' })}
          </button>
        )}
      </form>
    </main>
  );
}
