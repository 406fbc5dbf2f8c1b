// Encodes texts with OpenAI's tokenizer: [["text"], ...] as JSON on standard
// input gives {"o200k_base": [[token, ...], ...], "cl100k_base": [...]}.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { Tiktoken } = require('tiktoken');

// The package's pattern for cl100k_base is that of 2023. This is today's, of
// tiktoken 0.8 and later, which differs at the white space that ends a text.
const patterns = {
  cl100k_base: String.raw`'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s`,
};

const texts = JSON.parse(readFileSync(0, 'utf8'));
const answer = {};
for (const name of ['o200k_base', 'cl100k_base']) {
  const { bpe_ranks, pat_str } = require(`tiktoken/encoders/${name}.json`);
  const encoding = new Tiktoken(bpe_ranks, {}, patterns[name] ?? pat_str);
  answer[name] = texts.map((t) => Array.from(encoding.encode_ordinary(t)));
  encoding.free();
}
process.stdout.write(JSON.stringify(answer));
