import assert from 'node:assert/strict';
import test from 'node:test';
import { selfTest } from '../../crypto/selftest.ts';

test('this engine passes the pages’ self-test', async () => {
  await assert.doesNotReject(selfTest());
});
