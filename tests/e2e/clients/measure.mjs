// Measures what a user feels, with the stock client, and prints it as one JSON object. Times in milliseconds.
// usage: node measure.mjs OUTPUTS [rounds] [user index]
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { io } from "socket.io-client";

const [, , file, rounds = "30", who = "2"] = process.argv;
const outputs = JSON.parse(readFileSync(file, "utf8"));
const token = outputs.users[Number(who)].apiKey;
const open = () =>
  new Promise((resolve, reject) => {
    const start = performance.now();
    const socket = io(outputs.url, {
      path: outputs.socketPath,
      transports: ["websocket"],
      auth: { token },
      forceNew: true,
    });
    socket.on("connect", () => resolve({ socket, ms: performance.now() - start }));
    socket.on("connect_error", reject);
  });
const once = (socket, event, wanted) =>
  new Promise((resolve) => {
    const listener = (body) => wanted(body) && (socket.off(event, listener), resolve(performance.now()));
    socket.on(event, listener);
  });
const quantile = (values, q) => {
  const sorted = [...values].sort((a, b) => a - b);
  return Number(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))].toFixed(1));
};
const spread = (values) => ({
  p50: quantile(values, 0.5),
  p95: quantile(values, 0.95),
  max: quantile(values, 1),
});

const connects = [];
for (let i = 0; i < 12; i++) {
  const { socket, ms } = await open();
  connects.push(ms);
  socket.close();
}

const { socket } = await open();
await socket.emitWithAck("chat:join", { agentId: "echo" });
const acks = [],
  firsts = [],
  histories = [];
for (let i = 0; i < Number(rounds); i++) {
  let start = performance.now();
  await socket.emitWithAck("chat:history", { agentId: "echo", limit: 1 });
  histories.push(performance.now() - start);
  const first = once(socket, "chat:message:stream", (body) => body.index === 0);
  const done = once(socket, "chat:message:complete", () => true);
  start = performance.now();
  const ack = await socket.emitWithAck("chat:message", { agentId: "echo", message: "one two three four" });
  if (!ack.ok) throw new Error(JSON.stringify(ack));
  const acked = performance.now();
  acks.push(acked - start);
  firsts.push((await first) - acked);
  await done;
}

const arrivals = [];
const arrive = () => arrivals.push(performance.now());
socket.on("chat:message:stream", arrive);
const finished = once(socket, "chat:message:complete", () => true);
const long = Array.from({ length: 300 }, (_, i) => `w${i}`).join(" ");
await socket.emitWithAck("chat:message", { agentId: "echo", message: long });
await finished;
socket.off("chat:message:stream", arrive);
const gaps = arrivals.slice(1).map((at, i) => at - arrivals[i]);
const lateness = arrivals.map((at, i) => at - (arrivals[0] + 50 * i));
const base = quantile(lateness, 0.5);
const distances = lateness.map((late) => Math.abs(late - base));

const stopAfter = [];
for (let i = 0; i < 5; i++) {
  const { replyId } = await socket.emitWithAck("chat:message", { agentId: "echo", message: long });
  await new Promise((resolve) => setTimeout(resolve, 300 + 150 * i));
  const ended = once(
    socket,
    "chat:message:complete",
    (body) => body.messageId === replyId && body.finishReason === "stopped",
  );
  const start = performance.now();
  await socket.emitWithAck("chat:stop", { agentId: "echo", messageId: replyId });
  stopAfter.push((await ended) - start);
}
socket.close();

console.log(
  JSON.stringify({
    connect: spread(connects),
    history: spread(histories),
    ack: spread(acks),
    firstChunkAfterAck: spread(firsts),
    cadence: {
      chunks: arrivals.length,
      gapMedian: quantile(gaps, 0.5),
      distanceP95: quantile(distances, 0.95),
      distanceMax: quantile(distances, 1),
      drift: Number((lateness.at(-1) - lateness[0]).toFixed(1)),
    },
    stop: spread(stopAfter),
  }),
);
