import {
  AssistantRuntimeProvider,
  AuiIf,
  ComposerPrimitive,
  ErrorPrimitive,
  MessagePrimitive,
  ThreadPrimitive,
} from "@assistant-ui/react";
import { useChat } from "@serverless-socketio/react";
import { useChatRuntime } from "@serverless-socketio/react/assistant-ui";
import { StrictMode, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { signIn } from "../account.js";

const { userId, token } = await signIn();

function Chat(): ReactNode {
  const chat = useChat({ agentId: "echo", userId, token });
  const runtime = useChatRuntime(chat);
  return (
    <AssistantRuntimeProvider runtime={runtime}>
      <ThreadPrimitive.Root>
        <ThreadPrimitive.Messages>
          {({ message }) => (
            <MessagePrimitive.Root data-role={message.role}>
              <MessagePrimitive.Parts>
                {({ part }) => (part.type === "text" ? <span>{part.text}</span> : null)}
              </MessagePrimitive.Parts>
              <MessagePrimitive.Error>
                <ErrorPrimitive.Root role="alert">
                  <ErrorPrimitive.Message />
                </ErrorPrimitive.Root>
              </MessagePrimitive.Error>
              {message.metadata.custom.state === "failed" && (
                <button onClick={() => chat.retry(message.id)}>Try again</button>
              )}
            </MessagePrimitive.Root>
          )}
        </ThreadPrimitive.Messages>
        <ComposerPrimitive.Root>
          <ComposerPrimitive.Input aria-label="Message" />
          <AuiIf condition={({ thread }) => thread.isRunning}>
            <ComposerPrimitive.Cancel>Stop</ComposerPrimitive.Cancel>
          </AuiIf>
          <AuiIf condition={({ thread }) => !thread.isRunning}>
            <ComposerPrimitive.Send>Send</ComposerPrimitive.Send>
          </AuiIf>
        </ComposerPrimitive.Root>
      </ThreadPrimitive.Root>
    </AssistantRuntimeProvider>
  );
}

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Chat />
  </StrictMode>,
);
