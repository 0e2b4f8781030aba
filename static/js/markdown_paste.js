// What is pasted from a word processor or a web page into a Markdown field becomes Markdown: bold,
// italics, links, lists, paragraphs; a table becomes a list, pictures and everything else are left
// out. Written here rather than by a library: the smallest of them (Turndown) is as large as all
// other scripts of the editors' pages together, and knows nothing of the lists of Word.

import { insert } from "./insert.js";

const BLOCKS = new Set("P DIV H1 H2 H3 H4 H5 H6 UL OL LI TABLE TR BLOCKQUOTE SECTION ARTICLE PRE".split(" "));
const LEFT_OUT = "style, script, meta, link, title, head, img, svg, [style*='mso-element:comment']";
const FORMATTED =
  "b, strong, i, em, a[href], li, table, h1, h2, h3, h4, h5, h6, [style*=mso-list], [style*=weight], [style*=italic]";
const ADDRESS = /^(https?|mailto|tel):/i;
const ESCAPED = { "(": "%28", ")": "%29" };
const BULLET = /^[ \t]*[•▪●○◦‣∙\uf0b7][ \t]*/;
const NUMBER = /^\(?[0-9a-z]{1,3}[.)]/i;

// Marks that would be read as Markdown where they were meant as they are.
const escape = (text) => text.replace(/[\\*`[\]]|(?<!\w)_|_(?!\w)|<(?=[a-z/!])/gi, "\\$&");
const escapeStart = (line) => line.replace(/^([#>]|[-+](?= ))/, "\\$1").replace(/^(\d+)([.)] )/, "$1\\$2");

// From the text of the attribute: the CSP leaves `style` empty, here too.
const styleOf = (node) => node.getAttribute("style") ?? "";

function formatOf(node, outer) {
  const weight = /(?:^|[;\s])font-weight:\s*(\w+)/i.exec(styleOf(node))?.[1];
  const style = /(?:^|[;\s])font-style:\s*(\w+)/i.exec(styleOf(node))?.[1];
  const isBold = weight ? /^bold/i.test(weight) || Number(weight) >= 600 : /^(B|STRONG|H[1-6])$/.test(node.tagName);
  const isItalic = style ? /^(italic|oblique)/i.test(style) : /^(I|EM)$/.test(node.tagName);
  const href = node.tagName === "A" ? (node.getAttribute("href")?.trim() ?? "") : "";
  return {
    bold: isBold || (outer.bold && !weight),
    italic: isItalic || (outer.italic && !style),
    href: ADDRESS.test(href) ? href.replace(/[()\s]/g, (c) => ESCAPED[c] ?? "%20") : outer.href,
  };
}

// The text with marks around it, and its spaces outside of them: "** bold**" would not be bold.
function mark(text, marks) {
  const [, before, inner, after] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text);
  return inner ? before + marks + inner + marks + after : text;
}

// The runs of a paragraph with the same marks, joined: word processors cut a word into pieces.
function inline(nodes) {
  const runs = [];
  const add = (text, format) => {
    const last = runs.at(-1);
    const isSame = last && ["bold", "italic", "href"].every((name) => last.format[name] === format[name]);
    if (isSame) last.text += text;
    else runs.push({ text, format });
  };
  const walk = (node, format) => {
    if (node.nodeType === Node.TEXT_NODE) {
      add(escape(node.data.replace(/[ \t\r\n]+/g, " ")), format);
    } else if (node.tagName === "BR") {
      add("\n", format);
    } else if (node.nodeType === Node.ELEMENT_NODE && !/mso-list:\s*ignore/i.test(styleOf(node))) {
      const inner = formatOf(node, format);
      for (const child of node.childNodes) walk(child, inner);
    }
  };
  for (const node of nodes) walk(node, { bold: false, italic: false, href: "" });
  const marked = runs.map(({ text, format }) => {
    let result = text;
    if (format.italic) result = mark(result, "*");
    if (format.bold) result = mark(result, "**");
    return format.href && result.trim() ? `[${result.trim()}](${format.href})` : result;
  });
  return marked.join("").replace(/ *\n */g, "\n").replace(/ {2,}/g, " ").trim();
}

const isBlock = (node) => BLOCKS.has(node.tagName);
const hasBlocks = (node) => [...node.children].some((child) => isBlock(child) || hasBlocks(child));

function paragraph(nodes) {
  const text = inline(nodes);
  if (BULLET.test(text)) return { text: text.replace(BULLET, ""), item: "- ", level: 0 };
  return { text: text.split("\n").map(escapeStart).join("\n") };
}

// The blocks of an element in their order: { text }, in a list with { item: "- ", level } too, or
// { inside: level } for what follows in the same item.
function blocksOf(element, level = -1) {
  const blocks = [];
  let loose = [];
  const flush = () => {
    blocks.push(paragraph(loose));
    loose = [];
  };
  for (const node of element.childNodes) {
    if (node.nodeType === Node.TEXT_NODE || !(isBlock(node) || (node.children && hasBlocks(node)))) {
      loose.push(node);
      continue;
    }
    flush();
    if (node.tagName === "UL" || node.tagName === "OL") {
      blocks.push(...blocksOf(node, level + 1).map((block) => ({ item: "- ", level: level + 1, ...block })));
    } else if (node.tagName === "LI") {
      const item = node.parentElement.tagName === "OL" ? "1. " : "- ";
      const [first, ...rest] = blocksOf(node, level);
      const own = Math.max(level, 0);
      if (first) blocks.push({ item, level: own, ...first });
      blocks.push(...rest.map((block) => (block.item ? block : { ...block, inside: own })));
    } else if (node.tagName === "TR") {
      const cells = [...node.cells].map((cell) => inline([cell]).replace(/\n/g, " "));
      if (cells.some(Boolean)) blocks.push({ item: "- ", level: 0, text: cells.filter(Boolean).join(" – ") });
    } else if (/mso-list:\s*\S+\s+level/i.test(styleOf(node))) {
      blocks.push(wordItem(node));
    } else if (hasBlocks(node)) {
      blocks.push(...blocksOf(node, level));
    } else {
      blocks.push(paragraph([node]));
    }
  }
  flush();
  return blocks.filter(({ text }) => text.trim());
}

// Word writes an item of a list as a paragraph that says its level, with its bullet as text.
function wordItem(node) {
  const level = Number(/level(\d+)/i.exec(styleOf(node))[1]) - 1;
  const bullet = node.querySelector("[style*='mso-list:Ignore' i]")?.textContent.trim() ?? "";
  return { item: NUMBER.test(bullet) ? "1. " : "- ", level, text: inline([...node.childNodes]).replace(/\n/g, " ") };
}

function toMarkdown(html) {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  body.querySelectorAll(LEFT_OUT).forEach((element) => element.remove());
  // Of the list at each level, its last mark: what is inside an item stands under its text.
  const marks = [];
  const numbers = [];
  let markdown = "";
  let wasItem = false;
  for (const { text, item, level = 0, inside = -1 } of blocksOf(body)) {
    const depth = item ? level : inside + 1;
    const isNext = item && wasItem && (!marks[level] || marks[level].item === item);
    numbers[level] = isNext && marks[level] ? numbers[level] + 1 : 1;
    const start = item === "1. " ? `${numbers[level]}. ` : (item ?? "");
    const indent = " ".repeat(marks.slice(0, depth).reduce((sum, mark) => sum + mark.width, 0));
    marks.length = Math.min(marks.length, depth);
    if (item) marks[level] = { item, width: start.length };
    markdown += (markdown && (isNext ? "\n" : "\n\n")) + indent + start;
    markdown += text.split("\n").join(`\n${indent}${" ".repeat(start.length)}`);
    wasItem = Boolean(item) || inside >= 0;
  }
  return markdown;
}

for (const textarea of document.querySelectorAll("textarea[data-markdown]:enabled")) {
  textarea.addEventListener("paste", (event) => {
    const html = event.clipboardData.getData("text/html");
    const source = new DOMParser().parseFromString(html, "text/html");
    const isFormatted = source.querySelector(FORMATTED) || source.querySelectorAll("p").length > 1;
    const text = event.clipboardData.getData("text/plain");
    const bullets = new RegExp(BULLET, "gm");
    if (!isFormatted && !bullets.test(text)) return; // the browser pastes it as it is
    event.preventDefault();
    insert(textarea, isFormatted ? toMarkdown(html) : text.replace(bullets, "- "));
  });
}
