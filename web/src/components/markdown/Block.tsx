import type { Token, Tokens } from "marked";
import { memo, type ReactNode } from "react";
import { useChatWords } from "../../hooks/useWords.js";
import { CodeBlock } from "./CodeBlock.js";
import { decoded } from "./entities.js";
import { Inline, isLineBreak } from "./Inline.js";
import type { Maths } from "./lexer.js";
import { TextPieces } from "./TextPieces.js";

/** The direction of a block: each of the text's own finds its own, what lies in it goes along (see markdown.css). */
type Direction = "auto" | undefined;

type Renderer = (token: never, dir: Direction) => ReactNode;

const RENDERERS: Record<string, Renderer> = {
  blockquote: ({ tokens }: Tokens.Blockquote, dir) => (
    <blockquote dir={dir}>
      <Blocks tokens={tokens} isNested />
    </blockquote>
  ),
  checkbox: () => null, // shown by the item that it belongs to
  code: ({ text, lang }: Tokens.Code) => <CodeBlock text={text} info={lang && decoded(lang)} />,
  def: () => null, // where links lead: not a part of the text
  heading: ({ depth, tokens }: Tokens.Heading, dir) => {
    const Level = depth <= 1 ? "h3" : depth === 2 ? "h4" : "h5"; // below those of the page around it
    return (
      <Level dir={dir}>
        <Inline tokens={tokens} />
      </Level>
    );
  },
  hr: () => <hr />,
  html: ({ raw }: Tokens.HTML, dir) =>
    isLineBreak(raw) ? (
      <br />
    ) : (
      <p className="ssio-verbatim" dir={dir}>
        {raw.trimEnd()}
      </p>
    ),
  list: ({ ordered, start, items }: Tokens.List, dir) => {
    const content = items.map((item, at) => <Item key={at} item={item} />);
    return ordered ? (
      <ol start={start === "" ? 1 : start} dir={dir}>
        {content}
      </ol>
    ) : (
      <ul dir={dir}>{content}</ul>
    );
  },
  maths: ({ text }: Maths) => (
    <p className="ssio-verbatim" dir="ltr">
      {text}
    </p>
  ),
  paragraph: ({ tokens }: Tokens.Paragraph, dir) => (
    <p dir={dir}>
      <Inline tokens={tokens} />
    </p>
  ),
  space: () => null,
  table: (table: Tokens.Table, dir) => <Table table={table} dir={dir} />,
  text: ({ tokens, text }: Tokens.Text) => (tokens ? <Inline tokens={tokens} /> : <TextPieces text={text} />), // an item of a tight list
};

/** One block of Markdown. It is drawn again only when it has changed. */
export const Block = memo(function Block({
  token,
  isNested,
}: {
  token: Token;
  isNested?: boolean | undefined;
}): ReactNode {
  const renderer = RENDERERS[token.type] as Renderer | undefined;
  const dir = isNested ? undefined : "auto";
  return renderer ? renderer(token as never, dir) : <p dir={dir}>{token.raw}</p>;
});

interface BlocksProps {
  tokens: readonly Token[];
  /** Whether they lie in a quote or a list. */
  isNested?: boolean;
}

export function Blocks({ tokens, isNested }: BlocksProps): ReactNode {
  return tokens.map((token, at) => <Block key={at} token={token} isNested={isNested} />);
}

function Table({ table: { header, rows }, dir }: { table: Tokens.Table; dir: Direction }): ReactNode {
  const words = useChatWords();
  return (
    <div className="ssio-table" dir={dir} tabIndex={0} role="group" aria-label={words.table}>
      <table>
        <thead>
          <tr>
            {header.map((cell, at) => (
              <Cell key={at} as="th" cell={cell} />
            ))}
          </tr>
        </thead>
        {rows.length > 0 && (
          <tbody>
            {rows.map((row, at) => (
              <tr key={at}>
                {row.map((cell, column) => (
                  <Cell key={column} as="td" cell={cell} />
                ))}
              </tr>
            ))}
          </tbody>
        )}
      </table>
    </div>
  );
}

function Item({ item }: { item: Tokens.ListItem }): ReactNode {
  const words = useChatWords();
  const content = <Blocks tokens={item.tokens} isNested />;
  if (!item.task) return <li>{content}</li>;
  const isDone = item.checked ?? false;
  return (
    <li className="ssio-task">
      <input
        type="checkbox"
        checked={isDone}
        readOnly
        disabled
        aria-label={isDone ? words.done : words.toDo}
      />
      {content}
    </li>
  );
}

function Cell({ as: As, cell }: { as: "td" | "th"; cell: Tokens.TableCell }): ReactNode {
  const side = cell.align === "right" ? "end" : cell.align === "center" ? "center" : undefined;
  return (
    <As data-align={side}>
      <Inline tokens={cell.tokens} />
    </As>
  );
}
