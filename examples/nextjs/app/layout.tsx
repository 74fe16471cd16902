import "@serverless-socketio/react/styles.css";
import type { Metadata } from "next";
import "./globals.css";

export const metadata: Metadata = { title: "Chat", icons: "data:," };

export default function RootLayout({ children }: LayoutProps<"/">) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
