export interface Deviation {
  reason: string;
  examples: readonly number[];
}

const HTML = "HTML is shown as it was written: nothing that an agent says becomes a part of the page.";
const BARE = "CommonMark alone knows no bare links; GitHub does.";
const IN_ANGLES =
  "GitHub's bare links, which its own older examples do not have, are found within angle brackets too.";
const NOWHERE = "A link that leads nowhere is text.";
const IMAGE = "An image is a link, and its text keeps its emphasis; in a link it is text alone.";
const MATHS = "TeX's delimiters stay, and what stands between them is no Markdown.";
const TILDE = "A single tilde strikes nothing through: `5~7` is a range.";

/** Numbers from one to another, both included. */
function from(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** What is shown otherwise than CommonMark 0.31.2 has it, by the numbers of its examples. */
export const COMMONMARK: readonly Deviation[] = [
  {
    reason: HTML,
    examples: [
      ...[21, 31, ...from(148, 191), 201, 308, 309, 344, 475, 476, 477, 491, 494, 524, 536],
      ...[...from(613, 617), 623, ...from(625, 631), 642, 643],
    ],
  },
  { reason: BARE, examples: [602, 608, 611, 612] },
  { reason: NOWHERE, examples: [200, 485, 486, 487, 567] },
  { reason: IMAGE, examples: [517, 531, 573, 576, 577, 585, 589] },
  { reason: MATHS, examples: [12] },
];

/** What is shown otherwise than GitHub's specification 0.29 has it. */
export const GFM: readonly Deviation[] = [
  {
    reason: HTML,
    examples: [
      ...[...from(118, 160), 170, 288, 289, 317, 327, 354, 484, 485, 486, 501, 504, 533, 545],
      ...[...from(636, 640), 646, 648, ...from(651, 655), 657, 667, 668],
    ],
  },
  { reason: IN_ANGLES, examples: [611, 617, 620, 621] },
  { reason: NOWHERE, examples: [169, 496, 497, 576] },
  { reason: IMAGE, examples: [526, 540, 582, 585, 586, 594, 598] },
  { reason: MATHS, examples: [308] },
  { reason: TILDE, examples: [491] },
];
