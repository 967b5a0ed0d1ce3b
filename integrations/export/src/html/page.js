// Whatever comes from the program gets into the page as text nodes and attribute values only, never as markup.
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const tree = $("tree"), ROW = 26;

// Text that would not be seen, or would reorder what stands beside it, is shown as an escape, as on a terminal.
const UNSEEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;
const visible = (text) => typeof text === "string" ? text.replace(UNSEEN, (it) => `\\u{${it.codePointAt(0).toString(16)}}`) : text;

function make(tag, props = {}, ...kids) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key === "class") element.className = value;
    else if (key === "style") Object.assign(element.style, value);
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, visible(value));
  }
  element.append(...kids.filter((kid) => kid !== null && kid !== undefined && kid !== "").map(visible));
  return element;
}

function took(ns) {
  for (const [limit, size, unit] of [[999.5, 1, "ns"], [999.5e3, 1e3, "µs"], [999.5e6, 1e6, "ms"], [119.5e9, 1e9, "s"], [5970e9, 60e9, "min"], [Infinity, 3600e9, "h"]]) {
    if (Math.abs(ns) < limit) {
      const number = ns / size, abs = Math.abs(number);
      return `${number.toFixed(unit === "ns" || abs >= 99.95 ? 0 : abs >= 9.995 ? 1 : 2)} ${unit}`;
    }
  }
}
const count = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;
const clock = (ms) => new Date(ms).toISOString().replace("T", " ");

// ---- what is shown

let trace, planted, rows = [], active = 0, view = [0, 1], matches = [], found = new Set(), query = "";
const length = () => Math.max(trace.length, 1);

function spread() {
  rows = [];
  const todo = planted.top.map((node) => [node, 1]).reverse();
  for (let next; (next = todo.pop()); ) {
    const [node, depth] = next;
    node.depth = depth;
    node.row = rows.push(node) - 1;
    if (node.open) for (let at = node.kids.length - 1; at >= 0; at--) todo.push([node.kids[at], depth + 1]);
  }
  tree.setAttribute("aria-rowcount", rows.length);
}

const spacer = make("div", { role: "presentation" });
tree.append(spacer);

function paint() {
  spacer.style.height = `${rows.length * ROW}px`;
  const from = Math.max(0, Math.floor(tree.scrollTop / ROW) - 5);
  const to = Math.min(rows.length, Math.ceil((tree.scrollTop + tree.clientHeight) / ROW) + 5);
  const shown = [];
  for (let at = from; at < to; at++) shown.push(row(at));
  // The active row is always there: the tree's `aria-activedescendant` names it.
  if (rows.length && (active < from || active >= to)) shown.push(row(active));
  tree.replaceChildren(spacer, ...shown);
  if (rows.length) tree.setAttribute("aria-activedescendant", `row-${active}`);
  else tree.removeAttribute("aria-activedescendant");
}

// The tags of the unit around a span: what stands above need not be repeated.
function inherited(node) {
  let up = node.up;
  while (up && !up.span?.tags) up = up.up;
  return new Map(up?.span.tags ?? []);
}

const STATE = { ok: "", error: "✕", panicked: "✕ panicked", cancelled: "◌ cancelled" };

