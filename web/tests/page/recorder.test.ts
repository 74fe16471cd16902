import { EventEmitter } from "node:events";
import { expect, test, vi } from "vitest";
import type { Connection } from "../../src/client/connection.js";
import { Recorder } from "../../src/page/recorder.js";

/** What of a connection the recorder listens to: the manager, and the engine that it has at the time. */
class FakeManager extends EventEmitter {
  engine = new EventEmitter();
  _readyState = "closed";

  open(): void {
    this.engine = new EventEmitter();
    this._readyState = "open";
    this.emit("open");
  }
}

function recorded() {
  const manager = new FakeManager();
  const recorder = new Recorder({ socket: { io: manager } } as unknown as Connection);
  const end = recorder.follow();
  manager.open();
  const went = (data: string, type = "message"): void =>
    void manager.engine.emit("packetCreate", { type, data });
  const came = (data: string, type = "message"): void => void manager.engine.emit("packet", { type, data });
  return { manager, recorder, end, went, came, traffic: () => recorder.traffic.get() };
}

test("frames are written down as they go over the wire, newest first, and pings are only counted", () => {
  const { went, came, traffic } = recorded();
  went('2["chat:typing",{}]');
  came("", "ping");
  went("", "pong");
  came('2["chat:message",{}]');
  expect(traffic().frames.map(({ direction, text }) => [direction, text])).toEqual([
    ["in", '42["chat:message",{}]'],
    ["out", '42["chat:typing",{}]'],
  ]);
  expect([traffic().sent, traffic().received]).toEqual([2, 2]);
});

test("a key is never shown, nor more of a frame than a glance takes in", () => {
  const { went, traffic } = recorded();
  went('0{"token":"secret"}');
  went(`2["chat:message",{"message":"${"a".repeat(500)}"}]`);
  const [long, connect] = traffic().frames;
  expect(connect?.text).toBe('40{"token":"…"}');
  expect(long?.text).toHaveLength(161);
  expect(long?.characters).toBeGreaterThan(500);
});

test("an ack is measured from its event", () => {
  vi.useFakeTimers();
  const { went, came, traffic } = recorded();
  went('27["chat:message",{}]');
  vi.advanceTimersByTime(120);
  came('37[{"ok":true}]');
  came('38[{"ok":true}]'); // of an event that nobody saw
  expect(traffic().latencies).toEqual([120]);
  vi.useRealTimers();
});

test("a break is counted and the new engine is listened to, until the end", () => {
  const { manager, end, came, went, traffic } = recorded();
  manager.open();
  went("0");
  expect(traffic()).toMatchObject({ reconnects: 1, sent: 1 });
  end();
  came("0");
  manager.open();
  expect(traffic()).toMatchObject({ reconnects: 1, received: 0 });
});

test("no more is kept than anybody would look through", () => {
  const { came, traffic } = recorded();
  for (let count = 0; count < 500; count += 1) came(`2["news",${count}]`);
  expect(traffic().frames).toHaveLength(120);
  expect(traffic().frames[0]?.text).toBe('42["news",499]');
});
