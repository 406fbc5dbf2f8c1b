// Runs SQL in DuckDB: [["name", "one or more statements"], ...] on standard
// input, in order, gives {"name": [rows of the last statement], ...}.
import { DuckDBInstance } from '@duckdb/node-api';
import { readFileSync } from 'node:fs';

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
const answers = {};
for (const [name, sql] of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    const statements = await connection.extractStatements(sql);
    for (let i = 0; i < statements.count; i++) {
      const reader = await (await statements.prepare(i)).runAndReadAll();
      answers[name] = reader.getRowObjectsJson();
    }
  } catch (e) {
    console.error(`${name}: ${e.message}`);
    process.exit(1);
  }
}
console.log(JSON.stringify(answers));
