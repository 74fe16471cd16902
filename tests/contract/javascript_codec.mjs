// The JavaScript codec as a judge: a line of JSON in, a line of JSON out. Bytes are written as {"$bytes": base64}.
//
//   {"frames": ["451-…", "bAQ=="]}        -> the packet that socket.io-parser makes of them, or {"error": …}
//   {"packet": {"type", "nsp", "data"…}}  -> the frames that it makes of the packet
import { createInterface } from "node:readline";
import { decodePacket, encodePacket } from "engine.io-parser";
import { Decoder, Encoder } from "socket.io-parser";

const revive = (_, value) => (value?.$bytes === undefined ? value : Buffer.from(value.$bytes, "base64"));
const replace = (_, value) =>
  value?.type === "Buffer" ? { $bytes: Buffer.from(value.data).toString("base64") } : value;

function decode(frames) {
  let packet;
  const decoder = new Decoder();
  decoder.on("decoded", (decoded) => (packet = decoded));
  for (const frame of frames) {
    const { type, data } = decodePacket(frame, "nodebuffer");
    if (type !== "message") return { engine: type, data: data ?? "" };
    decoder.add(data);
  }
  return packet ?? { error: "attachments are missing" };
}

function encode(packet) {
  const frames = [];
  for (const data of new Encoder().encode(packet))
    encodePacket({ type: "message", data }, false, (frame) => frames.push(frame));
  return frames;
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line, revive);
  let answer;
  try {
    answer = request.frames ? decode(request.frames) : encode(request.packet);
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer, replace));
}
