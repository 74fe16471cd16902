// Plays the story in Node, with the client of a package. In: one line of JSON, {package, …what story.mjs is asked}, and a
// line for each "cut" that it prints, when that is done. Out, at the end: what became of it, as JSON.
import { createInterface } from "node:readline";
import { story } from "./story.mjs";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => (await lines.next()).value;
const cut = async () => {
  console.log("cut");
  await read();
};

const { package: name, ...asked } = JSON.parse(await read());
const { io } = await import(name);
console.log(JSON.stringify(await story(io, asked, cut)));
process.exit(0);
