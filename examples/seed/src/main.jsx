import { configure, useSocket } from "@serverless-socketio/react";
import "@serverless-socketio/react/styles.css";
import { useState } from "react";
import { createRoot } from "react-dom/client";
import AgentChatPage from "./usage/AgentChatPage";
import { CustomComponent } from "./usage/CustomComponent";
import { RealTimeChat } from "./usage/RealTimeChat";
import { UseChatSocket } from "./usage/UseChatSocket";
import { UsePresence } from "./usage/UsePresence";
import { UseSocket } from "./usage/UseSocket";
import { UseTyping } from "./usage/UseTyping";

const agent = { id: "agent-123", name: "Ava", messages: [] };
const user = { id: "user-123", apiKey: "your-api-key" };
const names = { agentId: agent.id, userId: user.id, apiKey: user.apiKey };

/** The lines on push run when they are wanted: they ask for a permission, and need a connection. */
function Notifications() {
  const { isConnected } = useSocket({ token: user.apiKey });
  const [was, setWas] = useState("");
  async function run() {
    const { isSubscribed } = await import("./usage/notifications");
    setWas(String(isSubscribed));
  }
  return (
    <button disabled={!isConnected} onClick={run}>
      Subscribe and unsubscribe {was}
    </button>
  );
}

const PARTS = {
  useSocket: <UseSocket {...names} message="Said by useSocket" />,
  useChatSocket: <UseChatSocket {...names} onChunk={({ chunk }) => document.body.append(chunk)} />,
  useTyping: <UseTyping />,
  usePresence: <UsePresence {...names} />,
  notifications: <Notifications />,
  RealTimeChatInterface: (
    <RealTimeChat
      agent={agent}
      user={user}
      messages={[]}
      emotions={{ joy: 0.4 }}
      relationLevel={12}
      relationState="acquaintance"
    />
  ),
  AgentChatPage: <AgentChatPage params={{ agentId: agent.id }} />,
  CustomComponent: <CustomComponent />,
};

globalThis.fetchAgentAndUser = async (setAgent, setUser) => {
  setAgent(agent); // an app of your own asks its back end
  setUser(user);
};

const form = document.querySelector("#sign-in");
const root = createRoot(document.querySelector("#part"));
document.querySelector("#parts").innerHTML = Object.keys(PARTS)
  .map((name) => `<a href="#${name}">${name}</a> `)
  .join("");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const key = new FormData(form).get("key");
  form.hidden = true;
  configure({ url: "http://localhost:3000", freshToken: async () => key }); // "your-api-key" is whatever was given
  const show = () => root.render(PARTS[location.hash.slice(1)]);
  addEventListener("hashchange", show);
  show();
});
