// Has speedscope (npm) open a file, and prints its title and what it warned of as JSON.
// usage: node speedscope.mjs FILE; the environment names CHROMIUM and TOOLS (where playwright-core and speedscope are).
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const { CHROMIUM, TOOLS } = process.env;
const tools = createRequire(join(TOOLS, "package.json"));
const { chromium } = tools("playwright-core");
const page_file = join(dirname(tools.resolve("speedscope/package.json")), "dist/release/index.html");

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ["--no-sandbox", "--allow-file-access-from-files"],
});
try {
  const page = await browser.newPage();
  const warnings = [];
  page.on("console", (said) => ["warning", "error"].includes(said.type()) && !said.text().includes("GL Driver") && warnings.push(said.text()));
  page.on("pageerror", (error) => warnings.push(String(error)));
  page.on("dialog", (dialog) => (warnings.push(dialog.message()), dialog.dismiss()));
  await page.goto(pathToFileURL(page_file).href);
  const before = await page.title();
  // Before a file is open, its own sample fails to load from a file: that is none of our warnings.
  warnings.length = 0;
  await page.locator("input[type=file]").setInputFiles(process.argv[2]);
  await page.waitForFunction((before) => document.title !== before, before, { timeout: 30_000 });
  console.log(JSON.stringify({ title: await page.title(), warnings }));
} finally {
  await browser.close();
}
