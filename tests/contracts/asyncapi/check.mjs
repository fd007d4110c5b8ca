// Reads an AsyncAPI document from standard input, says what the official parser finds in it, and fails when that is
// more than a remark. The counts at the end tell the test that the parser has seen the whole document.
import { readFileSync } from 'node:fs';
import parsers from '@asyncapi/parser';

const WARNING = 1; // 0 error, 1 warning, 2 information, 3 hint
const { document, diagnostics } = await new parsers.Parser().parse(readFileSync(0, 'utf8'));
const troubles = diagnostics.filter((found) => found.severity <= WARNING);
for (const found of troubles) console.error(`${found.path.join('/')}: ${found.message} (${found.code})`);
if (!document || troubles.length) process.exit(1);
console.log(JSON.stringify({
  version: document.version(),
  channels: document.channels().all().length,
  operations: document.operations().all().length,
  messages: document.messages().all().length,
}));
