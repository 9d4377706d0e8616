// Says what others' readers find in a Chainpoint: `node parse.js v3|v4`, one document a line.
"use strict";

const reader = process.argv[2] === "v3" ? "chainpoint-parse-v3" : "chainpoint-parse";
const { parse } = require(reader);
const lines = require("node:fs").readFileSync(0, "utf8").split("\n");
for (const line of lines.filter(Boolean)) {
  let found;
  try {
    found = parse(JSON.parse(line));
  } catch (error) {
    found = { error: String(error.message) };
  }
  console.log(JSON.stringify(found));
}
