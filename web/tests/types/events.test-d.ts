import { expectTypeOf, test } from "vitest";
import type { Connection } from "../../src/client/connection.js";
import type { Accepted, Chunk, Joined } from "../../src/events.gen.js";
import type { UseChatSocket, UseSocket } from "../../src/hooks/useSocket.js";
import type { UsePresence } from "../../src/hooks/usePresence.js";

declare const connection: Connection;
declare const { emit, on }: UseSocket;

test("an event has its payload and its ack", () => {
  expectTypeOf(connection.ask("chat:join", { agentId: "echo" })).resolves.toEqualTypeOf<Joined>();
  expectTypeOf(
    connection.ask("chat:message", { agentId: "echo", message: "hi" }),
  ).resolves.toEqualTypeOf<Accepted>();
  // @ts-expect-error -- the message is missing
  void connection.ask("chat:message", { agentId: "echo" });
  // @ts-expect-error -- no such event
  void connection.ask("chat:shout", {});
});

test("a listener knows its event's body", () => {
  on("chat:message:stream", (chunk) => expectTypeOf(chunk).toEqualTypeOf<Chunk>());
  // @ts-expect-error -- clients send it, the server does not
  on("chat:join", () => {});
});

test("an ack is told from a refusal by `ok`", () => {
  emit("chat:message", { agentId: "echo", message: "hi", userId: "alice" }, (answer) => {
    if (answer.ok) expectTypeOf(answer.replyId).toEqualTypeOf<string>();
    else expectTypeOf(answer.error.code).toExtend<string>();
    // @ts-expect-error -- only a good ack has it
    expectTypeOf(answer.replyId);
  });
});

test("the hooks give what the documentation names, and no more", () => {
  expectTypeOf<keyof UseSocket>().toEqualTypeOf<"socket" | "isConnected" | "emit" | "on" | "off">();
  expectTypeOf<keyof UseChatSocket>().toEqualTypeOf<"sendMessage" | "sendTyping" | "on" | "off">();
  expectTypeOf<keyof UsePresence>().toEqualTypeOf<
    "presence" | "isUserOnline" | "getUserStatus" | "getLastSeen"
  >();
  expectTypeOf<UsePresence["getUserStatus"]>().returns.toEqualTypeOf<"online" | "away" | "offline">();
});
