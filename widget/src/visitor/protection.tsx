/** How far the conversation is protected, said plainly: a page without a pin from elsewhere claims nothing against its server. */
import type { TrustedDesk } from './trust.ts';
import { inGroups } from './trust.ts';
import { useWords } from './words.ts';

export function Protection({ pinned, open }: { readonly pinned: TrustedDesk['pinned']; readonly open: boolean }) {
  const { say, desk } = useWords();
  return (
    <details class="protection" open={open}>
      <summary>{say('visitor.protection')}</summary>
      <p>{say(pinned ? 'visitor.protection.pinned' : 'visitor.protection.unpinned', { desk: desk.name })}</p>
      {!pinned && (
        <p>
          <code class="fingerprint">{inGroups(desk.org)}</code>
        </p>
      )}
      <p>{say('visitor.protection.limits')}</p>
    </details>
  );
}
