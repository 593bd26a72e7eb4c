/** The TypeScript twin as a program, for test_cross.py: a line {operation, input} in, a line {expect, output} out. */
import { createInterface } from 'node:readline';
import { type Json, outcome } from './operations.ts';

async function answer({ operation, input }: Json): Promise<Json> {
  try {
    return await outcome(operation, input);
  } catch (error) {
    return { expect: 'bug', output: String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