function row(at) {
  const node = rows[at], span = node.span, hit = query && found.has(node);
  const state = node.group ? (node.below ? `✕ ${node.below}` : "") : STATE[span.outcome] || (node.errors ? "✕" : "");
  const kind = span?.outcome === "cancelled" ? "odd" : "bad";
  const twisty = node.kids.length ? (node.open ? "▾" : "▸") : "";
  const above = inherited(node), isNew = ([key, value]) => above.get(key) !== value;
  const tags = flat((span?.tags ?? []).filter(isNew)), attrs = flat((span?.attrs ?? []).filter(isNew).filter(([key, value]) => !span.tags?.some((it) => it[0] === key && it[1] === value)));
  const process = span?.process && span.process !== (node.up?.group ? node.up.up : node.up)?.span?.process && trace.processes > 1 ? span.process : "";
  const hidden = !node.open && node.below && !node.group ? `✕ ${node.below} below` : "";
  const indent = Math.min(node.depth - 1, 20) * 14 + 6;
  const label = make("div", { class: "label", role: "gridcell", style: { paddingLeft: `${indent}px` } },
    make("span", { class: "twisty", "aria-hidden": "true" }, twisty),
    node.depth > 21 ? make("span", { class: "faint" }, `…${node.depth}`) : null,
    state ? make("span", { class: kind }, state) : null,
    make("span", { class: "name", title: node.name }, node.name || "(no name)"),
    node.group ? make("span", { class: "faint" }, `× ${node.kids.length}`) : null,
    process ? make("span", { class: "process", title: "process" }, process) : null,
    tags ? make("span", { class: "tag", title: tags }, tags) : null,
    attrs ? make("span", { class: "attrs", title: attrs }, attrs) : null,
    hidden ? make("span", { class: "bad" }, hidden) : null);
  const element = make("div", {
    class: `row${at === active ? " active" : ""}${query ? (hit ? " hit" : " dim") : ""}`,
    role: "row", id: `row-${at}`, "aria-level": node.depth, "aria-rowindex": at + 1, "aria-selected": at === active,
    style: { top: `${at * ROW}px` },
  }, label, lane(node));
  if (node.kids.length) element.setAttribute("aria-expanded", node.open);
  return element;
}

function lane(node) {
  const [from, to] = view, scale = 100 / (to - from), x = (time) => (time - from) * scale;
  const left = x(node.start), right = x(node.end), time = took(node.end - node.start);
  const kind = node.group ? `many ${node.below ? "error" : ""}` : `${node.span.outcome}${node.span.tags ? " unit" : ""}`;
  const text = node.group ? `${time}, ${took(node.total)} in all` : time;
  const lane = make("div", { class: "lane", role: "gridcell", "aria-label": `${text}, ${node.group ? `${node.kids.length} spans` : node.span.outcome}` });
  if (right >= 0 && left <= 100) {
    const start = Math.max(left, -1), end = Math.min(right, 101);
    lane.append(make("div", { class: `bar ${kind}`, style: { left: `min(${start}%, 100% - 3px)`, width: `${end - start}%` } }));
    const place = end < 84 ? { left: `calc(${end}% + 3px)` } : start > 16 ? { right: `calc(${100 - Math.min(start, 100)}% + 3px)` } : { right: `${100 - end}%`, color: "var(--paper)" };
    lane.append(make("span", { class: "took", style: place }, text));
  } else lane.append(make("span", { class: "took", style: left > 100 ? { right: "0" } : { left: "0" } }, left > 100 ? `${text} →` : `← ${text}`));
  const marks = [...(node.span?.events ?? []).map((event) => [event.at, "◆", ""]), ...node.events.map((event) => [event.at, "✕", event.level === "error" || event.level === "fatal" ? "bad" : ""])];
  for (const [at, sign, kind] of marks.slice(0, 50)) {
    const place = x(at);
    if (place >= 0 && place <= 100) lane.append(make("span", { class: `mark ${kind}`, "aria-hidden": "true", style: { left: `${place}%` } }, sign));
  }
  return lane;
}

function paintAxis() {
  const axis = document.querySelector(".axis"), [from, to] = view, wanted = (to - from) / 6;
  const power = 10 ** Math.floor(Math.log10(wanted)), step = [1, 2, 5, 10].find((it) => it * power >= wanted) * power;
  const ticks = [];
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
    ticks.push(make("span", { style: { left: `${((time - from) / (to - from)) * 100}%` } }, time === 0 ? "0" : took(time)));
  }
  axis.replaceChildren(...ticks);
}

