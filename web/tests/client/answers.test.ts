import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Answers, type Resume } from "../../src/client/chat/answers.js";
import { ChatError } from "../../src/client/errors.js";
import type { Chunk, Complete } from "../../src/events.gen.js";

const WORDS = ["Once ", "upon ", "a ", "time."];

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function chunk(index: number): Chunk {
  return { agentId: "echo", messageId: "m2", replyTo: "m1", chunk: WORDS[index] ?? "", index, timestamp: 1 };
}

const COMPLETE: Complete = {
  agentId: "echo",
  messageId: "m2",
  replyTo: "m1",
  message: "Once upon a time.",
  chunks: 4,
  finishReason: "stop",
  timestamp: 2,
};

function answers(resume: Resume = () => new Promise(() => {})): {
  answers: Answers;
  heard: unknown[];
  resume: Resume;
} {
  const heard: unknown[] = [];
  const spied = vi.fn(resume);
  const listener = {
    grown: (_: unknown, text: string, index: number) => heard.push([index, text]),
    ended: ({ text, finishReason }: { text: string; finishReason: string | undefined }) =>
      heard.push([finishReason, text]),
  };
  const made = new Answers(spied, listener);
  made.release([]);
  return { answers: made, heard, resume: spied };
}

test("chunks are told in order and once", () => {
  const { answers: all, heard } = answers();
  [0, 1, 0, 1, 2].forEach((index) => all.chunk(chunk(index)));
  expect(heard).toEqual([
    [0, "Once "],
    [1, "upon "],
    [2, "a "],
  ]);
});

test("a gap is asked about, and what waited behind it goes on", async () => {
  const {
    answers: all,
    heard,
    resume,
  } = answers(async () => ({ text: "upon a ", index: 3, complete: false }));
  all.chunk(chunk(0));
  all.chunk(chunk(2));
  all.chunk(chunk(3));
  await vi.advanceTimersByTimeAsync(0);
  expect(resume).toHaveBeenCalledExactlyOnceWith("m2", 1);
  expect(heard).toEqual([
    [0, "Once "],
    [1, "upon a time."],
  ]);
});

test("a chunk that was only late closes the gap, and the resumed text adds nothing twice", async () => {
  const { answers: all, heard } = answers(async () => ({ text: "upon a ", index: 3, complete: false }));
  [0, 2, 1].forEach((index) => all.chunk(chunk(index)));
  await vi.advanceTimersByTimeAsync(0);
  all.chunk(chunk(3));
  expect(heard.map((one) => (one as string[])[1]).join("")).toBe("Once upon a time.");
});

test("complete is the truth, and comes once", () => {
  const { answers: all, heard } = answers();
  all.chunk(chunk(0));
  all.complete(COMPLETE);
  all.complete(COMPLETE);
  all.chunk(chunk(1));
  expect(heard).toEqual([
    [0, "Once "],
    ["stop", "Once upon a time."],
  ]);
  expect(all.current).toBeUndefined();
});

test("chunks that outrun the ack of a join wait for it, and those it covers are dropped", () => {
  const { answers: all, heard } = answers();
  all.hold();
  all.chunk(chunk(1));
  all.chunk(chunk(2));
  expect(heard).toEqual([]);
  all.release([{ messageId: "m2", text: "Once upon ", index: 2 }]);
  expect(heard.map((one) => (one as string[])[1]).join("")).toBe("Once upon a ");
});

test("an answer that ended during a break is asked about", async () => {
  const { answers: all, heard } = answers(async () => ({
    text: "upon a time.",
    index: 4,
    complete: true,
    finishReason: "stopped",
  }));
  all.chunk(chunk(0));
  all.hold();
  all.release([]);
  await vi.advanceTimersByTimeAsync(0);
  expect(heard.at(-1)).toEqual(["stopped", "Once upon a time."]);
});

test("a long silence is asked about, again and again", async () => {
  const { answers: all, resume } = answers(async () => ({ text: "", index: 1, complete: false }));
  all.chunk(chunk(0));
  await vi.advanceTimersByTimeAsync(14_000);
  expect(resume).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(16_500);
  expect(resume).toHaveBeenCalledTimes(2);
});

test("an answer that the server does not know ends as it is; one that cannot be asked for now goes on", async () => {
  const refusals = ["unavailable", "not_found"] as const;
  let asked = 0;
  const { answers: all, heard } = answers(async () => {
    throw new ChatError({ code: refusals[asked++] ?? "internal", message: "" });
  });
  const answer = all.expect("m2");
  await all.ask(answer as NonNullable<typeof answer>);
  expect(all.current?.messageId).toBe("m2");
  await all.ask(answer as NonNullable<typeof answer>);
  expect(heard).toEqual([["error", ""]]);
});
