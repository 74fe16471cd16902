import { usePresence } from "@/hooks/usePresence";

export function UsePresence({ apiKey, userId }) {
const {
  presence,
  isUserOnline,
  getUserStatus,
  getLastSeen,
} = usePresence({ userId, token: apiKey });

const status = getUserStatus("user-123"); // "online" | "offline" | "away"
const online = isUserOnline("user-123"); // boolean
const lastSeen = getLastSeen("user-123"); // timestamp

return (
  <p>
    {status}, {String(online)}, {String(lastSeen)}, {presence[userId]?.status}
  </p>
);
}