function paintOverview() {
  const canvas = $("overview"), style = getComputedStyle(document.documentElement);
  const probe = make("i"); document.body.append(probe);
  const color = (name) => ((probe.style.color = `var(${name})`), getComputedStyle(probe).color);
  const [ok, bad, odd, panel, line] = ["--ok", "--bad", "--odd", "--panel", "--ink"].map(color);
  probe.remove();
  const density = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * density; canvas.height = height * density;
  const pen = canvas.getContext("2d");
  pen.scale(density, density);
  pen.fillStyle = panel; pen.fillRect(0, 0, width, height);
  const all = planted.order, tall = Math.max(1, (height - 8) / Math.max(all.length, 1));
  all.forEach((node, at) => {
    pen.fillStyle = node.span.outcome === "cancelled" ? odd : ok;
    pen.globalAlpha = 0.7;
    pen.fillRect((node.start / length()) * width, 4 + (at / all.length) * (height - 8), Math.max(1, ((node.end - node.start) / length()) * width), Math.min(tall, 5));
  });
  // Errors are seen however many spans there are.
  pen.globalAlpha = 1; pen.fillStyle = bad;
  all.forEach((node, at) => node.errors && pen.fillRect((node.start / length()) * width - 1, 3 + (at / all.length) * (height - 8), Math.max(3, ((node.end - node.start) / length()) * width), Math.max(3, Math.min(tall, 5))));
  pen.globalAlpha = 0.25; pen.fillStyle = line;
  pen.fillRect(0, 0, (view[0] / length()) * width, height);
  pen.fillRect((view[1] / length()) * width, 0, width, height);
  pen.globalAlpha = 1;
}

function repaint() {
  paint();
  paintAxis();
  paintOverview();
}

function zoom(from, to) {
  const least = Math.max(10, length() / 1e7), size = Math.min(Math.max(to - from, least), length());
  const start = Math.min(Math.max(from, 0), length() - size);
  view = [start, start + size];
  repaint();
}
function zoomBy(factor, center) {
  const [from, to] = view, node = rows[active];
  const at = center ?? (node && node.start < to && node.end > from ? (Math.max(node.start, from) + Math.min(node.end, to)) / 2 : (from + to) / 2);
  zoom(at - (at - from) * factor, at + (to - at) * factor);
}
const pan = (part) => { const size = view[1] - view[0]; zoom(view[0] + size * part, view[1] + size * part); };
const zoomTo = (node) => { const edge = Math.max(node.end - node.start, 10) * 0.1; zoom(node.start - edge, node.end + edge); };

function goTo(at) {
  if (!rows.length) return;
  active = Math.min(Math.max(at, 0), rows.length - 1);
  // The details take room from the tree, so they come first.
  paintDetails();
  const top = active * ROW;
  if (top < tree.scrollTop) tree.scrollTop = top;
  else if (top + ROW > tree.scrollTop + tree.clientHeight) tree.scrollTop = top + ROW - tree.clientHeight;
  paint();
}
function goToNode(node) {
  reveal(node);
  spread();
  goTo(node.row);
}
function toggle(node, open) {
  node.open = open;
  spread();
  goTo(node.row);
}

// ---- details

const pairs = (list) => make("dl", {}, ...list.filter(([, value]) => value !== undefined && value !== null && value !== "").flatMap(([key, value]) => [make("dt", {}, key), make("dd", {}, value)]));
const part = (title, ...what) => make("div", {}, make("h3", {}, title), ...what);
const flat = (list) => list.map(([key, value]) => `${key}=${value}`).join(" ");

