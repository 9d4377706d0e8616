// Runs the second verifier on many files: a line of arguments in, a line of status and answer out.
import { createInterface } from "node:readline";
import { main } from "../../tools/verify.mjs";

for await (const line of createInterface({ input: process.stdin })) {
  const said = [];
  const status = await main(JSON.parse(line), (text) => said.push(text));
  console.log(JSON.stringify({ status, answer: JSON.parse(said.at(-1) ?? "null") }));
}
