import type { ReactNode } from "react";

export function Brand(): ReactNode {
  return (
    <h1 className="ssio-brand">
      <img src="/favicon.svg" alt="" width="26" height="26" /> Serverless chat
    </h1>
  );
}