function breadcrumbs(list) {
  return part("Breadcrumbs", make("table", {}, ...list.map((crumb) => make("tr", {},
    make("td", { class: "faint" }, took(crumb.at).replace(/^(?!-)/, "+")), make("td", {}, crumb.level), make("td", {}, crumb.category ?? ""),
    make("td", {}, [crumb.message ?? "", flat(crumb.data ?? [])].join(" "))))));
}
function captured(event) {
  const box = make("div", { class: `event ${event.level}` },
    make("div", {}, make("strong", {}, event.level), ` +${took(event.at)} `, event.message ?? ""));
  for (const [at, [type, message]] of (event.exceptions ?? []).entries()) {
    box.append(make("div", { class: "bad" }, at ? "caused by " : "", type ? `${type}: ` : "", message));
  }
  box.append(pairs([...(event.attrs ?? []), ["captured at", event.source]]));
  if (event.scope?.length) box.append(part("Scope", pairs(event.scope)));
  if (event.crumbs?.length) box.append(breadcrumbs(event.crumbs));
  if (event.backtrace) box.append(make("details", {}, make("summary", {}, "Backtrace"), make("pre", {}, event.backtrace)));
  return box;
}
function linkTo([traceId, spanId, attrs]) {
  const target = data.traces.find((it) => it.id === traceId && it.spans.some((span) => span.id === spanId));
  const name = target?.spans.find((span) => span.id === spanId).name;
  return make("div", {}, target ? make("button", { onclick: () => { show(data.traces.indexOf(target), spanId); tree.focus(); } }, `→ ${name}`) : `${traceId} ${spanId}, not in this page`, ` ${flat(attrs)}`);
}

function paintDetails() {
  const node = rows[active], box = $("details");
  if (!node) return box.replaceChildren(...planted.loose.map(captured));
  const times = [["starts", `+${took(node.start)}`], ["takes", took(node.end - node.start)]];
  if (node.group) {
    box.replaceChildren(make("h2", {}, `${node.name} × ${node.kids.length}`),
      pairs([...times, ["in all", took(node.total)], ["longest", took(node.longest.span.took)], ["with errors", String(node.below)]]),
      make("button", { onclick: () => { goToNode(node.longest); tree.focus(); } }, "Go to the longest"));
  } else {
    const span = node.span, self = span.took - covered(node);
    const parts = [part("Span", pairs([["outcome", span.outcome], ...times, ["itself", took(self)], ["kind", span.kind], ["operation", span.op], ["written at", span.source], ["process", span.process ?? data.process], ["span", span.id], ["parent", span.parent], ["trace", trace.id]]))];
    if (span.attrs?.length) parts.push(part("Attributes", pairs(span.attrs)));
    if (span.tags?.length || span.scope?.length) parts.push(part("Hub", pairs([...(span.tags ?? []), ...(span.scope ?? [])])));
    if (span.links?.length) parts.push(part("Links", ...span.links.map(linkTo)));
    if (span.events?.length) parts.push(part("Events", pairs(span.events.map((event) => [`+${took(event.at)}`, `${event.name} ${flat(event.attrs)}`]))));
    if (node.events.length) parts.push(part("Captured", ...node.events.map(captured)));
    else if (span.crumbs?.length) parts.push(breadcrumbs(span.crumbs));
    box.replaceChildren(make("h2", {}, span.name), make("div", { class: "two" }, ...parts));
  }
  if (planted.loose.length) box.append(part("Captured in this trace, in no span of it", ...planted.loose.map(captured)));
  history.replaceState(null, "", `#${trace.id}/${node.span?.id ?? ""}`);
}

// How much of a span its children cover.
function covered(node) {
  const kids = node.kids.flatMap((kid) => (kid.group ? kid.kids : [kid])).sort((a, b) => a.start - b.start);
  let sum = 0, until = node.start;
  for (const kid of kids) {
    const from = Math.max(kid.start, until), to = Math.min(kid.end, node.end);
    if (to > from) (sum += to - from, (until = to));
  }
  return sum;
}

// ---- search, errors, traces

