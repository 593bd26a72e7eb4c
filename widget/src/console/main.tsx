/** The console's entry: reads the page's data block and draws the console. */
import { render } from 'preact';
import type { ConsolePage } from '../wire.ts';
import { App } from './app.tsx';

// A page that comes back from the browser's memory would come back with its keys.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});

const page = JSON.parse(document.getElementById('page')!.textContent) as ConsolePage;
render(<App page={page} />, document.getElementById('console')!);
