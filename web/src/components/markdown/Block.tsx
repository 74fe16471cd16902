import type { Token, Tokens } from "marked";
import { memo, type ReactNode } from "react";
import { CodeBlock } from "./CodeBlock.js";
import { Inline } from "./Inline.js";

type Renderer = (token: never) => ReactNode;

const RENDERERS: Record<string, Renderer> = {
  blockquote: ({ tokens }: Tokens.Blockquote) => (
    <blockquote dir="auto">
      <Blocks tokens={tokens} />
    </blockquote>
  ),
  code: ({ text, lang }: Tokens.Code) => <CodeBlock text={text} language={lang} />,
  def: () => null, // where links lead: not a part of the text
  heading: Heading,
  hr: () => <hr />,
  list: List,
  paragraph: ({ tokens }: Tokens.Paragraph) => (
    <p dir="auto">
      <Inline tokens={tokens} />
    </p>
  ),
  space: () => null,
  table: Table,
  text: ({ tokens, text }: Tokens.Text) => (tokens ? <Inline tokens={tokens} /> : text), // an item of a tight list
};

/** One block of Markdown. It is drawn again only when it has changed. */
export const Block = memo(function Block({ token }: { token: Token }): ReactNode {
  const renderer = RENDERERS[token.type] as ((token: Token) => ReactNode) | undefined;
  return renderer ? renderer(token) : <p dir="auto">{token.raw}</p>;
});

export function Blocks({ tokens }: { tokens: readonly Token[] }): ReactNode {
  return tokens.map((token, at) => <Block key={at} token={token} />);
}

/** Headings of an answer stand below those of the page around it. */
function Heading({ depth, tokens }: Tokens.Heading): ReactNode {
  const Level = depth <= 1 ? "h3" : depth === 2 ? "h4" : "h5";
  return (
    <Level dir="auto">
      <Inline tokens={tokens} />
    </Level>
  );
}

function List({ ordered, start, items }: Tokens.List): ReactNode {
  const content = items.map((item, at) => <Item key={at} item={item} />);
  return ordered ? (
    <ol start={start || 1} dir="auto">
      {content}
    </ol>
  ) : (
    <ul dir="auto">{content}</ul>
  );
}

function Item({ item }: { item: Tokens.ListItem }): ReactNode {
  const tokens = item.tokens.filter(({ type }) => type !== "checkbox");
  if (!item.task)
    return (
      <li dir="auto">
        <Blocks tokens={tokens} />
      </li>
    );
  return (
    <li dir="auto" className="ssio-task">
      <input
        type="checkbox"
        checked={item.checked ?? false}
        readOnly
        disabled
        aria-label={item.checked ? "Done" : "To do"}
      />
      <Blocks tokens={tokens} />
    </li>
  );
}

function Table({ header, rows }: Tokens.Table): ReactNode {
  return (
    <div className="ssio-table" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {header.map((cell, at) => (
              <Cell key={at} as="th" cell={cell} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <Cell key={column} as="td" cell={cell} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ as: As, cell }: { as: "td" | "th"; cell: Tokens.TableCell }): ReactNode {
  const side = cell.align === "right" ? "end" : cell.align === "center" ? "center" : undefined;
  return (
    <As dir="auto" data-align={side}>
      <Inline tokens={cell.tokens} />
    </As>
  );
}
