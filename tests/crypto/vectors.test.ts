import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Kind } from '../../crypto/frame.ts';
import { type Json, outcome } from './operations.ts';

const folder = join(process.env['SLUSS_ROOT'] ?? process.cwd(), 'tests/vectors');

/** What only a server does has no twin here. */
const PYTHON_ONLY = new Set(['check_proof', 'unknown_random', 'rest_seal', 'rest_open']);

/** Python tells a message's bytes and its author's whole claim; a page keeps the text, and the author's name. */
function narrowed(output: Json): Json {
  const messages = output.heard?.flatMap((one: Json) => one.messages ?? []) ?? [];
  for (const message of messages) {
    message.author = message.author?.name ?? null;
    if (message.kind === Kind.introduction) message.text = '';
  }
  return output;
}

const paths = globSync('*/*.json', { cwd: folder }).sort();

test('there are vectors', () => assert.ok(paths.length > 0));

for (const path of paths) {
  const { expect, does, operation, input, output } = JSON.parse(readFileSync(join(folder, path), 'utf8'));
  if (PYTHON_ONLY.has(operation)) continue;
  test(`${path}: ${does}`, async () => {
    const meant = expect === 'success' ? { expect, output: narrowed(output) } : { expect };
    assert.deepEqual(await outcome(operation, input), meant);
  });
}
