import type { Token, Tokens } from "marked";
import type { ReactNode } from "react";
import { safeHref } from "./links.js";

/** What stands in a line of text. HTML is shown as it was written, and so is whatever is not known here. */
export function Inline({ tokens }: { tokens: readonly Token[] | undefined }): ReactNode {
  return tokens?.map((token, at) => <Span key={at} token={token} />);
}

type Renderer = (token: never) => ReactNode;

const RENDERERS: Record<string, Renderer> = {
  br: () => <br />,
  codespan: ({ text }: Tokens.Codespan) => <code dir="ltr">{text}</code>,
  del: ({ tokens }: Tokens.Del) => (
    <del>
      <Inline tokens={tokens} />
    </del>
  ),
  em: ({ tokens }: Tokens.Em) => (
    <em>
      <Inline tokens={tokens} />
    </em>
  ),
  escape: ({ text }: Tokens.Escape) => text,
  image: ({ href, text }: Tokens.Image) => <Link href={href}>{text || href}</Link>, // fetched only by whoever asks for it
  link: ({ href, tokens }: Tokens.Link) => (
    <Link href={href}>
      <Inline tokens={tokens} />
    </Link>
  ),
  strong: ({ tokens }: Tokens.Strong) => (
    <strong>
      <Inline tokens={tokens} />
    </strong>
  ),
  text: ({ text, tokens }: Tokens.Text) => (tokens ? <Inline tokens={tokens} /> : text),
};

function Span({ token }: { token: Token }): ReactNode {
  const renderer = RENDERERS[token.type] as ((token: Token) => ReactNode) | undefined;
  return renderer ? renderer(token) : token.raw;
}

function Link({ href, children }: { href: string; children: ReactNode }): ReactNode {
  const safe = safeHref(href);
  if (!safe) return children;
  return (
    <a href={safe} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}
