// Does with a page what a person would, and prints what is seen on the way as JSON.
// usage: node page.mjs FILE STEPS, where STEPS is a JSON list of {"press": key}, {"type": text}, {"click": selector},
// {"hash": fragment}, {"size": [width, height]}, {"theme": "light" | "dark"}, {"shot": file} and "look";
// the environment names CHROMIUM and TOOLS (where playwright-core is).
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const { CHROMIUM, TOOLS } = process.env;
const { chromium } = createRequire(join(TOOLS, "package.json"))("playwright-core");
const [file, steps] = process.argv.slice(2);

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const complaints = [], requests = [], looks = [];
  page.on("console", (said) => ["warning", "error"].includes(said.type()) && complaints.push(said.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => (complaints.push(dialog.message()), dialog.dismiss()));
  const url = pathToFileURL(file).href;
  page.on("request", (request) => request.url().split("#")[0] !== url && requests.push(request.url()));
  await page.goto(url);
  for (const step of JSON.parse(steps)) {
    if (step.press) await page.keyboard.press(step.press);
    if (step.type) await page.keyboard.type(step.type);
    if (step.click) await page.click(step.click);
    if (step.hash) (await page.goto("about:blank"), await page.goto(`${url}#${step.hash}`));
    if (step.size) await page.setViewportSize({ width: step.size[0], height: step.size[1] });
    if (step.theme) await page.emulateMedia({ colorScheme: step.theme });
    if (step.shot) await page.screenshot({ path: step.shot });
    if (step === "look") looks.push(await page.evaluate(look));
  }
  console.log(JSON.stringify({ looks, complaints, requests, hacked: await page.evaluate(() => globalThis.hacked ?? null) }));
} finally {
  await browser.close();
}

function look() {
  const text = (selector) => document.querySelector(selector)?.innerText ?? "";
  const tree = document.getElementById("tree"), focus = document.activeElement;
  const active = document.getElementById(tree.getAttribute("aria-activedescendant"));
  const seen = tree.getBoundingClientRect(), place = active?.getBoundingClientRect();
  const bar = active?.querySelector(".bar")?.getBoundingClientRect(), lane = active?.querySelector(".lane").getBoundingClientRect();
  const color = (name) => getComputedStyle(document.body)[name];
  return {
    active: active?.querySelector(".name").textContent ?? null,
    label: active?.querySelector(".label").innerText ?? null,
    level: active?.getAttribute("aria-level") ?? null,
    expanded: active?.getAttribute("aria-expanded") ?? null,
    selected: active?.getAttribute("aria-selected") ?? null,
    is_in_view: Boolean(place) && place.top >= seen.top - 1 && place.bottom <= seen.bottom + 1,
    bar: bar ? [(bar.left - lane.left) / lane.width, bar.width / lane.width] : null,
    rows: Number(tree.getAttribute("aria-rowcount")),
    drawn: tree.querySelectorAll(".row").length,
    focus: focus.id || focus.innerText,
    outline: getComputedStyle(focus).outlineStyle,
    found: document.getElementById("found").value,
    summary: text("#summary"),
    details: text("#details"),
    traces: [...document.querySelectorAll("nav button")].map((button) => button.innerText),
    unnamed: [...document.querySelectorAll("button, input, [role]:not([role=presentation], [role=row], [role=gridcell]), section")]
      .filter((it) => !(it.getAttribute("aria-label") || it.innerText)).map((it) => it.outerHTML.slice(0, 80)),
    colors: [color("backgroundColor"), color("color")],
    sideways: document.documentElement.scrollWidth > innerWidth,
  };
}
