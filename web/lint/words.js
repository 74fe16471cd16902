/**
 * `words/no-literals`: what a component shows, says to a screen reader or puts into a title comes from the words
 * (`web/src/words`), and is no literal: text in elements, attributes that are read, `document.title`, and sentences anywhere.
 */

const READ = new Set([
  "alt",
  "aria-description",
  "aria-label",
  "aria-placeholder",
  "aria-roledescription",
  "aria-valuetext",
  "label",
  "placeholder",
  "textContent",
  "title",
]);
const WORD = /\p{L}/u;
const SENTENCE = /^\P{L}*\p{Lu}[\p{L}’']*\s+\p{L}/u; // begins with a capital, and goes on after a space

const noLiterals = {
  meta: {
    type: "problem",
    schema: [],
    messages: { literal: "“{{text}}” is no word of web/src/words: it would be English in every language." },
  },
  create(context) {
    const check = (node, text) => {
      const isWord = isShown(node) ? WORD.test(text) : SENTENCE.test(text) && !isForDevelopers(node);
      if (isWord) context.report({ node, messageId: "literal", data: { text: text.trim() } });
    };
    return {
      JSXText: (node) => {
        if (WORD.test(node.value) && node.parent.openingElement?.name.name !== "code")
          context.report({ node, messageId: "literal", data: { text: node.value.trim() } });
      },
      Literal: (node) => typeof node.value === "string" && check(node, node.value),
      TemplateElement: (node) => check(node.parent, node.value.cooked),
    };
  },
};

/** Whether a value ends up before a reader's eyes or ears: in an element, in an attribute that is read, in a title. */
function isShown(node) {
  const { parent } = node;
  switch (parent.type) {
    case "JSXAttribute":
      return READ.has(parent.name.name);
    case "JSXExpressionContainer":
      return parent.parent.type === "JSXAttribute" ? isShown(parent) : true;
    case "AssignmentExpression":
      return parent.right === node && READ.has(parent.left.property?.name);
    case "ConditionalExpression":
      return parent.test !== node && isShown(parent);
    case "BinaryExpression":
      return parent.operator === "+" && isShown(parent);
    case "LogicalExpression":
    case "TemplateLiteral":
      return isShown(parent);
    default:
      return false;
  }
}

/** Whether it is what an Error says that no page shows. */
function isForDevelopers({ parent }) {
  return parent.type === "NewExpression" && parent.callee.name === "Error";
}

export default { rules: { "no-literals": noLiterals } };