const words = (node) => (node.words ??= JSON.stringify([node.span, node.events]).toLowerCase());
function search(text) {
  query = text.trim().toLowerCase();
  const needle = JSON.stringify(query).slice(1, -1);
  matches = query ? planted.order.filter((node) => words(node).includes(needle)) : [];
  found = new Set(matches);
  $("found").value = query ? `${matches.length} of ${planted.order.length} spans` : "";
  if (matches.length) goToNode(matches[0]);
  else paint();
}
function next(list, step) {
  if (!list.length) return;
  const here = planted.order.indexOf(rows[active]);
  const places = list.map((node) => planted.order.indexOf(node));
  let at = step > 0 ? places.findIndex((place) => place > here) : places.findLastIndex((place) => place < here);
  if (at < 0) at = step > 0 ? 0 : list.length - 1;
  goToNode(list[at]);
  if (list === matches) $("found").value = `${at + 1} of ${list.length} matches`;
}
const nextError = () => next(planted.order.filter((node) => node.errors), 1);

function show(index, spanId) {
  trace = data.traces[index];
  trace.processes ??= new Set(trace.spans.map((span) => span.process)).size;
  planted = trace.planted ??= (() => { const it = plant(trace); openFirst(it); return it; })();
  [...document.querySelectorAll("nav button")].forEach((button, at) => button.setAttribute("aria-current", at === index));
  const failed = planted.order.filter((node) => node.errors).length;
  $("summary").replaceChildren(make("h2", {}, title(trace)), make("span", { class: "faint" },
    [trace.spans.length ? `${took(trace.length)} · ${count(trace.spans.length, "span")}` : "", failed ? `${failed} with errors` : "", trace.start ? clock(trace.start) : "", trace.id ? `trace ${trace.id}` : "", trace.partial ? "in parts: its first span is missing, or came later" : "", trace.cut ? `${trace.cut} more spans were left out` : ""].filter(Boolean).join(" · ")));
  document.title = visible(`${title(trace)} · traces`);
  [active, view] = [0, [0, length()]];
  spread();
  tree.scrollTop = 0;
  const node = planted.byId.get(spanId);
  query = "";
  if (node) reveal(node), spread();
  goTo(node ? node.row : 0);
  if ($("search").value) search($("search").value);
  if (!rows.length) paintDetails();
  repaint();
}
const root = (trace) => trace.spans.find((span) => span.root) ?? trace.spans[0];
const title = (trace) => root(trace)?.name ?? "Events outside of traces";

function begin() {
  if (!data.traces.length) return $("summary").append("Nothing was recorded.");
  document.body.classList.toggle("single", data.traces.length === 1);
  document.querySelector("nav").append(
    ...data.traces.map((it, at) => {
      const errors = it.spans.filter(isBad).length + it.events.filter((event) => event.level === "error" || event.level === "fatal").length;
      return make("button", { onclick: () => show(at), tabindex: at ? -1 : 0 }, errors ? make("span", { class: "bad" }, "✕ ") : null, title(it), make("br"), make("small", {}, it.spans.length ? `${took(it.length)} · ${count(it.spans.length, "span")}` : count(it.events.length, "event")),
        make("small", { class: "tag" }, flat(root(it)?.tags ?? [])));
    }),
    data.gone ? make("p", { class: "faint", style: { padding: "0 12px" } }, `${data.gone} faster traces that came before are not kept.`) : "");
  const [id, span] = location.hash.slice(1).split("/");
  show(Math.max(0, data.traces.findIndex((it) => it.id === id)), span);
}

// ---- mouse and keys

