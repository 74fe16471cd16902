// From docs/web.md: a chat with looks of one's own.
import {
  useChat,
  useChatView,
  useComposer,
  useConnectionStatus,
  useEscape,
  useMessageLog,
  useVersions,
  type ChatLine,
  type UseChatView,
} from "@serverless-socketio/react";
import { useRef } from "react";

export function OwnLooks({ user }: { user: { id: string; apiKey: string } }) {
  const chat = useChat({ agentId: "companion", userId: user.id, token: user.apiKey });
  const view = useChatView({ id: `chat:companion:${user.id}`, agentName: "Mira", chat });
  const { isJoined, connection } = chat;
  const status = useConnectionStatus({ connection, isJoined, isAnswering: view.isAnswering });
  const { pages, log, isAtEnd, toEnd } = useMessageLog(chat.messages);
  const main = useRef<HTMLElement>(null);
  useEscape(main, view.isAnswering ? view.stop : undefined);
  return (
    <main ref={main}>
      <p role="status">{status.text}</p>
      <div {...log} style={{ display: "flex", flexDirection: "column-reverse", overflow: "auto" }}>
        <ul>
          {pages.flatMap(({ lines }) => lines.map((line) => <Line key={line.key} line={line} view={view} />))}
          {view.typing.map(({ role, text }) => (
            <li key={role}>{text}</li>
          ))}
        </ul>
      </div>
      {!isAtEnd && <button onClick={toEnd}>↓</button>}
      <Field view={view} />
    </main>
  );
}

function Line({ line, view }: { line: ChatLine; view: UseChatView }) {
  const { shown, at, count, previous, next } = useVersions(line);
  return (
    <li>
      {shown.text}
      {line.state === "failed" && line.clientMessageId && (
        <button onClick={() => view.edit(line.clientMessageId ?? "")}>Edit</button>
      )}
      {line.key === view.regenerable && <button onClick={view.regenerate}>Again</button>}
      {count > 1 && (
        <>
          <button onClick={previous}>‹</button> {at} / {count} <button onClick={next}>›</button>
        </>
      )}
    </li>
  );
}

function Field({ view }: { view: UseChatView }) {
  const { form, field, hint, canSend } = useComposer({
    draft: view.draft,
    isDisabled: view.isDisabled,
    onDraft: view.write,
    onSend: view.send,
  });
  return (
    <form {...form}>
      <textarea aria-label="Message" {...field} />
      <small>{hint}</small>
      {view.isAnswering ? (
        <button type="button" onClick={view.stop}>
          Stop
        </button>
      ) : (
        <button disabled={!canSend}>Send</button>
      )}
    </form>
  );
}
