//! Receivers that nobody here wrote take what is sent: librelay's normaliser and kent, both from PyPI, in the
//! virtual environment that `ISOHUB_SENTRY_PYTHON` names the Python of, or else `target/tools/sentry`.

use std::env;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use isohub::{Attachment, Breadcrumb, Event, Level, Outcome, SpanContext, User, Value};
use isohub_sentry::Sentry;
use serde_json::Value as Json;

use crate::support::{Failed, LONG, OK, Receiver, recorder, wait_for};

/// A Python that has the modules, or `None` and a reason in the output. With `ISOHUB_REQUIRE_TOOLS` that is
/// a failure.
fn python(module: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/sentry/bin/python");
    let python = env::var_os("ISOHUB_SENTRY_PYTHON").map_or(default, PathBuf::from);
    let import = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    let missing = match import {
        Ok(output) if output.status.success() => return Some(python),
        Ok(_) => format!("{} has no module `{module}`", python.display()),
        Err(error) => format!("{} does not run: {error}", python.display()),
    };
    assert!(env::var_os("ISOHUB_REQUIRE_TOOLS").is_none(), "{missing}");
    // Not `eprintln!`, whose text is shown of tests that fail.
    let _ = writeln!(std::io::stderr(), "skipped: {missing}; `.ci/run` installs it");
    None
}

#[isohub::parallel_span("GET /orders/{id}", kind = server, fields("http.route" = "/orders/{id}"))]
fn serve() {
    let hostile = "x\u{0}\u{1b}[31m\n\"<é🦀".repeat(900);
    isohub::set_tag("tenant", "acme");
    isohub::set_tag("spaces and ümläute", "two\nlines");
    isohub::set_tag("long", &hostile);
    isohub::set_tag("empty", "");
    isohub::set_user(User {
        email: Some("no address".into()),
        ip_address: Some("no address either".into()),
        data: vec![isohub::Attribute { key: "plan".into(), value: Value::text("gold") }],
        ..User::from("7")
    });
    isohub::set_context("job", [("attempt", 2)]);
    isohub::set_context("device", [("model", "none that Sentry knows")]);
    isohub::set_extra(
        "numbers",
        Value::List(vec![Value::F64(f64::NAN), Value::U64(u64::MAX), Value::Bool(true)]),
    );
    isohub::set_extra(hostile.clone(), hostile.clone());
    isohub::set_fingerprint([hostile.clone(), "b".to_owned()]);
    isohub::add_breadcrumb(Breadcrumb::new(hostile.clone()).category("auth").data("a", hostile.clone()));
    isohub::add_breadcrumb(Breadcrumb { time: std::time::SystemTime::UNIX_EPOCH, ..Breadcrumb::new("old") });
    for level in [Level::Trace, Level::Debug, Level::Info, Level::Warning, Level::Error, Level::Fatal] {
        isohub::capture_event(Event::message(hostile.clone()).level(level).attribute("n", f64::INFINITY));
    }
    let chain = Failed("", Some(Box::new(Failed("no row", None))));
    isohub::capture_event(Event::error(&chain).backtrace());
    // As `anyhow` and `eyre` keep one.
    let kept = std::backtrace::Backtrace::force_capture();
    isohub::capture_event(Event::error(&chain).backtrace_of(&kept));
    isohub::capture_panics();
    let _ = std::panic::catch_unwind(|| panic!("caught"));
    isohub::start_span!("broken").handle().set_outcome(Outcome::Error);
    isohub::current_span().record("http.response.status_code", 503);
    let remote = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse::<SpanContext>();
    isohub::current_span().add_link(remote.expect("a traceparent"));
    isohub::current_span().add_event("retried", [("attempt", 2)]);
}

fn program() {
    serve();
    isohub::start_span!("renamed").handle().set_name("a name that is long".repeat(30));
    let late = isohub::start_span!("root").in_scope(|| isohub::start_span!("late"));
    std::thread::sleep(Duration::from_millis(2));
    drop(late);
    isohub::set_transaction_name("n".repeat(500));
    isohub::capture_message("outside of any span", Level::Info);
}

