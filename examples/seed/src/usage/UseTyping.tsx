import { useTyping } from "@/hooks/useTyping";

export function UseTyping() {
const { isTyping, startTyping, stopTyping } = useTyping({
  onTypingStart: () => console.log("Started typing"),
  onTypingStop: () => console.log("Stopped typing"),
  timeout: 3000, // Auto-stop after 3 seconds
});

return <input aria-label="Message" placeholder={isTyping ? "typing" : "still"} onInput={startTyping} onBlur={stopTyping} />;
}
