import type { Chunk, Complete, InFlight, Message, Resumed } from "../../events.gen.js";
import { isPassing } from "../errors.js";
import { Answer } from "./answer.js";
import type { FinishReason } from "./line.js";

const SILENCE_MS = 15_000; // an answer that has been silent for so long is asked about

/** What happens to answers, told in order and without repeats. `chunk` may hold several chunks that came as one text. */
export interface AnswerListener {
  grown(answer: Answer, chunk: string, index: number): void;
  ended(answer: Answer, timestamp: number): void;
}

/** Asks for an answer's text from a chunk on (`chat:resume`). */
export type Resume = (messageId: string, index: number) => Promise<Resumed>;

/**
 * The answers in flight. Chunks below the next index are dropped; a gap, or a long silence, is asked about. While the chat
 * is being joined everything is kept back, since chunks may outrun the ack that says where an answer stands.
 */
export class Answers {
  readonly #inFlight = new Map<string, Answer>();
  readonly #ended = new Set<string>();
  readonly #asking = new Set<string>();
  readonly #resume: Resume;
  readonly #listener: AnswerListener;
  #isHeld = true;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(resume: Resume, listener: AnswerListener) {
    this.#resume = resume;
    this.#listener = listener;
  }

  /** The answer that is being given just now. */
  get current(): Answer | undefined {
    return [...this.#inFlight.values()].at(-1);
  }

  /** Keeps back what comes, until `release`. */
  hold(): void {
    this.#isHeld = true;
    clearTimeout(this.#silence);
  }

  /** Goes on with what was kept back, from where the answers stand; what is in flight no more is asked about. */
  release(streams: readonly InFlight[]): void {
    this.#isHeld = false;
    for (const { messageId, text, index, replaces } of streams) {
      const answer = this.expect(messageId, "", replaces);
      if (answer) this.#advance(answer, () => answer.adopt(text, index));
    }
    const running = new Set(streams.map(({ messageId }) => messageId));
    for (const answer of this.#inFlight.values()) {
      this.#advance(answer, () => answer.join());
      if (!running.has(answer.messageId)) void this.ask(answer);
    }
    this.#listen();
  }

  /** Expects an answer; nothing comes of one that has ended. */
  expect(messageId: string, replyTo = "", replaces?: string): Answer | undefined {
    if (this.#ended.has(messageId)) return undefined;
    const answer = this.#inFlight.get(messageId) ?? new Answer(messageId);
    if (replyTo) answer.replyTo = replyTo;
    if (replaces) answer.replaces = replaces;
    this.#inFlight.set(messageId, answer);
    this.#listen();
    return answer;
  }

  chunk({ messageId, replyTo, chunk, index, replaces }: Chunk): void {
    const answer = this.expect(messageId, replyTo, replaces);
    if (!answer) return;
    answer.keep(index, chunk);
    if (this.#isHeld) return;
    this.#advance(answer, () => answer.join());
    if (answer.hasGap) void this.ask(answer);
  }

  complete({ messageId, replyTo, message, chunks, finishReason, timestamp, replaces }: Complete): void {
    const answer = this.expect(messageId, replyTo, replaces);
    if (answer) this.#end(answer, message, chunks, finishReason, timestamp);
  }

  /** Ends an answer that the history has; one that is news is told, also if nothing was heard of it before. */
  found({ messageId, message, timestamp, finishReason = "stop", replaces }: Message, isNews: boolean): void {
    const answer = isNews ? this.expect(messageId) : this.#inFlight.get(messageId);
    if (answer && replaces) answer.replaces = replaces;
    if (answer) this.#end(answer, message, answer.index, finishReason, timestamp);
    this.#ended.add(messageId);
  }

  /** Asks where an answer stands, unless that is being asked. A refusal that will not pass ends the answer as it is. */
  async ask(answer: Answer): Promise<void> {
    if (this.#asking.has(answer.messageId)) return;
    this.#asking.add(answer.messageId);
    const { index, text } = answer;
    try {
      const resumed = await this.#resume(answer.messageId, index);
      if (this.#inFlight.has(answer.messageId))
        this.#learn(answer, { ...resumed, text: text + resumed.text });
    } catch (error) {
      if (!isPassing(error)) this.#end(answer, answer.text, answer.index, "error", Date.now());
    } finally {
      this.#asking.delete(answer.messageId);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.hold();
    this.#inFlight.clear();
  }

  #learn(answer: Answer, { text, index, complete, finishReason }: Resumed): void {
    if (complete) {
      this.#end(answer, text.trimEnd(), index, finishReason ?? "stop", Date.now());
      return;
    } // as history has it
    this.#advance(answer, () => answer.adopt(text, index));
  }

  #advance(answer: Answer, step: () => void): void {
    const { index, text } = answer;
    step();
    if (answer.index > index) this.#listener.grown(answer, answer.text.slice(text.length), index);
    if (answer.index > index) this.#listen();
  }

  #end(answer: Answer, text: string, index: number, finishReason: FinishReason, timestamp: number): void {
    answer.text = text;
    answer.index = index;
    answer.finishReason = finishReason;
    this.#inFlight.delete(answer.messageId);
    this.#ended.add(answer.messageId);
    this.#listener.ended(answer, timestamp);
    this.#listen();
  }

  #listen(): void {
    clearTimeout(this.#silence);
    if (this.#isHeld || this.#inFlight.size === 0) return;
    this.#silence = setTimeout(() => {
      for (const answer of this.#inFlight.values()) void this.ask(answer);
      this.#listen();
    }, SILENCE_MS);
  }
}
