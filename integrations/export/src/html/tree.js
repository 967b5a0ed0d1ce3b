"use strict";
// What the page knows of a trace, before any of it is drawn. `page.js` goes on from here.
// How many siblings of one name make a group, and how many rows are open at first.
const MANY = 12, OPEN = 150;

const isBad = (span) => span.outcome === "error" || span.outcome === "panicked";

// The tree of a trace: spans, and groups of many siblings of one name.
function plant(trace) {
  const nodes = trace.spans.map((span) => ({ span, name: span.name, start: span.start, end: span.start + span.took, kids: [], open: false, errors: isBad(span) ? 1 : 0, events: [] }));
  const byId = new Map();
  for (const node of nodes) if (!byId.has(node.span.id)) byId.set(node.span.id, node);
  const roots = [];
  for (const node of nodes) {
    const parent = byId.get(node.span.parent);
    if (parent && parent !== node) (parent.kids.push(node), (node.up = parent));
    else roots.push(node);
  }
  // What hangs on no root goes round in a circle: it is cut open.
  const seen = new Set(), order = [];
  const walk = (root) => {
    const todo = [root];
    for (let node; (node = todo.pop()); ) {
      if (seen.has(node)) continue;
      seen.add(node);
      order.push(node);
      node.kids = node.kids.filter((kid) => !seen.has(kid));
      for (let at = node.kids.length - 1; at >= 0; at--) todo.push(node.kids[at]);
    }
  };
  roots.forEach(walk);
  for (const node of nodes) if (!seen.has(node)) (node.up && (node.up.kids = node.up.kids.filter((kid) => kid !== node)), (node.up = undefined), roots.push(node), walk(node));
  const loose = [];
  for (const event of trace.events) {
    const node = byId.get(event.span);
    if (node) (node.events.push(event), (event.level === "error" || event.level === "fatal") && !isBad(node.span) && (node.errors = 1));
    else loose.push(event);
  }
  for (let at = order.length - 1; at >= 0; at--) {
    const node = order[at];
    node.below = node.kids.reduce((sum, kid) => sum + kid.below + kid.errors, 0);
    node.kids = grouped(node.kids, node);
  }
  return { top: grouped(roots, undefined), order, byId, loose };
}

function grouped(kids, up) {
  const names = new Map();
  for (const kid of kids) names.set(kid.name, (names.get(kid.name) ?? 0) + 1);
  const groups = new Map(), result = [];
  for (const kid of kids) {
    if (names.get(kid.name) <= MANY) { result.push(kid); continue; }
    let group = groups.get(kid.name);
    if (!group) {
      group = { name: kid.name, group: true, kids: [], up, start: kid.start, end: kid.end, open: false, errors: 0, below: 0, total: 0, longest: kid, events: [] };
      groups.set(kid.name, group);
      result.push(group);
    }
    group.kids.push(kid);
    kid.up = group;
    group.start = Math.min(group.start, kid.start);
    group.end = Math.max(group.end, kid.end);
    group.total += kid.span.took;
    group.below += kid.errors + kid.below;
    if (kid.span.took > group.longest.span.took) group.longest = kid;
  }
  return result;
}

function openFirst(planted) {
  let shown = planted.top.length;
  const todo = [...planted.top];
  for (let at = 0; at < todo.length && shown < OPEN; at++) {
    const node = todo[at];
    if (node.kids.length && !node.group && shown + node.kids.length <= OPEN) {
      node.open = true;
      shown += node.kids.length;
      todo.push(...node.kids);
    }
  }
  planted.order.filter((node) => node.errors).slice(0, 10).forEach(reveal);
}

function reveal(node) {
  for (let up = node.up; up; up = up.up) up.open = true;
}