/// Reads items, a line each; prints what is wrong with them.
const NORMALISE: &str = r#"
import json, sys
from sentry_relay.processing import StoreNormalizer
normalizer = StoreNormalizer(project_id=1, protocol_version='7')
count = 0
for line in open(sys.argv[1]):
    item = json.loads(line)
    known = set(item)
    out = normalizer.normalize_event(json.loads(line))
    count += 1
    for error in out.get('errors') or []:
        print('error', item.get('transaction'), error)
    if out.get('_meta'):
        print('remark', item.get('transaction'), json.dumps(out['_meta'])[:500])
    # Where Relay keeps these.
    out.setdefault('message', (out.get('logentry') or {}).get('formatted'))
    out.setdefault('server_name', dict(out['tags']).get('server_name'))
    lost = known - {key for key, value in out.items() if value is not None}
    if lost:
        print('lost', lost)
    if item.get('type') == 'transaction':
        if out['type'] != 'transaction' or out['transaction_info']['source'] != item['transaction_info']['source']:
            print('source', out['transaction_info'])
        if len(out['spans']) != len(item['spans']):
            print('spans', len(out['spans']))
        for span in out['spans'] + [out]:
            if not (span['start_timestamp'] <= span['timestamp']):
                print('ends before it begins', span)
        links = (out['contexts']['trace'].get('links'), item['contexts']['trace'].get('links'))
        if bool(links[0]) != bool(links[1]):
            print('links', links)
    elif len(out.get('breadcrumbs', {}).get('values', [])) != len(item.get('breadcrumbs', {}).get('values', [])):
        print('breadcrumbs', out.get('breadcrumbs'))
print('normalised', count)
"#;

#[test]
fn relay_has_no_remark_on_what_is_sent() {
    let Some(python) = python("sentry_relay.processing") else { return };
    let receiver = Receiver::new(OK);
    let sentry = Sentry::new(&receiver.dsn()).expect("a DSN");
    let accounts = sentry.accounts();
    let recorder = recorder(sentry);
    recorder.run_sync(|| {
        // Kent fails at any file.
        isohub::add_attachment(Attachment::new("a\nb", *b"\x00\n{}\n"));
        program();
    });
    recorder.settled(LONG).expect("every span ends");
    wait_for(&accounts, |counts| counts.made > 0 && counts.sent == counts.made);
    let items = receiver.items().into_iter().flat_map(|(_, items)| items);
    let items = items.filter(|(kind, _)| kind == "event" || kind == "transaction");
    let lines: Vec<_> = items.map(|(_, item)| item.to_string() + "\n").collect();
    let file = env::temp_dir().join(format!("isohub-sentry-{}.jsonl", std::process::id()));
    std::fs::write(&file, lines.concat()).expect("a file");
    let output = Command::new(python).args(["-c", NORMALISE]).arg(&file).output().expect("python runs");
    let _ = std::fs::remove_file(&file);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(text, format!("normalised {}\n", lines.len()));
    // Nine events and one outside; `serve`, the long name, `root` and what outlives it.
    assert_eq!(lines.len(), 14);
}

/// Ends the server whatever becomes of the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn kent_keeps_what_is_sent_over_http() {
    let Some(python) = python("kent") else { return };
    let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port();
    let server = Command::new(python.with_file_name("kent-server"))
        .args(["run", "--host", "127.0.0.1", "--port", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _server = Server(server.expect("kent-server runs"));
    let agent = ureq::Agent::new_with_defaults();
    let get = |path: &str| {
        let mut answer = agent.get(format!("http://127.0.0.1:{port}{path}")).call().ok()?;
        serde_json::from_str::<Json>(&answer.body_mut().read_to_string().ok()?).ok()
    };
    let deadline = Instant::now() + LONG;
    while get("/api/eventlist/").is_none() {
        assert!(Instant::now() < deadline, "kent does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
    let sentry = Sentry::new(&format!("http://public@127.0.0.1:{port}/1")).expect("a DSN");
    let accounts = sentry.accounts();
    let recorder = recorder(sentry);
    recorder.run_sync(program);
    recorder.settled(LONG).expect("every span ends");
    let counts = wait_for(&accounts, |counts| counts.made > 0 && counts.sent + counts.lost == counts.made);
    assert_eq!((counts.sent, counts.lost), (14, 0));
    let list = get("/api/eventlist/").expect("a list");
    let ids: Vec<_> = list["events"].as_array().expect("events").iter().collect();
    let kept: Vec<Json> = ids
        .iter()
        .filter_map(|it| get(&format!("/api/event/{}", it["event_id"].as_str()?)))
        .map(|it| it["payload"]["body"].clone())
        .collect();
    let is_transaction = |item: &&Json| item["type"] == "transaction";
    let of_program = kept.iter().filter(|item| item["event_id"].is_string());
    assert_eq!(of_program.count(), 14, "{list}");
    let transactions: Vec<_> = kept.iter().filter(is_transaction).collect();
    assert_eq!(transactions.len(), 4);
    let served = transactions.iter().find(|it| it["transaction_info"]["source"] == "route").expect("served");
    assert_eq!(served["spans"][0]["description"], "broken");
    assert_eq!(served["tags"]["tenant"], "acme");
}
