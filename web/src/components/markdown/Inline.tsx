import type { Token, Tokens } from "marked";
import type { ReactNode } from "react";
import { decoded } from "./entities.js";
import type { Maths } from "./lexer.js";
import { safeHref } from "./links.js";
import { TextPieces } from "./TextPieces.js";

interface InlineProps {
  tokens: readonly Token[] | undefined;
  /** Whether it is the text of a link: no link stands in a link. */
  isLinked?: boolean | undefined;
}

/** What stands in a line of text. HTML is shown as it was written, and so is whatever is not known here. */
export function Inline({ tokens, isLinked }: InlineProps): ReactNode {
  return tokens?.map((token, at) => <Span key={at} token={token} isLinked={isLinked} />);
}

type Renderer = (token: never, isLinked: boolean | undefined) => ReactNode;

const RENDERERS: Record<string, Renderer> = {
  br: () => <br />,
  checkbox: () => null, // shown by the item that it belongs to
  codespan: ({ text }: Tokens.Codespan) => <code dir="ltr">{text}</code>,
  del: ({ tokens }: Tokens.Del, isLinked) => (
    <del>
      <Inline tokens={tokens} isLinked={isLinked} />
    </del>
  ),
  em: ({ tokens }: Tokens.Em, isLinked) => (
    <em>
      <Inline tokens={tokens} isLinked={isLinked} />
    </em>
  ),
  escape: ({ text }: Tokens.Escape) => text,
  html: ({ raw }: Tokens.Tag) => (isLineBreak(raw) ? <br /> : raw),
  image: ({ href, title, tokens }: Tokens.Image, isLinked) => (
    <Link href={decoded(href)} title={title} isLinked={isLinked}>
      {tokens.length > 0 ? <Inline tokens={tokens} isLinked /> : decoded(href)}
    </Link>
  ), // fetched only when the reader follows it
  link: ({ href, title, tokens }: Tokens.Link, isLinked) => (
    <Link href={decoded(href)} title={title} isLinked={isLinked}>
      <Inline tokens={tokens} isLinked />
    </Link>
  ),
  maths: ({ text }: Maths) => <bdi dir="ltr">{text}</bdi>,
  strong: ({ tokens }: Tokens.Strong, isLinked) => (
    <strong>
      <Inline tokens={tokens} isLinked={isLinked} />
    </strong>
  ),
  text: ({ text, tokens, escaped }: Tokens.Text, isLinked) =>
    tokens ? (
      <Inline tokens={tokens} isLinked={isLinked} />
    ) : (
      <TextPieces text={escaped ? text : decoded(text)} />
    ),
};

function Span({ token, isLinked }: { token: Token; isLinked: boolean | undefined }): ReactNode {
  const renderer = RENDERERS[token.type] as Renderer | undefined;
  return renderer ? renderer(token as never, isLinked) : token.raw;
}

/** Whether HTML is a line break, which agents write where Markdown has none: in the cells of a table. */
export function isLineBreak(html: string): boolean {
  return /^\s*<br\s*\/?>\s*$/i.test(html);
}

interface LinkProps {
  href: string;
  title?: string | null | undefined;
  isLinked: boolean | undefined;
  children: ReactNode;
}

function Link({ href, title, isLinked, children }: LinkProps): ReactNode {
  const safe = isLinked ? undefined : safeHref(href);
  if (!safe) return children;
  return (
    <a
      href={safe}
      title={title ? decoded(title) : undefined}
      target="_blank"
      rel="noopener noreferrer nofollow"
    >
      {children}
    </a>
  );
}