tree.addEventListener("scroll", paint);
tree.addEventListener("click", (event) => {
  const element = event.target.closest(".row");
  if (!element) return;
  const node = rows[Number(element.id.slice(4))];
  if (event.target.classList.contains("twisty") && node.kids.length) toggle(node, !node.open);
  else goTo(node.row);
});
tree.addEventListener("dblclick", (event) => { if (event.target.closest(".lane") && rows[active]) zoomTo(rows[active]); });
tree.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const box = document.querySelector(".axis").getBoundingClientRect();
  const at = view[0] + ((event.clientX - box.left) / box.width) * (view[1] - view[0]);
  zoomBy(event.deltaY > 0 ? 1.25 : 0.8, at);
}, { passive: false });
{
  const canvas = $("overview");
  let from = null;
  const time = (event) => { const box = canvas.getBoundingClientRect(); return (Math.min(Math.max(event.clientX - box.left, 0), box.width) / box.width) * length(); };
  canvas.addEventListener("pointerdown", (event) => { from = time(event); canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointerup", (event) => {
    const to = time(event);
    if (from !== null && Math.abs(to - from) > length() / 200) zoom(Math.min(from, to), Math.max(from, to));
    else zoom(0, length());
    from = null;
  });
}
const KEYS = {
  ArrowDown: () => goTo(active + 1),
  ArrowUp: () => goTo(active - 1),
  PageDown: () => goTo(active + Math.max(1, Math.floor(tree.clientHeight / ROW) - 1)),
  PageUp: () => goTo(active - Math.max(1, Math.floor(tree.clientHeight / ROW) - 1)),
  Home: () => goTo(0),
  End: () => goTo(rows.length - 1),
  ArrowRight: (node) => { if (node.kids.length) node.open ? goTo(node.kids[0].row) : toggle(node, true); },
  ArrowLeft: (node) => { if (node.open && node.kids.length) toggle(node, false); else if (node.up) goTo(node.up.row); },
  "*": (node) => {
    const todo = [node];
    for (let it; (it = todo.pop()); ) (it.open = true, todo.push(...it.kids));
    toggle(node, true);
  },
  Enter: (node) => { if (query && matches.length) next(matches, 1); else if (node.kids.length) toggle(node, !node.open); },
  " ": (node) => { if (node.kids.length) toggle(node, !node.open); },
  z: zoomTo,
};
tree.addEventListener("keydown", (event) => {
  const node = rows[active];
  if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.shiftKey && event.key.startsWith("Arrow")) {
    if (event.key === "ArrowLeft") pan(-0.2);
    if (event.key === "ArrowRight") pan(0.2);
    return event.preventDefault();
  }
  const act = KEYS[event.key];
  if (act) (act(node), event.preventDefault());
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "INPUT" || $("keys").open || !trace) return;
  const act = { "/": () => $("search").focus(), "+": () => zoomBy(0.5), "=": () => zoomBy(0.5), "-": () => zoomBy(2), 0: () => zoom(0, length()), e: nextError, n: () => next(matches, 1), N: () => next(matches, -1), "?": () => $("keys").showModal() }[event.key];
  if (!act) return;
  act();
  event.preventDefault();
  if (event.key.toLowerCase() === "n" || event.key === "e") tree.focus();
});
document.querySelector("nav").addEventListener("keydown", (event) => {
  const buttons = [...document.querySelectorAll("nav button")], at = buttons.indexOf(event.target);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (buttons[to]) {
    buttons.forEach((button) => (button.tabIndex = -1));
    (buttons[to].tabIndex = 0, buttons[to].focus(), event.preventDefault());
  }
});
$("search").addEventListener("input", (event) => search(event.target.value));
$("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") next(matches, event.shiftKey ? -1 : 1);
  if (event.key === "Escape") tree.focus();
});
$("zoom-in").onclick = () => zoomBy(0.5);
$("zoom-out").onclick = () => zoomBy(2);
$("zoom-all").onclick = () => zoom(0, length());
$("next-error").onclick = nextError;
$("help").onclick = () => $("keys").showModal();
$("theme").onclick = () => {
  const root = document.documentElement, dark = root.style.colorScheme ? root.style.colorScheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.style.colorScheme = dark ? "light" : "dark";
  repaint();
};
addEventListener("resize", () => trace && (goTo(active), repaint()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => trace && repaint());
begin();
